"""The cleaner: a program of its own that turns untrusted uploads into clean pictures.

Run as `python -I cleaning.py`, with a Unix socket as standard input. It loads the decoders once;
for each upload it then forks a warden, and the warden a child, which shuts itself in before it
reads the first byte: memory, processor time, size of its answer, and no new file, socket or
process. What breaks a decoder breaks that child alone. The program knows no Django and none of
our secrets, and ends when the other end of the socket is closed.

An order is one byte with four files: upload, answer, complaints, and a pipe on which the warden
tells how the child ended (four bytes, negative for a signal). The answer is a line of JSON, then
the bytes it counts: {"sizes": [large, thumb]}, or {"refused": code} alone; both with "peak_kib",
the most memory that was in use.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import resource
import signal
import socket
import struct
import sys
import warnings
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import IO, NoReturn

# All that Pillow loads late is loaded here: once shut in, a child opens no file.
import pillow_heif
from PIL import (
    Image,
    JpegImagePlugin,
    MpoImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

MEMORY_BYTES = 256 * 1024 * 1024
# Of that, what the libraries' own code takes up; the rest is for data, and the kernel's to keep.
_CODE_BYTES = 16 * 1024 * 1024
_STACK_BYTES = 1024 * 1024
# Processor time; the slowest honest picture, a PNG of 50 megapixels, takes about 2 seconds.
CPU_SECONDS = 6
# Above that, for a machine that is busy.
WALL_SECONDS = 20
ANSWER_BYTES = 4 * 1024 * 1024
ORDER = b"c"
FILES_OF_AN_ORDER = 4

MAX_PIXELS = 50_000_000
# Opening a WebP takes four copies of four bytes each; more would pass MEMORY_BYTES.
MAX_PIXELS_WEBP = 12_500_000
# A progressive JPEG is held whole as coefficients of two bytes before it can be made small.
MAX_COEFFICIENT_BYTES = 222_000_000
# A HEIC is held whole as file, as coded and as RGB, some kinds once more in between.
MAX_HEIC_BYTES = 230_000_000
_SAMPLES = {420: 1.5, 422: 2.0, 444: 3.0}  # of a pixel, by how its colours were coded
FORMATS = ("JPEG", "PNG", "WEBP")
# Major brands of HEVC pictures and sequences (ISO/IEC 23008-12, annex B), and of any HEIF.
HEIC_BRANDS = b"heic heix heim heis hevc hevx hevm hevs mif1 msf1".split()
LARGE, THUMB = 1200, 360
# WebP; the eye sees no difference on a phone. Methods above 2 take three times as long for
# files a tenth smaller.
_QUALITY, _METHOD = 80, 2
_STRIP_PIXELS = 1_000_000

UNREADABLE, PIXELS, PIXELS_WEBP = "unreadable", "pixels", "pixels_webp"
MEMORY, MEMORY_JPEG, MEMORY_HEIC = "memory", "memory_jpeg", "memory_heic"

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
# What Pillow and libheif raise for files that are no picture, cut short or forged.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, RuntimeError, struct.error, zlib.error)

# What a child may still ask of the kernel, by machine (asm/unistd.h): its audit number, `clone`,
# `clone3`, then in both lines: read, write, pread64, close, fstat, lseek; mmap, mprotect, munmap,
# mremap, madvise, brk; the handling of signals (4); futex, sched_yield, sched_getaffinity,
# set_robust_list, rseq, membarrier; getpid, gettid, clock_gettime, clock_nanosleep, nanosleep,
# getrandom, restart_syscall; exit, exit_group.
_CALLS = {
    "x86_64": "0xC000003E 56 435 0 1 17 3 5 8 9 10 11 25 28 12 13 14 15 131 202 24 204 273 334 "
    "324 39 186 228 230 35 318 219 60 231",
    "aarch64": "0xC00000B7 220 435 63 64 67 57 80 62 222 226 215 216 233 214 134 135 139 132 98 "
    "124 123 99 293 283 172 178 113 115 101 278 128 93 94",
}
# From linux/prctl.h, linux/filter.h, linux/seccomp.h and linux/sched.h.
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _KILL, _NOT_PERMITTED, _NO_SUCH_CALL = 0x7FFF0000, 0x80000000, 0x50001, 0x50026
_CLONE_THREAD = 0x10000


class Refused(Exception):
    """The upload is no picture we take; the only argument is the code."""


# Shutting in -----------------------------------------------------------------------------------


def confine(*, with_threads: bool = False) -> None:
    """Limit this process for good. The limits of memory and of processes are Linux's.

    `with_threads` is for libde265, which decodes HEIC in a thread: then no limit on processes
    is set, since it would count threads, and the filter of system calls alone forbids them.
    """
    most = {
        resource.RLIMIT_DATA: MEMORY_BYTES - _CODE_BYTES,
        # Mapped code that is never touched takes no memory.
        resource.RLIMIT_AS: MEMORY_BYTES + 4 * _CODE_BYTES,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: ANSWER_BYTES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 0,
    }
    if not with_threads:
        most[resource.RLIMIT_NPROC] = 0
    for limit, value in most.items():
        hard = resource.getrlimit(limit)[1]  # never above what the machine already allows
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(limit, (allowed, allowed))
        except (OSError, ValueError):
            if sys.platform == "linux":
                raise
    if sys.platform == "linux" and platform.machine() in _CALLS:
        _forbid_calls(*(int(number, 0) for number in _CALLS[platform.machine()].split()))


def _forbid_calls(machine: int, clone: int, clone3: int, *allowed: int) -> None:
    """Refuse this process every other system call; threads it may make, processes not.

    Raises OSError when the kernel has no such filter.
    """
    # Each is (code, steps to skip if true, if not, value); offsets are those of seccomp_data.
    program = [
        *((_LOAD, 0, 0, 4), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)),
        # The C library then falls back to clone, whose flags can be looked at.
        *((_EQUAL, 0, 1, clone3), (_RETURN, 0, 0, _NO_SUCH_CALL)),
        *((_EQUAL, 0, 3, clone), (_LOAD, 0, 0, 16), (_ANY_BIT, len(allowed) + 2, 0, _CLONE_THREAD)),
        (_RETURN, 0, 0, _NOT_PERMITTED),
        *((_EQUAL, len(allowed) - place, 0, call) for place, call in enumerate(allowed)),
        *((_RETURN, 0, 0, _NOT_PERMITTED), (_RETURN, 0, 0, _ALLOW)),
    ]
    steps = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in program))
    filtered = struct.pack("@HP", len(program), ctypes.addressof(steps))
    library = ctypes.CDLL(None, use_errno=True)
    word = ctypes.c_ulong
    library.prctl.argtypes = [ctypes.c_int, word, ctypes.c_void_p, word, word]
    library.prctl(_NO_NEW_PRIVILEGES, 1, None, 0, 0)
    if library.prctl(_SET_SECCOMP, _FILTER, filtered, 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel refused to shut the cleaner in")


# Cleaning --------------------------------------------------------------------------------------


def cleaned(file: IO[bytes]) -> list[bytes]:
    """Return the upload as WebP in both sizes: upright RGB pixels and nothing else.

    No EXIF, place, comment or colour profile survives; transparency becomes white; of several
    frames the first is taken. Raises Refused with a code.
    """
    head = file.read(32)
    file.seek(0)
    try:
        image = _heic(file) if is_heic(head) else _other(file, head)
    except _BROKEN as error:
        raise Refused(UNREADABLE) from error
    except MemoryError as error:
        raise Refused(MEMORY) from error
    return [_webp(image, side) for side in (LARGE, THUMB)]


def is_heic(head: bytes) -> bool:
    """Say whether a file that begins like this is to be read as HEIC."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS


