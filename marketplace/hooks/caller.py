"""One HTTP call to an address that a stranger chose.

The name is looked up once; every address found must be public; the connection goes to the very
address that was judged, and the connected socket is asked again before a byte is sent. Nothing
is followed, no proxy is asked, little is read, and everything together has one time limit.
"""

from __future__ import annotations

import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import cast

from marketplace.hooks.addresses import Target, is_public

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 10.0
# Of an answer, head and body together, nothing beyond this is read.
READ_MAX_BYTES = 16_384
BODY_SHOWN_BYTES = 500
ADDRESSES_TRIED_MAX = 3


class Refused(Exception):
    """The address may not be called: it is not public. Nothing was sent."""


def look_up(host: str, port: int) -> list[str]:
    """Return the numeric addresses of a name, by the system's resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True)
class Guard:
    """Where calls may go. `permitted` are pairs of numeric address and port let through besides
    the public ones: for a practice receiver on the same machine, never in production.
    """

    look_up: Callable[[str, int], list[str]] = look_up
    permitted: frozenset[tuple[str, int]] = frozenset()
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def lets(self, address: str, port: int) -> bool:
        """Say whether a connection to a numeric address may be made."""
        return is_public(address) or (address, port) in self.permitted


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call: the status, or `error`, one of the codes of `words.error`."""

    status: int | None = None
    error: str = ""
    body: bytes = field(default=b"", repr=False)
    duration_ms: int = 0

    @property
    def accepted(self) -> bool:
        """Say whether the receiver took the message: any 2xx, as Standard Webhooks asks."""
        return self.status is not None and 200 <= self.status < 300


def post(
    *,
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    guard: Guard,
    whole_seconds: float = WHOLE_SECONDS,
) -> Answer:
    """Send `body` and return what came of it; what can go wrong outside is in the answer.

    Must not run in a transaction: it may take `whole_seconds`.
    """
    began = time.monotonic()
    line: _Line | None = None
    status, error, shown = None, "", b""
    try:
        line = _connect(target, guard, began + whole_seconds)
        status, shown = _exchange(line, target, body, headers)
    except Refused:
        error = "refused"
    except TimeoutError:
        error = "timeout"
    except ssl.SSLError:
        error = "tls"
    except socket.gaierror:
        error = "name"
    except OSError:
        error = "connection"
    except HTTPException:
        error = "answer"
    finally:
        if line is not None:
            line.hang_up()
    return Answer(status, error, shown, round((time.monotonic() - began) * 1000))


class _Line:
    """A connected socket with one deadline for everything and a limit of what is read."""

    def __init__(self, link: socket.socket, deadline: float) -> None:
        self.link, self.deadline = link, deadline

    def left(self) -> float:
        """Return the seconds that are left. Raises TimeoutError when there are none."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def sendall(self, data: bytes) -> None:
        self.link.settimeout(self.left())
        self.link.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what http.client reads the answer from: always as bytes."""
        return io.BufferedReader(_Reading(self), buffer_size=1024)

    def close(self) -> None:
        """Do nothing: http.client closes as soon as it has the head, and we want the body."""

    def hang_up(self) -> None:
        self.link.close()


class _Reading(io.RawIOBase):
    """Reads from a line until its deadline or its limit; a drip of bytes gains no time."""

    def __init__(self, line: _Line) -> None:
        self.line, self.room = line, READ_MAX_BYTES

    def readable(self) -> bool:
        return True

    # The buffer is what `io.RawIOBase` declares: any writable one.
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self.line.link.settimeout(self.line.left())
        count = self.line.link.recv_into(buffer, min(len(buffer), self.room)) if self.room else 0
        self.room -= count
        return count


def _exchange(
    line: _Line, target: Target, body: bytes, headers: Mapping[str, str]
) -> tuple[int, bytes]:
    talk = HTTPConnection(target.host, target.port)
    # http.client only writes to it, makes one file of it and closes it.
    talk.sock = cast("socket.socket", line)
    talk.request(
        "POST",
        target.path,
        body,
        {"Host": target.authority, "Connection": "close", **headers},
    )
    answer = talk.getresponse()
    try:
        return answer.status, answer.read(BODY_SHOWN_BYTES)
    except (OSError, HTTPException):
        # The status is what counts; a body that stops half-way changes nothing.
        return answer.status, b""


def _connect(target: Target, guard: Guard, deadline: float) -> _Line:
    addresses = _resolved(target, guard, deadline)
    # One private address among public ones is how a resolver is led astray: all or nothing.
    if not addresses or not all(guard.lets(one, target.port) for one in addresses):
        raise Refused
    failure: OSError = TimeoutError()
    for address in addresses[:ADDRESSES_TRIED_MAX]:
        try:
            return _open(address, target, guard, deadline)
        except (ConnectionError, TimeoutError) as error:
            failure = error
    raise failure


def _open(address: str, target: Target, guard: Guard, deadline: float) -> _Line:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with ExitStack() as if_it_fails:
        link = socket.socket(family, socket.SOCK_STREAM)
        if_it_fails.callback(link.close)
        line = _Line(link, deadline)
        link.settimeout(min(CONNECT_SECONDS, line.left()))
        link.connect((address, target.port))
        # What we are connected to in truth, whatever a packet filter made of our wish.
        if not guard.lets(str(link.getpeername()[0]), target.port):
            raise Refused
        if target.scheme == "https":
            link.settimeout(line.left())
            line.link = guard.tls().wrap_socket(link, server_hostname=target.host)
        if_it_fails.pop_all()
    return line


def _resolved(target: Target, guard: Guard, deadline: float) -> list[str]:
    """Look the name up, within the time: the system's resolver knows no limit of its own."""
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(guard.look_up(target.host, target.port))
        except UnicodeError as error:
            answers.put(socket.gaierror(str(error)))
        except OSError as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=min(CONNECT_SECONDS, deadline - time.monotonic()))
    except queue.Empty as error:
        raise TimeoutError from error
    if isinstance(found, OSError):
        raise found
    return found
