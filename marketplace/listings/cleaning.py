"""The cleaner: a program of its own that turns one untrusted upload into clean pictures.

Run as `python -I cleaning.py < upload > answer`; the web process imports only the limits. It
knows no Django, so that it starts in a twentieth of a second, and it shuts itself in before it
reads the first byte: memory, processor time, size of its answer, and no new file, socket or
process. What breaks a decoder breaks this process alone.

The answer is a line of JSON, then the bytes it counts: {"sizes": [large, thumb]}, or
{"refused": code} alone; both with "peak_kib", the most memory that was in use.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
import warnings
import zlib
from io import BytesIO
from typing import IO

# All that Pillow loads late is loaded here: once shut in, the process opens no file.
from PIL import (
    Image,
    JpegImagePlugin,
    MpoImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

MEMORY_BYTES = 256 * 1024 * 1024
# Processor time; the slowest honest picture, a PNG of 50 megapixels, takes about 2 seconds.
CPU_SECONDS = 6
ANSWER_BYTES = 4 * 1024 * 1024

MAX_PIXELS = 50_000_000
# Opening a WebP takes four copies of four bytes each; more would pass MEMORY_BYTES.
MAX_PIXELS_WEBP = 12_500_000
# A progressive JPEG is held whole as coefficients of two bytes before it can be made small.
MAX_COEFFICIENT_BYTES = 190_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
LARGE, THUMB = 1200, 360
_QUALITY = 80  # WebP; the eye sees no difference on a phone
_STRIP_PIXELS = 1_000_000

UNREADABLE, PIXELS, PIXELS_WEBP, MEMORY = "unreadable", "pixels", "pixels_webp", "memory"

_ORIENTATION = 0x0112  # the EXIF tag
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow raises for files that are no picture, cut short or forged.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)


class Refused(Exception):
    """The upload is no picture we take; the only argument is the code."""


def confine() -> None:
    """Limit this process for good. The memory limit is kept by Linux only."""
    most = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: ANSWER_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,
    }
    for limit, value in most.items():
        hard = resource.getrlimit(limit)[1]  # never above what the machine already allows
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(limit, (allowed, allowed))
        except (OSError, ValueError):
            if sys.platform == "linux":
                raise


def cleaned(file: IO[bytes]) -> list[bytes]:
    """Return the upload as WebP in both sizes: upright RGB pixels and nothing else.

    No EXIF, place, comment or colour profile survives; transparency becomes white; of several
    frames the first is taken. Raises Refused with a code.
    """
    try:
        _check_webp(file)
        with Image.open(file, formats=FORMATS) as opened:
            _check(opened)
            # JPEG only, no-op otherwise: decodes at a half, quarter or eighth, never below this.
            share = min(1.0, LARGE / max(opened.size))
            opened.draft(None, (int(opened.width * share) or 1, int(opened.height * share) or 1))
            opened.load()
            image, turn = _shrunk(opened), _turn(opened)
    except _BROKEN as error:
        raise Refused(UNREADABLE) from error
    except MemoryError as error:
        raise Refused(MEMORY) from error
    image.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS)
    if turn is not None:
        image = image.transpose(turn)
    return [_webp(image, side) for side in (LARGE, THUMB)]


def _check_webp(file: IO[bytes]) -> None:
    """Test a WebP's size here: Pillow makes its decoder, with all its memory, on opening."""
    head = file.read(30)
    file.seek(0)
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return
    head = head.ljust(30, b"\0")
    if head[12:16] == b"VP8X":
        width = int.from_bytes(head[24:27], "little") + 1
        height = int.from_bytes(head[27:30], "little") + 1
    elif head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", head[26:30]))
    if width * height > MAX_PIXELS_WEBP:
        raise Refused(PIXELS_WEBP)


def _check(opened: Image.Image) -> None:
    pixels = opened.width * opened.height
    if pixels > MAX_PIXELS:
        raise Refused(PIXELS)
    if isinstance(opened, JpegImagePlugin.JpegImageFile) and opened.info.get("progressive"):
        areas = [across * down for _id, across, down, _table in opened.layer]
        if 2 * pixels * sum(areas) > MAX_COEFFICIENT_BYTES * max(areas, default=1):
            raise Refused(MEMORY)


def _shrunk(image: Image.Image) -> Image.Image:
    """Return RGB pixels on white, less than twice LARGE; strips spare a second full copy."""
    factor = max(1, max(image.size) // LARGE)
    rows = factor * max(1, _STRIP_PIXELS // (image.width * factor))
    small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        small.paste(_flat(strip).reduce(factor), (0, top // factor))
    return small


def _flat(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16-bit grey: keep the upper eight bits
        return image.point(lambda value: value / 256).convert("L").convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(layer, mask=layer.getchannel("A"))
    return white


def _turn(opened: Image.Image) -> Image.Transpose | None:
    """Return how the camera was held; a forged note about it is no reason to refuse."""
    try:
        return _TURNS.get(opened.getexif().get(_ORIENTATION, 1))
    except (*_BROKEN, KeyError, TypeError):
        return None


def _webp(image: Image.Image, side: int) -> bytes:
    # A new picture of the bare pixels: whatever hung on the old one stays behind.
    fresh = Image.frombytes("RGB", image.size, image.tobytes())
    fresh.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = BytesIO()
    fresh.save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()


def main() -> None:
    """Clean what stands on standard input; answer on standard output."""
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # ours is tested in _check, before anything is decoded
    Image.preinit()
    with _status() as status:
        confine()
        pictures: list[bytes] = []
        answer: dict[str, object] = {}
        try:
            pictures = cleaned(sys.stdin.buffer)
            answer["sizes"] = [len(picture) for picture in pictures]
        except Refused as refusal:
            answer["refused"] = refusal.args[0]
        answer["peak_kib"] = _peak_kib(status)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + b"".join(pictures))


def _status() -> IO[str]:
    if sys.platform == "linux":
        # getrusage would tell the larger of this and of the process that started us.
        return open("/proc/self/status", encoding="ascii")
    return open("/dev/null", encoding="ascii")


def _peak_kib(status: IO[str]) -> int:
    lines = [line.split() for line in status if line.startswith("VmHWM:")]
    return int(lines[0][1]) if lines else 0


if __name__ == "__main__":
    main()
