"""Whether a listing tries again what was refused. Plain Python.

Words are compared folded, so that a disguise more or less changes nothing: three quarters of all
words in common. Photos are compared by their upload's hash, or within the bits that keep false
alarms to one photo in a thousand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from antifake.detectors.base import PhotoView
from antifake.detectors.text import words

HASH_BYTES = 32
MIN_QUALITY = 49  # PDQ's own figure: plainer pictures are not compared
STRONG_BITS = 20
SHARED_WORDS = 0.75
# One word in common is a kind of goods, not a copy of a title.
LEAST_WORDS = 2


def words_of(title: str) -> frozenset[str]:
    """Return the words of a title as they look, each once."""
    return frozenset(word.looks_leet for word in words(title) if word.looks_leet)


def is_alike(
    *,
    words: Collection[str],
    photos: Iterable[PhotoView],
    refused_words: Collection[str],
    refused_sha256s: Collection[str],
    refused_uprights: bytes,
) -> bool:
    """Say whether a title or one photo is that of something refused."""
    mine, theirs = frozenset(words), frozenset(refused_words)
    both = mine & theirs
    if len(both) >= LEAST_WORDS and len(both) >= SHARED_WORDS * len(mine | theirs):
        return True
    uprights = [
        refused_uprights[at : at + HASH_BYTES] for at in range(0, len(refused_uprights), HASH_BYTES)
    ]
    return any(
        photo.sha256 in refused_sha256s
        or (photo.quality > MIN_QUALITY and _is_near(photo.hashes, uprights))
        for photo in photos
    )


def _is_near(forms: Iterable[bytes], uprights: Collection[bytes]) -> bool:
    return any(_apart(form, upright) <= STRONG_BITS for form in forms for upright in uprights)


def _apart(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()
