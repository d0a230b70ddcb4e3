"""How a picture is served to a person who was found to be allowed to see it."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404

from marketplace.listings.services.albums import SIZES, Album

# A browser may keep it for ever; a shared cache asks each second whether the goods are still shown.
FOR_EVER = "public, max-age=31536000, s-maxage=1, immutable"
TO_ONE = "private, no-cache"


def picture(file: str, *, keep: str) -> FileResponse:
    """Return a stored picture as a page that runs nothing; `keep` says to caches who may keep it.

    Raises Http404 for a file that is gone.
    """
    try:
        opened = default_storage.open(file, "rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(
        opened,
        content_type="image/webp",
        headers={
            "Cache-Control": keep,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


def private_picture(album: Album[Any], *, name: str, size: str) -> FileResponse:
    """Return a picture of an album, kept by no cache that others share; Http404 as `picture`."""
    if size not in SIZES:
        raise Http404
    return picture(album.file_of(name=name, size=size), keep=TO_ONE)
