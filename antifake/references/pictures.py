"""Stored pictures as the describer sees them; a few are remembered by each process.

A stored file never changes, so its name is enough to remember it by. Only the cleaner's own
form (WebP) is opened, never a stranger's bytes. Points cost most, so they are looked for only
when somebody compares.
"""

from __future__ import annotations

from functools import lru_cache

from django.core.files.storage import default_storage
from PIL import Image

from antifake.detectors.photos import describing
from antifake.detectors.photos.describing import Described, Parts

# The photos of one listing and a few of others. A picture as it is stored weighs 2 to 6 MB, with
# the network's map of its parts 3 MB; it is opened again only to be read.
OPENED, SEEN, POINTS = 8, 16, 64


@lru_cache(maxsize=OPENED)
def opened(file: str) -> Image.Image:
    """Return a stored picture. Callers do not change it."""
    with default_storage.open(file) as stored, Image.open(stored, formats=("WEBP",)) as image:
        return describing.as_rgb(image.copy())  # the file's own object keeps its bytes, too


@lru_cache(maxsize=SEEN)
def seen(file: str) -> Described:
    """Return what there is to see in a stored picture, but for its points. Slow."""
    return describing.describe_query(opened(file), points=False, small=small(file))


@lru_cache(maxsize=SEEN)
def small(file: str) -> Image.Image:
    """Return a stored picture at the size at which parts and points are looked for."""
    return describing.source(opened(file))


@lru_cache(maxsize=SEEN)
def parts(file: str) -> Parts:
    """Return the parts of a stored picture. Slow."""
    return describing.Parts(small(file))


@lru_cache(maxsize=POINTS)
def points(file: str) -> bytes:
    """Return the packed points of a stored picture. Slow."""
    return describing.points_of(small(file))


def known(file: str) -> Described:
    """Return a stored picture as the bank keeps it: mirrored and turned as well. Slow."""
    return describing.describe(opened(file))
