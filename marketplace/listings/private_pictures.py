"""How a picture of an album is served to a person who was found to be allowed to see it."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404

from marketplace.listings.services.albums import SIZES, Album


def answer(album: Album[Any], *, name: str, size: str) -> FileResponse:
    """Return the picture, to be kept by no cache that others share, as a page that runs nothing.

    Raises Http404 for a size there is not, and for a file that is gone.
    """
    if size not in SIZES:
        raise Http404
    try:
        opened = default_storage.open(album.file_of(name=name, size=size), "rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(
        opened,
        content_type="image/webp",
        headers={
            "Cache-Control": "private, no-cache",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )
