"""The thinking about listings: their legal moves, the words of a search, what ranks first."""

from marketplace.listings.rules.listing import (
    MOVES,
    ORIGINAL_STAYS,
    ORPHAN_AFTER,
    Change,
    Content,
    changes,
    may_move,
    missing_for_sale,
    state_when_lifted,
    webp_size,
    wrong_ladder,
)

__all__ = [
    "MOVES",
    "ORIGINAL_STAYS",
    "ORPHAN_AFTER",
    "Change",
    "Content",
    "changes",
    "may_move",
    "missing_for_sale",
    "state_when_lifted",
    "webp_size",
    "wrong_ladder",
]
