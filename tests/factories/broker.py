"""A broker of one's own, to freeze and kill without disturbing anybody; and one that is mute."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ewtp.embedded import state
from ewtp.embedded.valkey import Valkey
from marketplace.outbox import doorbell


class OwnBroker:
    """A Valkey server in its own folder."""

    def __init__(self, folder: Path) -> None:
        self._server = Valkey(folder)
        self._state = state.load(folder)
        self.start()

    @property
    def url(self) -> str:
        return self._state.valkey_url

    @property
    def pid(self) -> int:
        return self._state.valkey_pid

    def start(self) -> None:
        """Start it, after a kill on the same port."""
        self._server.up(self._state)

    def kill(self) -> None:
        """Kill it; its messages are gone."""
        os.kill(self.pid, signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it from answering; connections stay open and new ones are accepted."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """End it."""
        self.thaw()
        self._server.stop(self._state)


class SilentServer:
    """Accepts every connection, reads what comes and never answers: half-open."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._held.append(connection)

    def close(self) -> None:
        """Hang up on everybody."""
        # Closing alone does not wake a thread that waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._held:
            connection.close()


@contextmanager
def ringing_at(settings, url: str) -> Iterator[doorbell.Doorbell]:
    """Let this process ring at another broker for a while, with the configured time-outs."""
    settings.CELERY_BROKER_URL = url
    doorbell.bell.cache_clear()
    try:
        yield doorbell.bell()
    finally:
        doorbell.bell().close()
        doorbell.bell.cache_clear()
