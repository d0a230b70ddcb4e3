"""The pictures of the demo's goods: rendered once (see studio/README.md), kept as files."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageOps

FOLDER = Path(__file__).with_name("pictures")


def photo(name: str) -> bytes:
    """Return a picture as its seller uploads it: WebP."""
    return (FOLDER / f"{name}.webp").read_bytes()


def stolen(name: str) -> bytes:
    """Return what a copycat makes of a picture: cropped a little, brighter, saved as JPEG."""
    with Image.open(FOLDER / f"{name}.webp") as opened:
        image = opened.convert("RGB")
    edge = round(image.width * 0.007)
    inner = image.crop((edge, edge, image.width - edge, image.height - edge))
    out = io.BytesIO()
    ImageOps.autocontrast(inner, cutoff=1).save(out, "JPEG", quality=70)
    return out.getvalue()
