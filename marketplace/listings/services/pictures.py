"""From uploaded bytes to clean pictures; touches neither database nor storage.

Nothing here decodes: the bytes of strangers are opened only by the cleaner, a process of its own
with hard limits (`marketplace/listings/cleaning.py`).
"""

from __future__ import annotations

import json
import logging
import os
import struct
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.listings import cleaning

logger = logging.getLogger(__name__)

MAX_BYTES = 15 * 1024 * 1024
LARGE, THUMB = cleaning.LARGE, cleaning.THUMB
# Above the cleaner's own processor time, for a machine that is busy.
WALL_SECONDS = 20
# Cleaners at work for one web process: each may take cleaning.MEMORY_BYTES.
AT_ONCE = 2
_places = threading.BoundedSemaphore(AT_ONCE)

# How the files we take begin; what begins otherwise is not worth a process.
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Clean:
    """One upload in both sizes as WebP; `width` and `height` are the large one's, in pixels."""

    large: bytes
    thumb: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the cleaner said: pictures or the code of its refusal, and its most memory in KiB."""

    pictures: tuple[bytes, ...] = ()
    refused: str = ""
    peak_kib: int = 0


def clean(*, data: bytes) -> Clean:
    """Return the upright RGB pixels of an upload, and nothing else, as WebP in two sizes.

    No EXIF, place, comment, colour profile or appended data survives; transparency becomes
    white. Takes about a twentieth of a second more than the decoding itself.
    Raises BadInput with a sentence for the seller.
    """
    if len(data) > MAX_BYTES:
        raise too_large()
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise BadInput(
            _(
                "This is a HEIC photo, which we cannot read. Send it as JPEG; on an iPhone: "
                "Settings, Camera, Formats, Most Compatible."
            ),
            field="photos",
        )
    if not data.startswith(_BEGINNINGS):
        raise _refusal(cleaning.UNREADABLE)
    answer = ask(data=data)
    if answer.refused:
        raise _refusal(answer.refused)
    large, thumb = answer.pictures
    width, height = _webp_size(large)
    return Clean(large=large, thumb=thumb, width=width, height=height)


def too_large() -> BadInput:
    """Return the refusal of a file of too many bytes."""
    return BadInput(_("This photo is larger than 15 MB; choose a smaller one."), field="photos")


def ask(*, data: bytes) -> Answer:
    """Let the cleaner look at an upload, in a process that takes no more than its limits.

    Files, not pipes, lie between the two: the kernel bounds what a broken cleaner can write, and
    nobody waits for the other. Raises BadInput when no place is free for long.
    """
    if not _places.acquire(timeout=WALL_SECONDS):
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
            status = _run(upload, answer, complaints)
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


def _run(upload: IO[bytes], answer: IO[bytes], complaints: IO[bytes]) -> int:
    """Return the exit status; negative for a signal, as in subprocess."""
    # None of our secrets goes along; the loader's path only for a Python that needs it.
    kept = {key: value for key, value in os.environ.items() if key == "LD_LIBRARY_PATH"}
    try:
        return subprocess.run(  # noqa: S603 (our own program, no argument from outside)
            [sys.executable, "-I", cleaning.__file__],
            stdin=upload,
            stdout=answer,
            stderr=complaints,
            env=kept,
            cwd="/",
            timeout=WALL_SECONDS,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return -1


def _broken(status: int, complaints: IO[bytes]) -> Answer:
    """Note that the cleaner died: the error's kind alone, for its words may be a stranger's."""
    complaints.seek(0)
    lines = complaints.read(20_000).decode(errors="replace").splitlines()
    kind = lines[-1].partition(":")[0][:80] if lines else ""
    logger.warning("the photo cleaner ended with status %d %s", status, kind)
    return Answer(refused=_KILLED if status < 0 else cleaning.UNREADABLE)


def _read(answer: IO[bytes]) -> Answer:
    said: dict[str, Any] = json.loads(answer.readline())
    pictures = tuple(answer.read(size) for size in said.get("sizes", ()))
    for picture in pictures:
        _webp_size(picture)
    return Answer(pictures, said.get("refused", ""), said["peak_kib"])


def _webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height of a WebP that is one chunk of lossy pixels, end to end.

    Raises ValueError for anything else: a cleaner taken over can store no other file.
    """
    if len(data) < 30:
        raise ValueError("no picture came back")
    riff, size, webp, kind, chunk = struct.unpack("<4sI4s4sI", data[:20])
    whole = size + 8 == len(data) == 20 + chunk + chunk % 2
    if (riff, webp, kind, data[23:26]) != (b"RIFF", b"WEBP", b"VP8 ", b"\x9d\x01\x2a") or not whole:
        raise ValueError("what came back is not a bare WebP picture")
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _refusal(code: str) -> BadInput:
    sentences = {
        cleaning.PIXELS: _("This photo has more than 50 megapixels; choose a smaller one."),
        cleaning.PIXELS_WEBP: _(
            "This WebP photo has more than 12 megapixels; make it smaller or send it as JPEG."
        ),
        cleaning.MEMORY: _(
            "This photo needs too much memory to open; make it smaller or send it as JPEG."
        ),
        _KILLED: _("This photo takes too long to open; make it smaller or send it as JPEG."),
    }
    unreadable = _("This file is not a picture we can read: please use JPEG, PNG or WebP.")
    return BadInput(sentences.get(code, unreadable), field="photos")
