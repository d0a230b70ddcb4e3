"""Pictures of a message: cleaned like every upload, under random names, never public."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.listings.services import pictures
from marketplace.talk import rules
from marketplace.talk.models import Message, MessagePhoto

SIZES = ("large", "thumb")


@dataclass(slots=True)
class Kept:
    """Pictures whose files are written; they go again unless `attach` is called."""

    photos: list[MessagePhoto]
    attached: bool = False

    def attach(self, *, message: Message) -> None:
        """Write the rows, in the transaction that makes the message."""
        for photo in self.photos:
            photo.message = message
        MessagePhoto.objects.bulk_create(self.photos)
        self.attached = True


def file_of(*, name: str, size: str) -> str:
    """Return where a picture lies in the storage."""
    return f"talk/{name[:2]}/{name}-{size}.webp"


@contextmanager
def kept(*, uploads: Sequence[bytes]) -> Iterator[Kept]:
    """Clean uploads and write their files, outside any lock; what fails leaves no file behind.

    Raises BadInput for what is no picture, or too many at once.
    """
    if len(uploads) > rules.PHOTOS_AT_ONCE:
        most = {"most": rules.PHOTOS_AT_ONCE}
        raise BadInput(_("Send at most %(most)d photos at a time.") % most, "photos")
    made = Kept([])
    committed = False
    try:
        for data in uploads:
            clean = pictures.clean(data=data)
            name = secrets.token_hex(16)
            made.photos.append(MessagePhoto(name=name, width=clean.width, height=clean.height))
            default_storage.save(file_of(name=name, size="large"), ContentFile(clean.large))
            default_storage.save(file_of(name=name, size="thumb"), ContentFile(clean.thumb))
        yield made
        committed = made.attached
    finally:
        if not committed:
            for photo in made.photos:
                for size in SIZES:
                    default_storage.delete(file_of(name=photo.name, size=size))
