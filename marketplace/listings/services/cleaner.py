"""Keeps the cleaner running beside this process and hands it uploads.

One for each of our processes, started by the first photo: what is slow about a cleaner is its
start. It ends with us, and after LASTS orders another takes its place, so that nobody can try
out one memory layout for long.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.listings import cleaning, rules

logger = logging.getLogger(__name__)

# Children at work for one of our processes: each may take cleaning.MEMORY_BYTES.
AT_ONCE = 2
LASTS = 200
# The warden ends a child at cleaning.WALL_SECONDS; who waits longer has lost the warden.
PATIENCE_SECONDS = cleaning.WALL_SECONDS + 5
KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the cleaner said: pictures or the code of its refusal, and its most memory in KiB."""

    pictures: tuple[bytes, ...] = ()
    refused: str = ""
    peak_kib: int = 0


class Cleaner:
    """The running program and our end of its socket. `order` may be called by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._program: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._orders = 0

    def order(self, files: list[int]) -> None:
        """Hand over the files of one order; a program that was killed is started again.

        Raises OSError when it cannot be started.
        """
        with self._lock:
            if self._orders >= LASTS:
                self._end()
            try:
                self._hand_over(files)
            except OSError:
                self._end()
                self._hand_over(files)

    def end(self) -> None:
        """End the program; the next order starts another. What is at work is let finish."""
        with self._lock:
            self._end()

    def forget(self) -> None:
        """In a fork of us: the program is our parent's, and must end with it alone."""
        if self._socket is not None:
            self._socket.close()
        if self._program is not None:
            self._program.returncode = 0  # not ours to wait for
        self.__init__()  # type: ignore[misc]

    def _hand_over(self, files: list[int]) -> None:
        orders = self._socket or self._start()
        socket.send_fds(orders, [cleaning.ORDER], files)
        self._orders += 1

    def _start(self) -> socket.socket:
        ours, its = socket.socketpair()
        # None of our secrets goes along; the loader's path only for a Python that needs it.
        kept = {key: value for key, value in os.environ.items() if key == "LD_LIBRARY_PATH"}
        with its:
            self._program = subprocess.Popen(  # noqa: S603 (our own program, nothing from outside)
                [sys.executable, "-I", cleaning.__file__],
                stdin=its.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**kept, "MALLOC_ARENA_MAX": "1"},  # the C library's; threads share a heap
                cwd="/",
                start_new_session=True,
            )
        self._socket, self._orders = ours, 0
        return ours

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
        if self._program is not None:
            self._program.wait()
        self._socket, self._program, self._orders = None, None, 0


_cleaner = Cleaner()
_places = threading.BoundedSemaphore(AT_ONCE)
atexit.register(_cleaner.end)


def _after_fork() -> None:
    global _places  # noqa: PLW0603 - the parent's may be taken by threads that are not here
    _places = threading.BoundedSemaphore(AT_ONCE)
    _cleaner.forget()


os.register_at_fork(after_in_child=_after_fork)


def ask(*, data: bytes) -> Answer:
    """Let the cleaner look at an upload, in a process that takes no more than its limits.

    Files, not pipes, lie between the two: the kernel bounds what a broken cleaner can write, and
    nobody waits for the other. Raises BadInput when no place is free for long.
    """
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        busy = _("Many photos are coming in right now. Please send this photo again.")
        raise BadInput(busy, field="photos")
    try:
        with (
            tempfile.TemporaryFile() as upload,
            tempfile.TemporaryFile() as answer,
            tempfile.TemporaryFile() as complaints,
        ):
            upload.write(data)
            upload.seek(0)
            status = _ended(upload, answer, complaints)
            if status:
                return _broken(status, complaints)
            answer.seek(0)
            try:
                return _read(answer)
            except (ValueError, KeyError, TypeError):
                logger.exception("the photo cleaner answered what it never should")
                return Answer(refused=cleaning.UNREADABLE)
    finally:
        _places.release()


def _ended(*files: IO[bytes]) -> int:
    """Return how the child ended; negative for a signal, as in subprocess."""
    tells, told = os.pipe()
    try:
        try:
            _cleaner.order([*(file.fileno() for file in files), told])
        finally:
            os.close(told)
        waiting = select.poll()  # not select(): it knows no file above the thousandth
        waiting.register(tells, select.POLLIN)
        word = os.read(tells, 4) if waiting.poll(PATIENCE_SECONDS * 1000) else b""
    finally:
        os.close(tells)
    if len(word) < 4:  # somebody killed the warden
        return -1
    (status,) = struct.unpack("=i", word)
    return int(status)


def _broken(status: int, complaints: IO[bytes]) -> Answer:
    """Note that the cleaner died: the error's kind alone, for its words may be a stranger's."""
    complaints.seek(0)
    lines = complaints.read(20_000).decode(errors="replace").splitlines()
    kind = lines[-1].partition(":")[0][:80] if lines else ""
    logger.warning("the photo cleaner ended with status %d %s", status, kind)
    return Answer(refused=KILLED if status < 0 else cleaning.UNREADABLE)


def _read(answer: IO[bytes]) -> Answer:
    said: dict[str, Any] = json.loads(answer.readline())
    pictures = tuple(answer.read(size) for size in said.get("sizes", ()))
    for picture in pictures:
        rules.webp_size(picture)
    return Answer(pictures, said.get("refused", ""), said["peak_kib"])
