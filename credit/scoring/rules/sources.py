"""Where a score takes its facts from, and which of it a shop may switch off. Plain Python.

A source may be switched off only when "no record yet" is the worst row of all that it feeds:
so nobody hides bad news by it, and nobody's score rises (a test goes through every row).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from credit.scoring.rules.features import Features


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of record, the attributes that it feeds, and whether it may be switched off."""

    key: str
    attributes: tuple[str, ...]
    optional: bool = False


SOURCES = (
    Source("orders", ("months_trading", "active_months", "buyers", "largest_buyer_permille")),
    Source("parcels", ("on_time_permille", "cancelled_permille", "ship_hours")),
    Source("disputes", ("lost_permille", "refunded_permille")),
    Source("reviews", ("stars_hundredths",)),
    Source("breaches", ("strike_points", "fakes_proven")),
    Source("shop", ("account_months",)),
    Source("identity", ("identity_level",)),
    Source("loans", ("instalments_paid", "days_late")),
    Source("regulars", ("repeat_permille",), optional=True),
    Source("account", ("payout_months",), optional=True),
)
OPTIONAL = {one.key: one for one in SOURCES if one.optional}


def attributes_of(off: Collection[str]) -> frozenset[str]:
    """Return the attributes that are not looked at when these sources are off."""
    return frozenset(key for name in off if name in OPTIONAL for key in OPTIONAL[name].attributes)


def without(features: Features, attributes: Collection[str]) -> Features:
    """Return the facts with "no record yet" for these attributes."""
    nothing: dict[str, Any] = dict.fromkeys(attributes)
    return replace(features, **nothing)
