"""Uploads made to harm or to betray: each becomes a clean picture or a clear sentence.

Every file goes through the real cleaner, which reports the most memory it ever used. With -v
the run ends with a table: file, its size, what became of it, memory, time.
"""

import random
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from marketplace.errors import BadInput
from marketplace.listings import cleaning
from marketplace.listings.services import cleaner, pictures
from tests.factories import heic
from tests.factories.uploads import (
    MARK,
    PNG,
    SCRIPT,
    SIXTY_THOUSAND,
    SVG,
    archive,
    assert_bare,
    base,
    chunk,
    endless_scans,
    exif_with_a_thumbnail,
    flat_png,
    flat_webp,
    frames,
    in_the_header,
    interlaced_png,
    jpeg,
    jpeg_in_a_jpeg,
    jpeg_that_claims,
    many_frames,
    noise,
    palette_with_holes,
    png,
    png_with,
    profile,
    saved,
    segments,
    webp,
    webp_that_claims,
    with_exif,
    with_words,
)

CLEAN, NO_PICTURE = "clean", "not a picture we can read"
PIXELS, WEBP_PIXELS, MEMORY = "50 megapixels", "WebP photo has more", "progressive JPEG"
DEEP = "too many pixels for its colour depth"
TOO_LONG = "too long to open"

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
        lambda: png_with(b"iTXt", b"c\0\0\0\0\0" + MARK * 400_000),
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
    "jpeg 2000": (lambda: saved(base(), "JPEG2000"), NO_PICTURE),
    "dds": (lambda: saved(base(), "DDS"), NO_PICTURE),
    "icns": (lambda: b"icns" + bytes(60), NO_PICTURE),
    "pdf": (lambda: saved(base(), "PDF"), NO_PICTURE),
    "postscript after a jpeg's start": (
        lambda: b"\xff\xd8\xff%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        NO_PICTURE,
    ),
    # written without a look at the cleaner
    "webp of 10,000 frames": (many_frames, CLEAN),
    "jpeg with 100 segments": (lambda: segments(100), CLEAN),
    "jpeg with a picture in its place": (lambda: jpeg(exif=exif_with_a_thumbnail()), CLEAN),
    "jpeg with a true profile": (lambda: jpeg(icc_profile=profile()), CLEAN),
    "jpeg in a jpeg's segment": (jpeg_in_a_jpeg, CLEAN),
    "png, interlaced": (interlaced_png, CLEAN),
    "png, palette with holes": (palette_with_holes, CLEAN),
    "png of 100,000 empty pieces": (
        lambda: png().replace(
            chunk(b"IEND", b""), chunk(b"IDAT", b"") * 100_000 + chunk(b"IEND", b"")
        ),
        CLEAN,
    ),
    "png of two headers": (
        lambda: png()[:33] + chunk(b"IHDR", SIXTY_THOUSAND) + png()[33:],
        (CLEAN, PIXELS, NO_PICTURE),
    ),
    "16-bit rgb png": (lambda: flat_png(300, 300, depth=16, colour=2, filler=b"\x55"), CLEAN),
    "jpeg of one restart a block": (lambda: jpeg(restart_marker_blocks=1), CLEAN),
    "jpeg with a page behind its end": (lambda: jpeg() + b"\0" * 3_000_000 + SCRIPT, CLEAN),
    # heic
    "heic": (heic.plain, CLEAN),
    "heic in tiles": (lambda: heic.plain(tile_size=256), CLEAN),
    "heic turned": (lambda: heic.plain(exif=heic.turned(6)), CLEAN),
    "heic of ten bits": (lambda: heic.deep(640, "420"), CLEAN),
    "heic of ten bits and full colour, 25 megapixels": (
        lambda: heic.that_claims(5000, heic.deep(640, "444")),
        DEEP,
    ),
    "heic with holes": (lambda: heic.plain(base(mode="RGBA")), CLEAN),
    "heic in grey": (lambda: heic.plain(base(mode="L")), CLEAN),
    "heic with a place": (lambda: heic.plain(exif=with_exif().tobytes()), CLEAN),
    "heic with script in its xmp": (lambda: heic.plain(xmp=SCRIPT), CLEAN),
    "heic with thumbnails": (lambda: heic.plain(thumbnails=[64, 128]), CLEAN),
    "heic sequence": (heic.sequence, CLEAN),
    "heic and zip": (lambda: heic.plain() + archive(), CLEAN),
    "heic cut short": (lambda: heic.plain()[:-300], NO_PICTURE),
    "heic cut to its boxes": (lambda: heic.plain()[:200], NO_PICTURE),
    "heic that says 3,000 square": (lambda: heic.that_claims(3000), (CLEAN, NO_PICTURE)),
    "heic that says 60,000 square": (lambda: heic.that_claims(60_000), (PIXELS, NO_PICTURE)),
    "heic that says 7,000 square": (lambda: heic.that_claims(7000), DEEP),
    "heic of 65,535 items": (heic.with_many_items, NO_PICTURE),
    "avif in heic's clothes": (heic.clothes, NO_PICTURE),
    "heic of nothing but a name": (
        lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(60),
        NO_PICTURE,
    ),
}


