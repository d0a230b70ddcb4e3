"""Real processes on servers of their own, which a test may kill and which come back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg2
import psycopg2.extensions
import pytest

from ewtp import embedded
from ewtp.embedded import places, state
from ewtp.programs import programs
from tests.faults.faultapp.work import TABLES

# Two processes of one test run each kill and empty servers of their own, not each other's.
PROFILE = "-".join(filter(None, ["faults", os.environ.get("PYTEST_XDIST_WORKER", "")]))
PROJECT = Path(__file__).resolve().parents[2]
PRODUCER = ["-m", "tests.faults.producer"]


def command(name: str, *, port: int = 0) -> list[str]:
    """Return how a program of the platform is started, without the interpreter."""
    known = {program.name: program.command for program in programs("127.0.0.1", port, {})}
    return list(known[name][1:])


LAST_LETTERS = 3000


class Crew:
    """Keeps its programs running, as the supervisor of a machine would."""

    def __init__(self, environment: dict[str, str], logs: Path) -> None:
        self.environment = environment
        self._logs = logs
        self._wanted: dict[str, list[str]] = {}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.ended: list[str] = []
        self.last_words: dict[str, list[str]] = {}  # of each that ended: status, end of its log

    def start(self, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        """Start a program of Python's and keep it running."""
        self._wanted[name] = arguments
        with (self._logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.running[name]

    def look(self) -> None:
        """Start again what has ended, servers included."""
        look_after_servers()
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                kill_session(process.pid)
                self.ended.append(name)
                words = f"status {process.returncode}\n{self.log(name)[-LAST_LETTERS:]}"
                self.last_words.setdefault(name, []).append(words)
                self.start(name, self._wanted[name])

    def stop(self, name: str) -> None:
        """End a program, politely."""
        process = self.running.pop(name)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        kill_session(process.pid)
        process.wait()

    def stop_all(self) -> None:
        """End all programs at once, impolitely."""
        for process in self.running.values():
            kill(process.pid)
        for process in self.running.values():
            kill_session(process.pid)
            process.wait()
        self.running.clear()

    def log_file(self, name: str) -> Path:
        """Return where a program's words go."""
        return self._logs / f"{name}.log"

    def log(self, name: str) -> str:
        """Return what a program said."""
        return self.log_file(name).read_text(errors="replace")

    def manage(self, *command: str) -> str:
        """Run a command of manage.py to its end and return what it said."""
        return self.run("django", *command)

    def run(self, *module: str) -> str:
        """Run a module to its end and return what it said."""
        done = subprocess.run(
            [sys.executable, "-m", *module],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def wait_until(self, true: Callable[[], bool], seconds: float) -> None:
        """Look after the programs until something is true."""
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                pytest.fail(f"not true after {seconds} s; logs are in {self._logs}")
            self.look()
            time.sleep(0.05)

    def rest(self, seconds: float) -> None:
        """Look after the programs for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.look()
            time.sleep(0.05)


class Database:
    """The crew's database as the superuser sees it, through crashes.

    Nobody else is shown, or may end, the sessions of the application's role.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg2.extensions.connection | None = None

    def ask(self, statement: str, facts: list | None = None) -> list[tuple]:
        """Return the rows; waits while the server recovers."""
        deadline = time.monotonic() + 30
        while True:
            try:
                if self._connection is None:
                    self._connection = psycopg2.connect(self._url, connect_timeout=2)
                    self._connection.autocommit = True
                with self._connection.cursor() as cursor:
                    cursor.execute(statement, facts)
                    return cursor.fetchall() if cursor.description else []
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                self.close()
                if time.monotonic() > deadline:
                    raise
                look_after_servers()
                time.sleep(0.1)

    def number(self, statement: str, facts: list | None = None) -> int:
        """Return the one number of the one row."""
        return int(self.ask(statement, facts)[0][0])

    def sessions(self) -> list[int]:
        """Return the backends that serve the application."""
        rows = self.ask(
            "SELECT pid FROM pg_stat_activity WHERE usename = 'ewtp_app'"
            " AND backend_type = 'client backend' ORDER BY pid"
        )
        return [pid for (pid,) in rows]

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            with suppress(psycopg2.Error):
                self._connection.close()
        self._connection = None


def look_after_servers() -> None:
    """Start again a server that has ended."""
    if not embedded.running(PROFILE):
        embedded.ensure(PROFILE)


def kill(pid: int) -> None:
    """Kill a process that may be gone already."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_tree(pid: int) -> None:
    """Kill a process and all its children at once."""
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(pid).children(recursive=True):
            kill(child.pid)
    kill(pid)


def kill_one_child(pid: int, chance: Random) -> bool:
    """Kill one of a process's children; False when it has none at the moment."""
    try:
        children = sorted(child.pid for child in psutil.Process(pid).children())
    except psutil.NoSuchProcess:
        return False
    if children:
        kill(chance.choice(children))
    return bool(children)


def kill_session(leader: int) -> None:
    """Kill what a program left behind; each of ours leads a session of its own."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                kill(process.pid)


def superuser_url(owner_url: str) -> str:
    """Return the address of the database as the embedded server's superuser."""
    password = state.load(places.base_folder(PROFILE)).postgres_password
    place = urlsplit(owner_url).netloc.rpartition("@")[2]
    return urlunsplit(urlsplit(owner_url)._replace(netloc=f"postgres:{password}@{place}"))


@contextmanager
def crew(logs: Path) -> Iterator[tuple[Crew, Database]]:
    """Servers of their own with an empty, migrated database, and nobody at work yet."""
    services = embedded.ensure(PROFILE)
    embedded.empty(PROFILE)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "EWTP_PROFILE": PROFILE,
        "EWTP_DB_ROLE": "app",
        "EWTP_LOG_LEVEL": "INFO",
        "DATABASE_URL": services.database_url,
        "DATABASE_APP_URL": services.database_app_url,
        "REDIS_URL": services.redis_url,
    }
    team = Crew(environment, logs)
    database = Database(superuser_url(services.database_url))
    try:
        team.environment = {**environment, "EWTP_DB_ROLE": "owner"}
        team.manage("migrate", "--verbosity=0")
        team.environment = environment
        for statement in TABLES:
            database.ask(statement)
        yield team, database
    finally:
        # A second Ctrl-C must not leave anybody behind.
        impatient = signal.signal(signal.SIGINT, signal.SIG_IGN)
        team.stop_all()
        database.close()
        embedded.stop(PROFILE)
        signal.signal(signal.SIGINT, impatient)