def _other(file: IO[bytes], head: bytes) -> Image.Image:
    _check_webp(head)
    with Image.open(file, formats=FORMATS) as opened:
        _check(opened)
        # JPEG only, no-op otherwise: decodes at a half, quarter or eighth, never below this.
        share = min(1.0, LARGE / max(opened.size))
        opened.draft(None, (int(opened.width * share) or 1, int(opened.height * share) or 1))
        opened.load()
        width, height = opened.size
        image = _shrunk(width, height, lambda top, end: opened.crop((0, top, width, end)))
        turn = _turn(opened)
    return image if turn is None else image.transpose(turn)


def _heic(file: IO[bytes]) -> Image.Image:
    """Read the main picture of a HEIC. The library turns it as its boxes say.

    Its EXIF is not asked: where both are there, they tell the same turn twice (ISO/IEC 23008-12,
    annex A.3). Depth maps, thumbnails, further pictures and all words stay unread.
    """
    opened = pillow_heif.open_heif(file, convert_hdr_to_8bit=True)
    if opened.size[0] * opened.size[1] > MAX_PIXELS:
        raise Refused(PIXELS)
    if _heic_bytes(opened) + file.seek(0, os.SEEK_END) > MAX_HEIC_BYTES:
        raise Refused(MEMORY_HEIC)
    pixels, stride = memoryview(opened.data), opened.stride
    (width, height), mode = opened.size, opened.mode

    def rows(top: int, end: int) -> Image.Image:
        part = bytes(pixels[top * stride : end * stride])
        return Image.frombuffer(mode, (width, end - top), part, "raw", mode, stride, 1)

    return _shrunk(width, height, rows)


