"""Whose goods may be shown before their check when the checks stand still. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping

from antifake.detectors.base import SellerView

STANDINGS = frozenset({"trusted", "steady"})
# Rules of the book that say how long and how good a record is asked for.
RULES = ("cases.stall_minutes", "cases.trusted_days", "cases.trusted_orders")


def is_trusted(seller: SellerView, *, standing: str, limits: Mapping[str, int]) -> bool:
    """Say whether a shop's record is long and clean enough to sell before the check."""
    return (
        standing in STANDINGS
        and seller.verified
        and seller.age_days >= limits["cases.trusted_days"]
        and seller.completed_orders >= limits["cases.trusted_orders"]
        and not (seller.removed_fakes or seller.refused_alike or seller.linked_to_removed)
    )


def is_untried(seller: SellerView | None, *, limits: Mapping[str, int]) -> bool:
    """Say whether a shop has shown too little for its pictures to go unread."""
    if seller is None:
        return True
    return (
        seller.age_days < limits["cases.trusted_days"]
        or seller.completed_orders < limits["cases.trusted_orders"]
    )
