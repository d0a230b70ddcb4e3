"""From uploaded bytes to clean pixels and back to bytes; touches neither database nor storage."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from marketplace.errors import BadInput

MAX_BYTES = 15 * 1024 * 1024
# 25 Mpx: above every common phone's saved photo; 75 MB decoded, which a small server bears.
MAX_PIXELS = 25_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
LARGE, THUMB = 1200, 360
_QUALITY = 80  # WebP; the eye sees no difference on a phone

warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def decode(*, data: bytes) -> Image.Image:
    """Return the upright RGB pixels of an upload, at most about 1200 px a side for JPEG.

    Nothing but pixels survives: no EXIF, no place, no comment, no colour profile. Size limits
    are tested on the header, before decoding. Transparency becomes white.
    Raises BadInput with a sentence for the seller.
    """
    if len(data) > MAX_BYTES:
        raise too_large()
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise _too_many_pixels()
            # JPEG only, no-op otherwise: decodes at a half, quarter or eighth, never below this.
            opened.draft("RGB", (LARGE, LARGE))
            upright = ImageOps.exif_transpose(opened)
            return _fresh(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        # What Pillow raises for files that are no picture, cut short or forged.
        raise BadInput(
            _("This file is not a picture we can read: please use JPEG, PNG or WebP."),
            field="photos",
        ) from error


def encode(*, image: Image.Image, side: int) -> tuple[bytes, int, int]:
    """Return WebP bytes, width and height of `image` with its longest side at most `side`."""
    fitted = image.copy()
    fitted.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    fitted.save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue(), fitted.width, fitted.height


def too_large() -> BadInput:
    """Return the refusal of a file of too many bytes."""
    return BadInput(_("This photo is larger than 15 MB; choose a smaller one."), field="photos")


def _too_many_pixels() -> BadInput:
    return BadInput(
        _("This photo has more than 25 megapixels; choose a smaller one."), field="photos"
    )


def _fresh(image: Image.Image) -> Image.Image:
    """Paste into a new picture: whatever hung on the old one stays behind."""
    if image.mode.startswith("I"):  # 16-bit grey: keep the upper eight bits
        image = image.point(lambda value: value / 256).convert("L")
    clean = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        clean.paste(layer, mask=layer.getchannel("A"))
    else:
        clean.paste(image.convert("RGB"))
    return clean
