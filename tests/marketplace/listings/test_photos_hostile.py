"""Uploads made to harm or to betray: each becomes a clean picture or a clear sentence.

Every file goes through the real cleaner, which reports the most memory it ever used.
"""

import io
import random
import struct
import zipfile
import zlib

import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from marketplace.errors import BadInput
from marketplace.listings import cleaning
from marketplace.listings.services import pictures

MARK = b"MARK-51.5007N-0.1246W"
SCRIPT = b"<script>alert('" + MARK + b"')</script>"
PNG = b"\x89PNG\r\n\x1a\n"
CLEAN, NO_PICTURE = "clean", "not a picture we can read"
PIXELS, WEBP_PIXELS, MEMORY = "50 megapixels", "WebP photo has more", "too much memory"
TOO_LONG = "too long to open"


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


SIXTY_THOUSAND = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>"

HOSTILE = {
    # bombs
    "1-bit png, 13 KB, 110 megapixels": (
        lambda: flat_png(10_500, 10_500, depth=1, colour=0),
        PIXELS,
    ),
    "palette png, 6 KB, 49 megapixels": (lambda: flat_png(7000, 7000, depth=1, colour=3), CLEAN),
    "rgba png, 49 megapixels": (lambda: flat_png(7000, 7000, depth=8, colour=6), CLEAN),
    "16-bit rgba png, 49 megapixels": (lambda: flat_png(7000, 7000, depth=16, colour=6), CLEAN),
    "grey and alpha png, 49 megapixels": (lambda: flat_png(7000, 7000, depth=8, colour=4), CLEAN),
    "16-bit grey png, 49 megapixels": (lambda: flat_png(7000, 7000, depth=16, colour=0), CLEAN),
    "png that says 60,000 square": (
        lambda: png().replace(png()[12:33], chunk(b"IHDR", SIXTY_THOUSAND)[4:]),
        PIXELS,
    ),
    "png of no width": (lambda: flat_png(0, 10, depth=8, colour=2), NO_PICTURE),
    "1 x 50,000 png": (lambda: flat_png(1, 50_000, depth=8, colour=2), CLEAN),
    "50,000 x 1 jpeg": (lambda: saved(Image.new("RGB", (50_000, 1), "red"), "JPEG"), CLEAN),
    "webp, 16,383 square": (lambda: webp_that_claims(16_383), WEBP_PIXELS),
    "webp canvas of 2**24 square": (lambda: webp_that_claims(2**24), WEBP_PIXELS),
    "lossless webp, 36 megapixels in 100 bytes": (lambda: flat_webp(6000), WEBP_PIXELS),
    "lossless webp, 12 megapixels in 100 bytes": (lambda: flat_webp(3500), CLEAN),
    "jpeg that says 65,000 square": (lambda: jpeg_that_claims(65_000, 65_000), PIXELS),
    "jpeg that says 7,000 square": (lambda: jpeg_that_claims(7000, 7000), CLEAN),
    "progressive jpeg in full colour, 49 megapixels": (
        lambda: saved(Image.new("RGB", (7000, 7000)), "JPEG", progressive=True, subsampling=0),
        MEMORY,
    ),
    "progressive jpeg, 49 megapixels": (
        lambda: saved(Image.new("RGB", (7000, 7000)), "JPEG", progressive=True),
        CLEAN,
    ),
    "progressive jpeg of 4,000 scans": (endless_scans, TOO_LONG),
    "webp of noise, 11 MB": (lambda: saved(noise(1900), "WEBP", lossless=True, method=0), CLEAN),
    # what is packed beside the pixels
    "png with an iCCP of 200 MB in 200 KB": (
        lambda: png_with(b"iCCP", b"p\0\0" + zlib.compress(bytes(200_000_000), 1)),
        NO_PICTURE,
    ),
    "png with a zTXt of 60 MB": (
        lambda: png_with(b"zTXt", b"c\0\0" + zlib.compress(bytes(60_000_000), 1)),
        NO_PICTURE,
    ),
    "png with an iTXt of 60 MB": (
        lambda: png_with(b"iTXt", b"c\0\1\0\0\0" + zlib.compress(bytes(60_000_000), 1)),
        NO_PICTURE,
    ),
    "png with a plain iTXt of 12 MB": (
        lambda: png_with(b"iTXt", b"c\0\0\0\0\0" + MARK * 600_000),
        CLEAN,
    ),
    "png with 5,000 small texts": (
        lambda: png_with(b"tEXt", b"c\0" + MARK) + chunk(b"tEXt", b"c\0" + MARK) * 5000,
        CLEAN,
    ),
    "png with words, a place and a chunk of its own": (
        lambda: png_with(b"prIv", SCRIPT) + MARK,
        CLEAN,
    ),
    "png with script in its text": (lambda: png(pnginfo=with_words()), CLEAN),
    "png with packed script": (lambda: png(pnginfo=with_words(zip=True)), CLEAN),
    "png with a place": (lambda: png(exif=with_exif()), CLEAN),
    "jpeg with a place": (lambda: jpeg(exif=with_exif()), CLEAN),
    "jpeg with a broken place": (
        lambda: jpeg(exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + MARK),
        CLEAN,
    ),
    "jpeg with script in a comment": (lambda: jpeg(comment=SCRIPT), CLEAN),
    "jpeg with a segment of its own": (lambda: in_the_header(jpeg()), CLEAN),
    "jpeg with a colour profile": (lambda: jpeg(icc_profile=b"icc" + MARK), CLEAN),
    "webp with a place and a profile": (
        lambda: webp(exif=with_exif(), icc_profile=MARK, xmp=SCRIPT),
        CLEAN,
    ),
    # two things at once
    "jpeg and zip": (lambda: jpeg() + archive(), CLEAN),
    "png and zip": (lambda: png() + archive(), CLEAN),
    "webp and zip": (lambda: webp() + archive(), CLEAN),
    "jpeg and html": (lambda: jpeg() + SCRIPT, CLEAN),
    "html and jpeg": (lambda: SCRIPT + jpeg(), NO_PICTURE),
    "pdf and jpeg": (lambda: b"%PDF-1.7\n" + jpeg(), NO_PICTURE),
    "jpeg's first bytes, then html": (lambda: b"\xff\xd8\xff\xe0" + SCRIPT, NO_PICTURE),
    "png's first bytes, then php": (lambda: PNG + b"<?php " + MARK, NO_PICTURE),
    "riff that is a sound": (lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), NO_PICTURE),
    # cut short, nothing, chance
    "jpeg cut short": (lambda: jpeg()[:2000], NO_PICTURE),
    "png cut short": (lambda: png()[:900], NO_PICTURE),
    "webp cut short": (lambda: webp()[:300], NO_PICTURE),
    "nothing": (lambda: b"", NO_PICTURE),
    "chance": (lambda: random.Random(1).randbytes(20_000), NO_PICTURE),
    "chance after a jpeg's start": (
        lambda: b"\xff\xd8\xff" + random.Random(2).randbytes(20_000),
        NO_PICTURE,
    ),
    "png with a forged checksum": (lambda: png().replace(b"IEND\xae", b"IEND\xaf"), CLEAN),
    "png with pixels that are no zlib": (
        lambda: png().replace(b"IDAT\x78", b"IDAT\x00"),
        NO_PICTURE,
    ),
    # unusual, honest
    "cmyk jpeg": (lambda: saved(base(mode="CMYK"), "JPEG"), CLEAN),
    "16-bit grey png": (lambda: saved(base(mode="I;16"), "PNG"), CLEAN),
    "animated png": (lambda: frames("PNG"), CLEAN),
    "animated webp": (lambda: frames("WEBP"), CLEAN),
    "two pictures in one jpeg": (lambda: frames("MPO"), CLEAN),
    # other formats under a picture's name
    "gif": (lambda: frames("GIF"), NO_PICTURE),
    "svg": (lambda: SVG, NO_PICTURE),
    "eps": (lambda: saved(base(), "EPS"), NO_PICTURE),
    "tiff": (lambda: saved(base(), "TIFF"), NO_PICTURE),
    "bmp": (lambda: saved(base(), "BMP"), NO_PICTURE),
    "ico": (lambda: saved(base(), "ICO"), NO_PICTURE),
    "psd": (lambda: b"8BPS\0\1" + bytes(60), NO_PICTURE),
    "avif": (lambda: saved(base(), "AVIF"), NO_PICTURE),
    "heic": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(60), "HEIC photo"),
}
NOT_PIXELS = {"loop", "background", "timestamp", "duration"}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_clean_picture_or_a_clear_sentence(name):
    make, expected = HOSTILE[name]
    data = make()
    if expected != CLEAN:
        with pytest.raises(BadInput, match=expected) as refusal:
            pictures.clean(data=data)
        assert refusal.value.field == "photos"
    if expected == TOO_LONG:
        return  # killed before it could tell its memory; the kernel's limit is tested below
    # Also what a look at the first bytes keeps from the cleaner does it no harm.
    answer = pictures.ask(data=data)
    assert 0 < answer.peak_kib <= cleaning.MEMORY_BYTES // 1024
    assert len(answer.pictures) == (2 if expected == CLEAN else 0)
    for kept, side in zip(answer.pictures, (pictures.LARGE, pictures.THUMB), strict=False):
        assert MARK not in kept
        assert MARK[:12] not in kept
        assert len(kept) == int.from_bytes(kept[4:8], "little") + 8
        with Image.open(io.BytesIO(kept)) as found:
            found.load()
            assert (found.format, found.mode, found.n_frames) == ("WEBP", "RGB", 1)
            assert set(found.info) <= NOT_PIXELS
            assert max(found.size) <= side


def test_there_are_at_least_forty_hostile_files_and_the_bombs_are_small():
    assert len(HOSTILE) >= 40
    for start, megapixels in [("1-bit png", 110), ("palette png", 49), ("lossless webp, 36", 36)]:
        data = next(make() for name, (make, _) in HOSTILE.items() if name.startswith(start))
        assert len(data) < 20_000
        if data.startswith(PNG):
            width, height = struct.unpack(">II", data[16:24])
            assert width * height >= megapixels * 1_000_000
