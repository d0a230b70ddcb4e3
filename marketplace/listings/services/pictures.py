"""From uploaded bytes to clean pictures; touches neither database nor storage.

Nothing here decodes: the bytes of strangers are opened only by the cleaner, a process of its own
with hard limits (`services/cleaner.py`, `cleaning.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.listings import cleaning, rules
from marketplace.listings.services import cleaner

MAX_BYTES = 15 * 1024 * 1024
LARGE, THUMB = cleaning.LARGE, cleaning.THUMB
# What browsers offer to choose; a phone that knows HEIC then sends it as it is.
ACCEPTED = "image/jpeg,image/png,image/webp,image/heic,image/heif"
# How the files we take begin; what begins otherwise is not worth a process.
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")


@dataclass(frozen=True, slots=True)
class Clean:
    """One upload in both sizes as WebP; `width` and `height` are the large one's, in pixels."""

    large: bytes
    thumb: bytes
    width: int
    height: int


def clean(*, data: bytes) -> Clean:
    """Return the upright RGB pixels of an upload, and nothing else, as WebP in two sizes.

    No EXIF, place, comment, colour profile or appended data survives; transparency becomes
    white.
    Raises BadInput with a sentence for the seller.
    """
    if len(data) > MAX_BYTES:
        raise too_large()
    if not data.startswith(_BEGINNINGS) and not cleaning.is_heic(data[:32]):
        raise _refusal(cleaning.UNREADABLE)
    answer = cleaner.ask(data=data)
    if answer.refused:
        raise _refusal(answer.refused)
    large, thumb = answer.pictures
    width, height = rules.webp_size(large)
    return Clean(large=large, thumb=thumb, width=width, height=height)


def too_large() -> BadInput:
    """Return the refusal of a file of too many bytes."""
    return BadInput(_("This photo is larger than 15 MB; choose a smaller one."), field="photos")


def _refusal(code: str) -> BadInput:
    sentences = {
        cleaning.PIXELS: _("This photo has more than 50 megapixels; make it smaller."),
        cleaning.PIXELS_WEBP: _(
            "This WebP photo has more than 12 megapixels, the most we can open of a WebP; "
            "make it smaller or send it as JPEG."
        ),
        cleaning.MEMORY: _(
            "This photo needs too much memory to open; make it smaller or send it as JPEG."
        ),
        cleaning.MEMORY_JPEG: _(
            "This progressive JPEG in full colour has more than 37 megapixels, the most we can "
            "open of that kind; make it smaller or save it as an ordinary JPEG."
        ),
        cleaning.MEMORY_HEIC: _(
            "This HEIC photo needs more memory than we give to one photo: it has too many pixels "
            "for its colour depth; make it smaller or send it as JPEG."
        ),
        cleaner.KILLED: _("This photo takes too long to open; make it smaller or send it as JPEG."),
    }
    unreadable = _("This file is not a picture we can read: please use JPEG, PNG, WebP or HEIC.")
    return BadInput(sentences.get(code, unreadable), field="photos")
