"""The embedded PostgreSQL: made once, adopted or started, stopped."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import psutil
import psycopg2
import psycopg2.extensions

from ewtp.embedded import places, processes
from ewtp.embedded.errors import EmbeddedError
from ewtp.embedded.state import State, free_port, is_free

# Crash recovery after kill -9 replays at most max_wal_size (1 GB) of log.
READY_WITHIN_S = 60.0
# PostgreSQL's own three: fast shutdown, immediate shutdown, and what the kernel does.
ENDING = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 3.0))
PORT_ATTEMPTS = 5
PROGRAM = "postgres"
EXTENSIONS = ("vector", "pg_trgm", "unaccent", "btree_gist")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # No socket file: its path may not pass about 100 bytes, and TCP measured as fast.
    "unix_socket_directories": "",
    # Room for 200 buyers at once, each on a connection of his own (tests/marketplace/orders), in
    # two processes of tests.
    "max_connections": "500",
    "shared_buffers": "128MB",
    "fsync": "on",
    # Passwords here are 192 random bits: stretching them protects nothing and costs 4 ms a login.
    "scram_iterations": "1",
}


class Postgres:
    """The PostgreSQL server of one base folder."""

    def __init__(self, base: Path, profile: str) -> None:
        self.profile = profile
        self.home = places.postgres_home(base)
        self.log = base / "log" / "postgres.log"

    def up(self, state: State) -> None:
        """Adopt the server if it runs, else start it; `state` then names its port.

        Raises EmbeddedError, with the end of the server's log, if it cannot run.
        """
        running = self.process()
        if running is not None:
            port = self._port_in_pid_file()
            if state.postgres_ready and self._answers(running, port, state.postgres_password):
                state.postgres_port = port
                return
            processes.end(running, steps=ENDING)
        self._clear_leftovers()
        if not (state.postgres_ready and (self.home.data / "PG_VERSION").exists()):
            self._make_cluster(state)
        self._start(state)
        if not state.postgres_ready:
            self._furnish(state)
            state.postgres_ready = True
            state.save()

    def stop(self) -> None:
        """Stop the server if it runs; open transactions are rolled back, nothing is lost."""
        running = self.process()
        if running is not None:
            processes.end(running, steps=ENDING)

    def process(self) -> psutil.Process | None:
        """Return the running server of this data folder, or None."""
        lines = self._pid_file_lines()
        if not lines or not lines[0].isdigit():
            return None
        return processes.living_in(self.home.data, PROGRAM, int(lines[0]))

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.home.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _port_in_pid_file(self) -> int:
        # Line 4 is the port (PostgreSQL, src/include/utils/pidfile.h).
        port = "".join(self._pid_file_lines()[3:4])
        return int(port) if port.isdigit() else 0

    def _clear_leftovers(self) -> None:
        """Make sure nobody works in the data folder, then drop a pid file that survived.

        The file is dropped because its number may by now belong to another program, which would
        make PostgreSQL refuse to start. Only with no process left in the folder is that safe.
        """
        if not (self.home.data / "postmaster.pid").exists():
            return
        for process in processes.all_living_in(self.home.data, PROGRAM):
            processes.end(process, steps=((signal.SIGQUIT, 3.0), (signal.SIGKILL, 3.0)))
        (self.home.data / "postmaster.pid").unlink(missing_ok=True)

    def _make_cluster(self, state: State) -> None:
        data, account = self.home.data, self.home.account
        state.postgres_ready = False
        state.save()
        places.make_data_folder(self.home)
        # The folder itself stays: in a root-owned parent its owner could not make it again.
        for path in data.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        secret = self._write_password_file(state)
        command = [str(self.home.install / "bin" / "initdb"), f"--pgdata={data}"]
        command += ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={secret}"]
        command += [
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        command += ["--locale=C", "--no-instructions", "--set=scram_iterations=1"]
        try:
            result = places.run(command, account)
        finally:
            secret.unlink()
        if result.returncode != 0:
            raise EmbeddedError(f"initdb failed:\n{result.stdout}")

    def _write_password_file(self, state: State) -> Path:
        secret = self.home.data.parent / "initdb.password"
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(state.postgres_password)
        if self.home.account is not None:
            shutil.chown(secret, self.home.account.uid, self.home.account.gid)
        return secret

    def _start(self, state: State) -> None:
        for _attempt in range(PORT_ATTEMPTS):
            if not is_free(state.postgres_port):
                state.postgres_port = free_port()
            state.save()
            if self._start_once(state):
                return
            if "could not bind" not in self._log_tail():
                break
            state.postgres_port = free_port()
        raise EmbeddedError(f"PostgreSQL did not start; {self.log} ends:\n{self._log_tail()}")

    def _start_once(self, state: State) -> bool:
        command = [
            str(self.home.install / "bin" / "postgres"),
            "-D",
            str(self.home.data),
        ]
        for name, value in {**SETTINGS, "port": str(state.postgres_port)}.items():
            command += ["-c", f"{name}={value}"]
        self.log.parent.mkdir(exist_ok=True)
        child = places.launch(command, self.home.account, self.log)
        processes.remember(child)
        process = psutil.Process(child.pid)
        return self._answers(process, state.postgres_port, state.postgres_password)

    def _answers(self, process: psutil.Process, port: int, password: str) -> bool:
        """Wait until the server takes our password and shows our data folder."""
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and not processes.gone(process):
            try:
                connection = _connect(port, password, "postgres")
            except psycopg2.OperationalError as error:
                if "password authentication failed" in str(error):
                    return False
                time.sleep(0.03)
                continue
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SHOW data_directory")
                    return cursor.fetchall() == [(str(self.home.data),)]
            finally:
                connection.close()
        return False

    def _furnish(self, state: State) -> None:
        """Put extensions into the template of all databases; make the two roles and the database.

        The owner may make databases (tests do) but is no superuser; the application role owns
        nothing, and what it may touch is granted by migrations.
        """
        roles = [
            f"CREATE ROLE ewtp_owner LOGIN CREATEDB PASSWORD '{state.owner_password}'",
            f"CREATE ROLE ewtp_app LOGIN PASSWORD '{state.app_password}'",
        ]
        if self.profile == "test":
            # Tests empty append-only tables between cases; no other profile may.
            roles.append("GRANT SET ON PARAMETER session_replication_role TO ewtp_owner")
        extensions = [f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS]
        execute(state, "template1", extensions + roles)
        execute(state, "postgres", ["CREATE DATABASE ewtp OWNER ewtp_owner"])

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def execute(state: State, database: str, statements: list[str]) -> None:
    """Run statements one by one as the superuser, each in its own transaction."""
    connection = _connect(state.postgres_port, state.postgres_password, database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def _connect(port: int, password: str, database: str) -> psycopg2.extensions.connection:
    return psycopg2.connect(
        host="127.0.0.1",
        port=port,
        user="postgres",
        password=password,
        dbname=database,
        connect_timeout=2,
    )
