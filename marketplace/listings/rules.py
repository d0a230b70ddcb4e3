"""Legal moves of a listing, what it needs before it is sold, what a clean picture looks like."""

from __future__ import annotations

import struct
from collections.abc import Mapping
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
