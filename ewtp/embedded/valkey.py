"""The embedded Valkey: adopted or started, stopped. It keeps nothing on disk."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ewtp.embedded import places, processes
from ewtp.embedded.errors import EmbeddedError
from ewtp.embedded.state import State, free_port, is_free

READY_WITHIN_S = 10.0
ANSWER_WITHIN_S = 1.0
ENDING = ((signal.SIGTERM, 2.0), (signal.SIGKILL, 3.0))
PORT_ATTEMPTS = 5
PROGRAM = "valkey-server"
CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
save ""
appendonly no
daemonize no
maxmemory-policy noeviction
"""


class Valkey:
    """The Valkey server of one base folder."""

    def __init__(self, base: Path) -> None:
        self.folder = base / "valkey"
        self.log = base / "log" / "valkey.log"

    def up(self, state: State) -> None:
        """Adopt the server if it runs and answers, else start it; `state` names its port."""
        running = self.process(state)
        if running is not None:
            if self._answers(state):
                return
            processes.end(running, steps=ENDING)
        # One whose starter was killed before it could write the number down.
        for lost in processes.all_living_in(self.folder, PROGRAM):
            processes.end(lost, steps=ENDING)
        for _attempt in range(PORT_ATTEMPTS):
            if not is_free(state.valkey_port):
                state.valkey_port = free_port()
            if self._start_once(state):
                return
            state.valkey_port = free_port()
        raise EmbeddedError(f"Valkey did not start; see {self.log}.")

    def stop(self, state: State) -> None:
        """Stop the server if it runs; the doorbells it held are lost, the jobs are not."""
        running = self.process(state)
        if running is not None:
            processes.end(running, steps=ENDING)

    def process(self, state: State) -> psutil.Process | None:
        """Return the running server of this folder, or None."""
        return processes.living_in(self.folder, PROGRAM, state.valkey_pid)

    def _start_once(self, state: State) -> bool:
        places.make_folders(self.folder)
        self.log.parent.mkdir(exist_ok=True)
        # In a private file, because arguments can be read by everybody on the machine.
        configuration = self.folder / "valkey.conf"
        text = CONFIGURATION.format(
            port=state.valkey_port,
            password=state.valkey_password,
            folder=str(self.folder).replace("\\", "\\\\").replace('"', '\\"'),
        )
        configuration.unlink(missing_ok=True)
        with os.fdopen(os.open(configuration, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
        child = places.launch([str(places.valkey_binary()), str(configuration)], None, self.log)
        processes.remember(child)
        state.valkey_pid = child.pid
        state.save()
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and child.poll() is None:
            if self._answers(state):
                return True
            time.sleep(0.02)
        return False

    def _answers(self, state: State) -> bool:
        """Say whether the server takes our password and works in our folder."""
        client = redis.Redis(
            host="127.0.0.1",
            port=state.valkey_port,
            password=state.valkey_password,
            socket_timeout=ANSWER_WITHIN_S,
            socket_connect_timeout=ANSWER_WITHIN_S,
            retry=Retry(NoBackoff(), retries=0),
            decode_responses=True,
        )
        try:
            return dict(client.config_get("dir")) == {"dir": str(self.folder)}
        except redis.RedisError:
            return False
        finally:
            client.close()
