"""Uploads made to harm or to betray: bombs, disguises, hidden words."""

from __future__ import annotations

import io
import random
import secrets
import struct
import zipfile
import zlib

from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from marketplace.listings import rules

# Another in every run, so that no picture can hold it by chance or by habit.
MARK = b"MARK-" + secrets.token_hex(12).encode()
SCRIPT = b"<script>alert('" + MARK + b"')</script>"
PNG = b"\x89PNG\r\n\x1a\n"
SIXTY_THOUSAND = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>"


def base(size=(640, 480), mode="RGB"):
    image = Image.new("RGB", size, (180, 120, 60))
    ImageDraw.Draw(image).ellipse((40, 40, size[0] - 40, size[1] - 40), fill=(30, 90, 160))
    return image.convert(mode)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(**options):
    return saved(base(), "JPEG", **options)


def png(**options):
    return saved(base(), "PNG", **options)


def webp(**options):
    return saved(base(), "WEBP", **options)


# Small files that open to hundreds of megabytes --------------------------------------------------


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def flat_png(width, height, *, depth, colour, filler=b"\0"):
    """A PNG of one colour, packed a thousand to one."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    packer = zlib.compressobj(9)
    row = b"\0" + filler * -(-width * depth * channels // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    palette = chunk(b"PLTE", bytes(6)) + chunk(b"tRNS", b"\0\x80") if colour == 3 else b""
    return PNG + chunk(b"IHDR", header) + palette + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def flat_webp(side):
    return saved(Image.new("RGB", (side, side), "red"), "WEBP", lossless=True, method=0)


def jpeg_that_claims(width, height):
    """A small JPEG whose header says it is huge."""
    data = bytearray(saved(base(mode="L"), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_that_claims(side):
    """A small WebP on a canvas of 24-bit sides."""
    canvas = struct.pack("<I", 0) + (side - 1).to_bytes(3, "little") * 2
    return riff(b"VP8X" + struct.pack("<I", 10) + canvas + webp()[12:])


def riff(body):
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def endless_scans():
    """A progressive JPEG that asks to go over the whole picture thousands of times."""
    data = saved(Image.new("L", (7000, 7000), 90), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * 4000 + b"\xff\xd9"


# Files that hide something ------------------------------------------------------------------------


def with_exif():
    exif = Image.Exif()
    exif[0x010E] = MARK.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 2.5), 0x1B: MARK})
    return exif


def with_words(**options):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SCRIPT.decode(), **options)
    return info


def png_with(kind, data):
    whole = png()
    end = whole.rindex(b"IDAT") - 4
    return whole[:end] + chunk(kind, data) + whole[end:]


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("run.html", SCRIPT)
    return out.getvalue()


def in_the_header(data):
    """A JPEG segment with our mark, right behind the start."""
    segment = b"\xff\xee" + struct.pack(">H", len(MARK) + 2) + MARK
    return data[:2] + segment + data[2:]


def frames(kind, **options):
    others = [Image.new("RGB", (640, 480), shade) for shade in ("white", "black", "blue")]
    return saved(base(), kind, save_all=True, append_images=others, **options)


def noise(side):
    dots = random.Random(7).randbytes(side * side * 3)
    return Image.frombytes("RGB", (side, side), dots)


def many_frames():
    """A WebP of 10,000 frames."""
    shades = [Image.new("RGB", (64, 64), shade) for shade in ("red", "white", "blue")]
    whole = saved(shades[0], "WEBP", save_all=True, append_images=shades[1:], lossless=True)
    start = whole.index(b"ANMF")
    size = 8 + int.from_bytes(whole[start + 4 : start + 8], "little")
    return riff(whole[12:start] + whole[start : start + size] * 10_000)


def segments(count):
    """A JPEG with many application segments, each marked."""
    data = jpeg()
    for number in range(count):
        kind = bytes([0xFF, 0xE1 + number % 13])
        data = data[:2] + kind + struct.pack(">H", len(MARK) + 2) + MARK + data[2:]
    return data


def jpeg_in_a_jpeg():
    """A JPEG one of whose segments holds another, marked."""
    inner = saved(base((200, 150)), "JPEG", comment=MARK)
    outer = jpeg()
    return outer[:2] + b"\xff\xed" + struct.pack(">H", len(inner) + 2) + inner + outer[2:]


def exif_with_a_thumbnail():
    """EXIF whose second directory points to a small JPEG with our mark in its comment."""
    inner = saved(base((160, 120)), "JPEG", comment=MARK)
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes() + inner


def profile():
    """A true colour profile in whose unused end our mark lies."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() if LCMS else b"icc"
    return data + MARK


LCMS = hasattr(ImageCms.core, "profile_open") if hasattr(ImageCms, "core") else False


def palette_with_holes():
    image = base().quantize(64)
    image.info["transparency"] = bytes(range(64))
    return saved(image, "PNG")


def interlaced_png():
    """Adam7 by hand: Pillow does not write it."""
    rows = []
    steps = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
    for left, top, across, down in [*steps, (0, 1, 1, 2)]:
        row = b"\0" + b"\x40\x80\xc0" * len(range(left, 64, across))
        rows += [row] * len(range(top, 64, down))
    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 1)
    pixels = zlib.compress(b"".join(rows))
    return PNG + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def assert_bare(kept, side):
    """Nothing but pixels is in a picture that is served."""
    assert MARK not in kept
    assert MARK[:12] not in kept
    assert MARK.decode().encode("utf-16-le") not in kept
    assert max(rules.webp_size(kept)) <= side  # one chunk of pixels, end to end
    with Image.open(io.BytesIO(kept)) as found:
        found.load()
        assert (found.format, found.mode, found.n_frames) == ("WEBP", "RGB", 1)
        assert set(found.info) <= {"loop", "background", "timestamp", "duration"}
