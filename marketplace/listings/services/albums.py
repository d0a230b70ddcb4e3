"""Pictures that are not public: cleaned like every upload, in two sizes, under random names."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.listings.services import pictures

SIZES = ("large", "thumb")
_Row = TypeVar("_Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Album(Generic[_Row]):
    """A folder and its table, with name, width and height of each picture; `most` come at once."""

    folder: str
    model: type[_Row]
    most: int

    def file_of(self, *, name: str, size: str) -> str:
        """Return where a picture lies in the storage."""
        return f"{self.folder}/{name[:2]}/{name}-{size}.webp"

    @contextmanager
    def kept(self, *, uploads: Sequence[bytes]) -> Iterator[list[_Row]]:
        """Clean uploads and write their files, outside any lock; give rows that are not saved yet.

        The caller saves them in its transaction; files without a row go again when the block ends.
        Raises BadInput for what is no picture, or too many at once.
        """
        if len(uploads) > self.most:
            raise BadInput(
                _("Send at most %(most)d photos at a time.") % {"most": self.most}, "photos"
            )
        names: list[str] = []
        rows: list[_Row] = []
        saved = False
        try:
            for data in uploads:
                clean = pictures.clean(data=data)
                name = secrets.token_hex(16)
                names.append(name)
                rows.append(self.model(name=name, width=clean.width, height=clean.height))
                for size, pixels in zip(SIZES, (clean.large, clean.thumb), strict=True):
                    default_storage.save(self.file_of(name=name, size=size), ContentFile(pixels))
            yield rows
            saved = all(row.pk for row in rows)
        finally:
            if not saved:
                for name in names:
                    for size in SIZES:
                        default_storage.delete(self.file_of(name=name, size=size))
