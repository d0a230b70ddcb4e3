"""Processes that use the embedded servers of one folder, for tests that kill them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import redis

ROOT = Path(__file__).resolve().parents[2]
# A user of the servers: says what it got, then waits for its standard input to close.
USER = """
import json, sys
from ewtp import embedded
services = embedded.ensure("demo")
print(json.dumps([services.database_url, services.redis_url, *embedded.pids("demo")]), flush=True)
sys.stdin.read()
"""


class User:
    """A process that uses the servers below `folder`."""

    def __init__(self, folder: Path) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE", "REDIS"))}
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER],
            env={**clean, "EWTP_EMBEDDED_DIR": str(folder), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert line, "the servers did not start"
        self.database_url, self.redis_url, self.postgres_pid, self.valkey_pid = json.loads(line)

    def query(self, statement: str) -> list[tuple]:
        connection = psycopg2.connect(self.database_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def ping(self) -> bool:
        return redis.Redis.from_url(self.redis_url).ping()

    def leave(self) -> None:
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def command(folder: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "ewtp.embedded", *words, "--profile", "demo"],
        env={**os.environ, "EWTP_EMBEDDED_DIR": str(folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def is_dead(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def open_to_all(folder: Path) -> Path:
    # pytest's own folders are closed to others; ours stand for an ordinary project folder.
    place = Path("/tmp") / f"ewtp-{os.getpid()}-{folder.name}"
    place.mkdir()
    place.chmod(0o755)
    return place


def copy_servers(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", f"{source}/demo", str(target)], check=True)
