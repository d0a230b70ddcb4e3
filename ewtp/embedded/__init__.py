"""PostgreSQL and Valkey from wheels, for a machine that has neither.

`ensure(profile)` returns addresses. A server named by DATABASE_URL or REDIS_URL is used as it
is; one that is not named is started here, in a git-ignored folder of its own per profile. Every
process that uses the servers holds a shared lock for its lifetime; whoever ends last stops
them. After kill -9 of everybody they run on, and the next start adopts them.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ewtp import env
from ewtp.embedded import places, processes, state
from ewtp.embedded.errors import EmbeddedError
from ewtp.embedded.postgres import Postgres, execute
from ewtp.embedded.valkey import Valkey

__all__ = [
    "EmbeddedError",
    "Services",
    "empty",
    "ensure",
    "known",
    "pids",
    "running",
    "stop",
    "wipe",
]


@dataclass(frozen=True)
class Services:
    """Addresses of the servers: as the tables' owner, as the application, and the broker."""

    database_url: str
    database_app_url: str
    redis_url: str


@dataclass(frozen=True)
class _Use:
    """This process's use of a profile: the open lock and the process that took it."""

    lock: TextIO
    pid: int


_in_use: dict[Path, _Use] = {}


def ensure(profile: str) -> Services:
    """Return the servers to use, starting those that the environment does not name.

    Safe to repeat; also from many processes at once. A server that died is started again on its
    port. Without DATABASE_APP_URL a named database is used with one role.
    Raises EmbeddedError if a server cannot run.
    """
    database_url, redis_url = env.text("DATABASE_URL"), env.text("REDIS_URL")
    app_url = env.text("DATABASE_APP_URL") or database_url
    if database_url and redis_url:
        return Services(database_url, app_url, redis_url)
    base = places.base_folder(profile)
    with _starting(base):
        facts = state.load(base)
        facts.save()
        if not database_url:
            Postgres(base, profile).up(facts)
            database_url, app_url = facts.owner_url, facts.app_url
        if not redis_url:
            Valkey(base).up(facts)
            redis_url = facts.valkey_url
        facts.save()
        _use(base, profile)
    return Services(database_url, app_url, redis_url)


def known(profile: str) -> Services:
    """Return the addresses of the profile's running servers, without starting any.

    Raises EmbeddedError if one of them does not run.
    """
    if None in pids(profile):
        raise EmbeddedError(f"The servers of profile {profile} are not running.")
    facts = state.load(places.base_folder(profile))
    return Services(facts.owner_url, facts.app_url, facts.valkey_url)


def pids(profile: str) -> tuple[int | None, int | None]:
    """Return the process ids of PostgreSQL and Valkey; None for one that does not run."""
    base = places.base_folder(profile)
    if not base.is_dir():
        return None, None
    postgres = Postgres(base, profile).process()
    valkey = Valkey(base).process(state.load(base))
    return postgres.pid if postgres else None, valkey.pid if valkey else None


def running(profile: str) -> bool:
    """Say whether those servers run that `ensure` would have started; cheap enough to ask often."""
    postgres_pid, valkey_pid = pids(profile)
    return bool(postgres_pid or env.text("DATABASE_URL")) and bool(
        valkey_pid or env.text("REDIS_URL")
    )


def empty(profile: str) -> None:
    """Drop and make the profile's database again, and forget what Valkey holds.

    Connections to the database are cut. Raises EmbeddedError if the servers do not run.
    """
    known(profile)
    base = places.base_folder(profile)
    with _starting(base):
        facts = state.load(base)
        statements = [
            "DROP DATABASE IF EXISTS ewtp WITH (FORCE)",
            "CREATE DATABASE ewtp OWNER ewtp_owner",
        ]
        execute(facts, "postgres", statements)
        valkey = Valkey(base)
        valkey.stop(facts)
        valkey.up(facts)


def stop(profile: str) -> None:
    """Stop the profile's servers.

    Raises EmbeddedError if another process uses them.
    """
    base = places.base_folder(profile)
    if base.is_dir():
        with _starting(base):
            own = _in_use.pop(base, None)
            if own is not None:
                own.lock.close()
            _stop_unless_used(base, profile)


def wipe(profile: str) -> None:
    """Stop the profile's servers and delete all they kept.

    Raises EmbeddedError if another process uses them.
    """
    base = places.base_folder(profile)
    stop(profile)
    shutil.rmtree(places.private_folder(base), ignore_errors=True)
    shutil.rmtree(base, ignore_errors=True)
    places.postgres_home.cache_clear()


@contextmanager
def _starting(base: Path) -> Iterator[None]:
    """One process at a time starts, stops or takes the servers of a base folder into use."""
    places.make_folders(base)
    try:
        lock = (base / "start.lock").open("a")
    except PermissionError as error:
        raise EmbeddedError(
            f"{base} belongs to another account: use that one, or remove the folder."
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _use(base: Path, profile: str) -> None:
    """Hold the shared lock until this process ends, also when it is killed."""
    if base in _in_use:
        return
    lock = (base / "users.lock").open("a")
    fcntl.flock(lock, fcntl.LOCK_SH)
    _in_use[base] = _Use(lock=lock, pid=os.getpid())
    atexit.register(_leave, base, profile)


def _leave(base: Path, profile: str) -> None:
    use = _in_use.pop(base, None)
    # A forked child shares our lock: turning it into an exclusive one there would succeed.
    if use is None or use.pid != os.getpid():
        return
    if base.is_dir():
        with _starting(base):
            use.lock.close()
            try:
                _stop_unless_used(base, profile)
            except EmbeddedError:
                return
    else:
        processes.end_started()


def _stop_unless_used(base: Path, profile: str) -> None:
    with (base / "users.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EmbeddedError(f"Another process uses the servers in {base}.") from error
        Postgres(base, profile).stop()
        Valkey(base).stop(state.load(base))
