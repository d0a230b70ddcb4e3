"""What must be remembered between two starts: ports and passwords, in one private file."""

from __future__ import annotations

import json
import os
import random
import secrets
import socket
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

# Below the range from which Linux and macOS hand out ports for outgoing connections, so that a
# server can come back on its port.
PORTS = range(20_000, 32_000)


def _password() -> str:
    return secrets.token_hex(24)


def free_port() -> int:
    """Return a port on 127.0.0.1 where nobody listens at this moment."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Say whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _secret() -> str:
    return field(default_factory=_password)


@dataclass
class State:
    """Ports and passwords of one profile.

    `postgres_ready` says that the cluster was made to the end; a half-made one is made again.
    """

    path: Path
    postgres_port: int = field(default_factory=free_port)
    postgres_password: str = _secret()
    owner_password: str = _secret()
    app_password: str = _secret()
    postgres_ready: bool = False
    valkey_port: int = field(default_factory=free_port)
    valkey_password: str = _secret()
    valkey_pid: int = 0

    def save(self) -> None:
        """Write the file in one step, readable by its owner alone."""
        facts = {name: value for name, value in asdict(self).items() if name != "path"}
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with open(fresh, "x", opener=_private_opener, encoding="utf-8") as file:
            json.dump(facts, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    @property
    def owner_url(self) -> str:
        """Login of the role that owns the tables."""
        return _url("ewtp_owner", self.owner_password, self.postgres_port)

    @property
    def app_url(self) -> str:
        """Login of web and workers."""
        return _url("ewtp_app", self.app_password, self.postgres_port)

    @property
    def valkey_url(self) -> str:
        """Login of the broker."""
        return f"redis://:{self.valkey_password}@127.0.0.1:{self.valkey_port}/0"


def _url(role: str, password: str, port: int) -> str:
    return f"postgresql://{role}:{password}@127.0.0.1:{port}/ewtp"


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def load(base: Path) -> State:
    """Return what was remembered; a missing or broken file is a fresh start."""
    path = base / "state.json"
    state = State(path=path)
    try:
        remembered = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return state
    known = {entry.name for entry in fields(State)} - {"path"}
    for name in known & remembered.keys():
        setattr(state, name, remembered[name])
    return state
