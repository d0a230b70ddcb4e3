"""Doors for what comes later: who computes duty and import tax for goods that cross a border."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Item:
    """Goods of one kind in a parcel; the value in minor units of the parcel's currency."""

    hs_code: str
    origin: str
    value_minor: int
    quantity: int


@dataclass(frozen=True, slots=True)
class BorderCost:
    """What a border adds, in minor units of the parcel's currency, and by which rules."""

    duty_minor: int
    import_tax_minor: int
    rules: Sequence[str]


class LandedCost(Protocol):
    """Prices a border crossing. No adapter exists yet: pages say that duty is not included."""

    def quote(
        self, *, sender: str, destination: str, currency: str, items: Sequence[Item], at: datetime
    ) -> BorderCost:
        """Return what the destination (ISO 3166-1) asks for goods from `sender`."""
        ...
