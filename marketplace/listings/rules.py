"""Legal moves of a listing, what a listing needs before it is sold."""

from __future__ import annotations

from collections.abc import Mapping

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