def _heic_bytes(opened: pillow_heif.HeifFile) -> float:
    """Return how much memory decoding takes: every copy that libheif makes, as measured."""
    samples = 1.0 if opened.mode == "L" else _SAMPLES.get(opened.info.get("chroma", 0), 3.0)
    coded = samples + opened.has_alpha
    copies = coded + len(opened.mode)  # as it was coded, and the pixels we get
    if opened.info.get("bit_depth", 8) > 8:
        copies += 2 * coded  # first of two bytes a sample
    if samples > _SAMPLES[420]:
        copies += 3  # red, green and blue apart
    if "tiling" not in opened.info:
        copies += 0.2  # libde265's notes on every block of the one big picture
    return float(opened.size[0] * opened.size[1] * copies)


def _check_webp(head: bytes) -> None:
    """Test a WebP's size here: Pillow makes its decoder, with all its memory, on opening."""
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
            raise Refused(MEMORY_JPEG)


def _shrunk(width: int, height: int, rows: Callable[[int, int], Image.Image]) -> Image.Image:
    """Return RGB pixels on white, at most LARGE; strips spare a second full copy."""
    factor = max(1, max(width, height) // LARGE)
    step = factor * max(1, _STRIP_PIXELS // (width * factor))
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    for top in range(0, height, step):
        strip = rows(top, min(top + step, height))
        small.paste(_flat(strip).reduce(factor), (0, top // factor))
    small.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS)
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
    fresh.save(out, "WEBP", quality=_QUALITY, method=_METHOD)
    return out.getvalue()


# The program -----------------------------------------------------------------------------------


def load() -> None:
    """Make everything ready that a child will need."""
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # ours is tested in _check, before anything is decoded
    Image.preinit()
    options = pillow_heif.options
    options.DECODE_THREADS = 1
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    _make_thread_stacks_small()


def _make_thread_stacks_small() -> None:
    """Have libde265's thread not take eight of our megabytes; where the C library can (glibc)."""
    library = ctypes.CDLL(None)
    if hasattr(library, "pthread_setattr_default_np"):
        attributes = ctypes.create_string_buffer(128)  # more than any machine's pthread_attr_t
        library.pthread_attr_init(attributes)
        library.pthread_attr_setstacksize(attributes, ctypes.c_size_t(_STACK_BYTES))
        library.pthread_setattr_default_np(attributes)


def work() -> None:
    """Clean what stands on standard input, as a child shut in; answer on standard output."""
    with _status() as status:
        head = os.pread(0, 32, 0)
        confine(with_threads=is_heic(head))
        pictures: list[bytes] = []
        answer: dict[str, object] = {}
        try:
            with open(0, "rb", closefd=False) as upload:
                pictures = cleaned(upload)
            answer["sizes"] = [len(picture) for picture in pictures]
        except Refused as refusal:
            answer["refused"] = refusal.args[0]
        answer["peak_kib"] = _peak_kib(status)
    with open(1, "wb", closefd=False) as out:
        out.write(json.dumps(answer).encode() + b"\n" + b"".join(pictures))


def serve(orders: socket.socket) -> None:
    """Fork a warden for each order, until the other end is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # wardens leave no trace
    while True:
        order, files, _flags, _address = socket.recv_fds(orders, 1, FILES_OF_AN_ORDER)
        if not order:
            return
        if len(files) == FILES_OF_AN_ORDER and os.fork() == 0:
            orders.close()
            ward(*files)
        for file in files:
            os.close(file)


def ward(upload: int, answer: int, complaints: int, told: int) -> NoReturn:
    """Have a child work, end it when its time is over, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        for number, file in enumerate((upload, answer, complaints)):
            os.dup2(file, number)
        os.closerange(3, 64)  # neither the orders nor the warden's pipe is a child's to touch
        status = 1
        try:
            work()
            status = 0
        finally:  # whatever happened, the child ends here and never turns into a server
            if status:
                sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
                sys.stderr.flush()
            os._exit(status)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(WALL_SECONDS)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(told, struct.pack("=i", ended))
    os._exit(0)


def _status() -> IO[str]:
    # getrusage would tell the larger of this and of the process that started us.
    return open("/proc/self/status" if sys.platform == "linux" else os.devnull, encoding="ascii")


def _peak_kib(status: IO[str]) -> int:
    lines = [line.split() for line in status if line.startswith("VmHWM:")]
    return int(lines[0][1]) if lines else 0


if __name__ == "__main__":
    load()
    serve(socket.socket(fileno=0))