@pytest.fixture(scope="module")
def table(request):
    """Collects what became of each file; printed at the end of a verbose run."""
    rows = []
    yield rows
    capture = request.config.pluginmanager.getplugin("capturemanager")
    if rows and request.config.option.verbose > 0:
        with capture.global_and_fixture_disabled():
            print(f"\n{'file':50} {'bytes':>10}  {'outcome':28} {'MiB':>5} {'ms':>6}")
            for name, size, outcome, peak, took in rows:
                print(f"{name:50} {size:10,}  {outcome:28} {peak:5.0f} {took:6.0f}")
            print(f"{len(rows)} files, at most {max(row[3] for row in rows):.0f} MiB")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_clean_picture_or_a_clear_sentence(name, table):
    make, expected = HOSTILE[name]
    data = make()
    ways = expected if isinstance(expected, tuple) else (expected,)
    # What a look at the first bytes keeps from the cleaner must do it no harm either.
    began = time.perf_counter()
    answer = cleaner.ask(data=data)
    took = 1000 * (time.perf_counter() - began)
    outcome = CLEAN
    if answer.refused:
        with pytest.raises(BadInput) as refusal:
            pictures.clean(data=data)
        assert refusal.value.field == "photos"
        outcome = refusal.value.reason
    table.append((name, len(data), outcome[:28], answer.peak_kib / 1024, took))
    assert any(way in outcome for way in ways), outcome
    assert len(data) <= pictures.MAX_BYTES
    if answer.refused == cleaner.KILLED:
        return  # before it could tell its memory; the kernel's limit is tested elsewhere
    assert 0 < answer.peak_kib < cleaning.MEMORY_BYTES // 1024
    assert len(answer.pictures) == (2 if outcome == CLEAN else 0)
    for kept, side in zip(answer.pictures, (pictures.LARGE, pictures.THUMB), strict=False):
        assert_bare(kept, side)


def test_the_web_process_stays_small_whatever_is_sent(tmp_path):
    large = ["rgba png, 49", "webp of noise", "progressive jpeg, 49", "heic in tiles", "png with a"]
    for number, name in enumerate(HOSTILE):
        if name.startswith(tuple(large)):
            (tmp_path / f"{number}.upload").write_bytes(HOSTILE[name][0]())
    (tmp_path / "large.upload").write_bytes(b"\xff\xd8\xff" + bytes(pictures.MAX_BYTES - 3))
    program = Path(__file__).with_name("sends_photos.py")
    ended = subprocess.run(
        [sys.executable, program, tmp_path], capture_output=True, text=True, check=True
    )
    before_kib, most_kib = (int(word) for word in ended.stdout.split())
    assert most_kib < cleaning.MEMORY_BYTES // 1024
    assert most_kib - before_kib < 64 * 1024, "two copies of the largest upload, and some"


def test_there_are_at_least_forty_hostile_files_and_the_bombs_are_small():
    assert len(HOSTILE) >= 40
    for start, megapixels in [("1-bit png", 110), ("palette png", 49), ("lossless webp, 36", 36)]:
        data = next(make() for name, (make, _) in HOSTILE.items() if name.startswith(start))
        assert len(data) < 20_000
        if data.startswith(PNG):
            width, height = struct.unpack(">II", data[16:24])
            assert width * height >= megapixels * 1_000_000
