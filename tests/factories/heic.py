"""HEIC files, plain and hostile, made with libheif's own encoder."""

from __future__ import annotations

import io
import struct

import pillow_heif
from PIL import Image

from tests.factories.uploads import base, saved


def plain(image=None, **options):
    out = io.BytesIO()
    pillow_heif.from_pillow(image or base()).save(out, quality=50, **options)
    return out.getvalue()


def deep(side, chroma):
    """A HEIC of ten bits a colour."""
    row = b"".join(struct.pack("<H", x * 9 % 65_536) for x in range(side * 3))
    out = io.BytesIO()
    whole = pillow_heif.from_bytes(mode="RGB;16", size=(side, side), data=row * side)
    whole.save(out, quality=50, chroma=chroma)
    return out.getvalue()


def sequence():
    file = pillow_heif.from_pillow(base())
    for shade in ("white", "black"):
        file.add_from_pillow(Image.new("RGB", (640, 480), shade))
    out = io.BytesIO()
    file.save(out, quality=50)
    return out.getvalue()


def that_claims(side, data=None):
    """A small HEIC in which every size says it is huge."""
    data, at = bytearray(data or plain()), 0
    while (at := data.find(b"ispe", at) + 4) > 3:
        data[at + 4 : at + 12] = struct.pack(">II", side, side)
    return bytes(data)


def with_many_items():
    """A HEIC that says it has 65,535 items."""
    data = bytearray(plain())
    at = data.index(b"iinf") + 8
    data[at : at + 2] = b"\xff\xff"
    return bytes(data)


def clothes():
    return saved(base(), "AVIF").replace(b"ftypavif", b"ftypheic", 1)


def turned(note):
    """EXIF that says how the camera was held."""
    exif = Image.Exif()
    exif[0x0112] = note
    return exif.tobytes()
