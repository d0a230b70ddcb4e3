"""Pictures of what is looked for: cleaned like every upload, never public."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.listings.services import pictures
from marketplace.quotes import rules
from marketplace.quotes.models import RequestPhoto

SIZES = ("large", "thumb")


def file_of(*, name: str, size: str) -> str:
    """Return where a picture lies in the storage."""
    return f"requests/{name[:2]}/{name}-{size}.webp"


@contextmanager
def kept(*, uploads: Sequence[bytes]) -> Iterator[list[RequestPhoto]]:
    """Clean uploads and write their files, outside any lock; rows without a request yet.

    Files whose rows were not saved when the block ends go again.
    Raises BadInput for what is no picture, or too many at once.
    """
    if len(uploads) > rules.PHOTOS_AT_ONCE:
        raise BadInput(
            _("Send at most %(most)d photos at a time.") % {"most": rules.PHOTOS_AT_ONCE}, "photos"
        )
    made: list[RequestPhoto] = []
    saved = False
    try:
        for data in uploads:
            clean = pictures.clean(data=data)
            photo = RequestPhoto(name=secrets.token_hex(16), width=clean.width, height=clean.height)
            made.append(photo)
            for size, pixels in zip(SIZES, (clean.large, clean.thumb), strict=True):
                default_storage.save(file_of(name=photo.name, size=size), ContentFile(pixels))
        yield made
        saved = all(photo.pk for photo in made)
    finally:
        if not saved:
            for photo in made:
                for size in SIZES:
                    default_storage.delete(file_of(name=photo.name, size=size))
