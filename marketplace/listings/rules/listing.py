"""Legal moves of a listing, what it needs before it is sold, what a clean picture looks like."""

from __future__ import annotations

import difflib
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

# An upload as it came is kept this long, for the check that may open a case; a scan takes
# seconds, and one that broke down is asked for again every hour.
ORIGINAL_STAYS = timedelta(hours=24)
# A private file without a row is an upload on its way; after this long it is one that never came.
ORPHAN_AFTER = timedelta(hours=1)

# state → states it may move to. `removed` is kept for a later issue: a takedown withholds.
MOVES: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"pending", "ended"}),
    "pending": frozenset({"live", "withheld", "ended"}),
    "live": frozenset({"pending", "withheld", "ended"}),
    "withheld": frozenset({"live", "pending", "ended"}),
    "ended": frozenset(),
    "removed": frozenset(),
}


def may_move(before: str, after: str) -> bool:
    """Say whether a listing may go from one state to another.

    >>> may_move("draft", "pending"), may_move("ended", "live")
    (True, False)
    """
    return after in MOVES[before]


def state_when_lifted(content_version: int, checked_version: int | None) -> str:
    """Return where a listing goes when the last source that withheld it is lifted.

    Live when what buyers would see is what passed the check, else back to waiting.

    >>> state_when_lifted(2, 2), state_when_lifted(3, 2), state_when_lifted(1, None)
    ('live', 'pending', 'pending')
    """
    return "live" if content_version == checked_version else "pending"


def missing_for_sale(*, title: str, variants: int, photos: int) -> list[str]:
    """Return the names of what is still missing before a listing can be put on sale.

    >>> missing_for_sale(title="Basket", variants=1, photos=0)
    ['photos']
    """
    present = {"title": bool(title.strip()), "price": variants > 0, "photos": photos > 0}
    return [name for name, there in present.items() if not there]


def wrong_ladder(*, price_minor: int, least: int, tiers: Sequence[tuple[int, int]]) -> str:
    """Return what is wrong with a price ladder: "", "quantity" or "price".

    `tiers` are (from so many pieces, price each in minor units), in the order they were typed.
    Each step asks for more pieces than the one before (and than the smallest order) and costs
    less, so that nobody is better off with two small orders.

    >>> wrong_ladder(price_minor=100, least=1, tiers=[(10, 90), (50, 70)])
    ''
    >>> wrong_ladder(price_minor=100, least=1, tiers=[(10, 90), (10, 70)])
    'quantity'
    >>> wrong_ladder(price_minor=100, least=1, tiers=[(10, 100)])
    'price'
    """
    before = (max(least, 1), price_minor)
    for step in tiers:
        if step[0] <= before[0]:
            return "quantity"
        if not 0 < step[1] < before[1]:
            return "price"
        before = step
    return ""


@dataclass(frozen=True, slots=True)
class Content:
    """What buyers read of a listing at one version."""

    title: str
    description: str
    shelf: str
    photos: tuple[str, ...]
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between two versions. `pieces` are (mark, text): same, gone, new."""

    name: str
    pieces: tuple[tuple[str, str], ...]


def changes(before: Content, after: Content) -> list[Change]:
    """Return what differs between two versions, in the order of the page, word by word.

    >>> old, new = (Content(title, "", "Home", (), ()) for title in ("Red bowl", "Blue bowl"))
    >>> changes(old, new)[0].pieces
    (('gone', 'Red'), ('new', 'Blue'), ('same', ' bowl'))
    """
    found = [
        Change(name, _word_by_word(getattr(before, name), getattr(after, name)))
        for name in ("title", "shelf", "description")
        if getattr(before, name) != getattr(after, name)
    ]
    for name in ("photos", "choices"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            gone = [("gone", one) for one in old if one not in new]
            found.append(Change(name, (*gone, *(("new", one) for one in new if one not in old))))
    return found


def _word_by_word(before: str, after: str) -> tuple[tuple[str, str], ...]:
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    pieces: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(("same", "".join(old[i:j])))
            continue
        pieces += [("gone", "".join(old[i:j]))] if j > i else []
        pieces += [("new", "".join(new[k:m]))] if m > k else []
    return tuple(pieces)


def webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height of a WebP that is one chunk of lossy pixels, end to end.

    Raises ValueError for anything else: a cleaner taken over can have no other file stored.
    """
    if len(data) < 30:
        raise ValueError("no picture came back")
    riff, size, webp, kind, chunk = struct.unpack("<4sI4s4sI", data[:20])
    whole = size + 8 == len(data) == 20 + chunk + chunk % 2
    if (riff, webp, kind, data[23:26]) != (b"RIFF", b"WEBP", b"VP8 ", b"\x9d\x01\x2a") or not whole:
        raise ValueError("what came back is not a bare WebP picture")
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF
