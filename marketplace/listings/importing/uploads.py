"""Where uploaded tables and ZIPs lie until they are read: the private storage, served by nobody."""

from __future__ import annotations

import hashlib
import secrets
from typing import IO, cast

from django.core.files.base import File

from marketplace.listings.services import originals

FOLDER = "imports"
_PIECE = 1024 * 1024


def write(upload: File[bytes]) -> str:
    """Store an upload under a random name; return the name."""
    name = secrets.token_hex(16)
    originals.storage().save(f"{FOLDER}/{name}", upload)
    return name


def opened(name: str) -> IO[bytes]:
    """Open a stored upload. Raises FileNotFoundError when it is gone."""
    return cast("IO[bytes]", originals.storage().open(f"{FOLDER}/{name}"))


def erase(*names: str) -> None:
    """Delete stored uploads; names that are empty or gone do not matter."""
    for name in names:
        if name:
            originals.storage().delete(f"{FOLDER}/{name}")


def digest(*uploads: File[bytes] | None) -> str:
    """Return the SHA-256 of uploads one after the other, each read in pieces."""
    total = hashlib.sha256()
    for upload in uploads:
        one = hashlib.sha256()
        if upload is not None:
            upload.seek(0)
            while piece := upload.read(_PIECE):
                one.update(piece)
            upload.seek(0)
        total.update(one.digest())
    return total.hexdigest()
