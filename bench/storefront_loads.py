"""Closed-loop clients of bench/storefront.py: keep-alive sockets in processes of their own."""

from __future__ import annotations

import multiprocessing
import random
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

FORK = multiprocessing.get_context("fork")
_LENGTH = b"content-length:"


@dataclass(frozen=True)
class Ask:
    """One request: a path, and cookies if it is a certain visitor's."""

    path: str
    cookie: str = ""

    def encoded(self) -> bytes:
        """Return the bytes that go over the line."""
        cookie = f"Cookie: {self.cookie}\r\n" if self.cookie else ""
        return f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}\r\n".encode()


@dataclass
class Seen:
    """What the clients of one run saw; times in seconds."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    wrong: int = 0
    bytes_read: int = 0

    def figures(self) -> dict[str, object]:
        """Requests a second, times in milliseconds, the size of a page."""
        ordered, count = sorted(self.times), max(1, len(self.times))
        return {
            "requests": len(self.times),
            "requests_per_second": round(len(self.times) / self.seconds, 1),
            "p50_ms": round(1_000 * ordered[count // 2], 1) if ordered else None,
            "p95_ms": round(1_000 * ordered[count * 95 // 100], 1) if ordered else None,
            "bytes": self.bytes_read // count,
            "wrong_answers": self.wrong,
        }


def run(asks: Sequence[Ask], *, port: int, clients: int, processes: int, seconds: float) -> Seen:
    """Let `clients` ask one thing after the other for so many seconds."""
    processes = min(processes, clients)
    results = FORK.Queue()
    shares = [clients // processes + (number < clients % processes) for number in range(processes)]
    crew = [
        FORK.Process(target=_crowd, args=(asks, port, share, seconds, seed, results))
        for seed, share in enumerate(shares)
    ]
    for one in crew:
        one.start()
    parts: list[Seen] = [results.get(timeout=seconds + 120) for _one in crew]
    for one in crew:
        one.join()
    return Seen(
        seconds=max(part.seconds for part in parts),
        times=[spent for part in parts for spent in part.times],
        wrong=sum(part.wrong for part in parts),
        bytes_read=sum(part.bytes_read for part in parts),
    )


def _crowd(
    asks: Sequence[Ask], port: int, clients: int, seconds: float, seed: int, results: object
) -> None:
    whole, parts = Seen(), [Seen() for _client in range(clients)]
    begun = time.perf_counter()
    threads = [
        threading.Thread(target=_client, args=(asks, port, begun + seconds, seed * 100 + at, part))
        for at, part in enumerate(parts)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    whole.seconds = time.perf_counter() - begun
    for part in parts:
        whole.times += part.times
        whole.wrong += part.wrong
        whole.bytes_read += part.bytes_read
    results.put(whole)  # type: ignore[attr-defined]


def _client(asks: Sequence[Ask], port: int, until: float, seed: int, seen: Seen) -> None:
    dice = random.Random(seed)
    requests = [ask.encoded() for ask in asks]
    line: socket.socket | None = None
    while (now := time.perf_counter()) < until:
        if line is None:
            line = socket.create_connection(("127.0.0.1", port), timeout=60)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(dice.choice(requests))
        status, length, closed = _answer(line)
        seen.times.append(time.perf_counter() - now)
        seen.bytes_read += length
        seen.wrong += status != b"200"
        if closed:
            line.close()
            line = None
    if line is not None:
        line.close()


def _answer(line: socket.socket) -> tuple[bytes, int, bool]:
    """Read one whole answer; return its status, its length, and whether the line is done."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = line.recv(65_536)
        if not more:
            return b"000", 0, True
        data += more
    head, _blank, body = data.partition(b"\r\n\r\n")
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    length = int(lowered[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else -1
    left = length - len(body)
    while left > 0 or length < 0:
        more = line.recv(65_536)
        if not more:
            break
        left -= len(more)
    closed = length < 0 or b"connection: close" in lowered
    return head[9:12], max(length, 0), closed


def utc_now() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)
