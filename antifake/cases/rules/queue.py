"""Who comes first at the desk: risk × value at stake × age. Plain Python.

The place is kept as a logarithm, so that age needs no clock: log2(risk × value) minus the
moment of opening in units of DOUBLES_EVERY. Every case gains one unit in that time, so their
order never changes with time alone, and an index holds it.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from antifake.cases.rules.policy import COPIES

# Waiting this long counts like twice the risk. Our own choice: a case is decided within a day
# (cases.decide_hours), so one that is due has been doubled twice.
DOUBLES_EVERY = timedelta(hours=12)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
# What one euro is about in other money: orders of magnitude, for the queue alone, never for an
# amount. An unknown currency counts as TYPICAL.
PER_EURO = {
    "EUR": 1, "USD": 1, "GBP": 1, "CHF": 1, "CNY": 8, "INR": 100, "JPY": 160, "KES": 150,
    "NGN": 1_700, "TZS": 2_900, "UGX": 4_100, "RWF": 1_600, "ZAR": 20, "BRL": 6, "MXN": 20,
    "IDR": 18_000, "VND": 28_000, "THB": 38, "MYR": 5, "SEK": 11, "NOK": 12, "DKK": 7,
    "PLN": 4, "CZK": 25, "HUF": 400, "TRY": 45, "EGP": 55, "MAD": 11, "PEN": 4, "COP": 4_500,
    "ETB": 150, "GHS": 13, "BDT": 130, "PKR": 320, "PHP": 65, "KRW": 1_600,
}  # fmt: skip
TYPICAL = 10


class Kind(StrEnum):
    """What a waiting case is about, by the strongest thing found."""

    FAKE = "fake"
    PROHIBITED = "prohibited"
    PHOTO = "photo"


class Other(StrEnum):
    """What waits in the same queue and is no case."""

    MESSAGE = "message"
    QUESTION = "question"
    DOCUMENT = "document"


# How urgent what is no case is taken to be, in thousandths like a case's risk. Our own choice: a
# message may cheat somebody today, a document keeps a seller waiting, selling goes on meanwhile.
RISK_OF = {Other.MESSAGE: 700, Other.DOCUMENT: 400, Other.QUESTION: 250}


def kind_of(finding_kinds: Collection[str]) -> Kind:
    """Return what a case is about; prohibited goods before all, copied photos only alone.

    >>> kind_of(["brand_lookalike", "prohibited"]), kind_of(["market_photo"]), kind_of([])
    (<Kind.PROHIBITED: 'prohibited'>, <Kind.PHOTO: 'photo'>, <Kind.FAKE: 'fake'>)
    """
    if "prohibited" in finding_kinds:
        return Kind.PROHIBITED
    if finding_kinds and set(finding_kinds) <= COPIES:
        return Kind.PHOTO
    return Kind.FAKE


def in_euro(amount: float, currency: str) -> float:
    """Return roughly how many euros an amount in whole units of a currency is worth."""
    return amount / PER_EURO.get(currency, TYPICAL)


def worth(euro: float) -> float:
    """Return the factor of what is at stake: 1 for nothing, one more for each tenfold.

    Its logarithm, because a dear tractor must not push a hundred fake creams to the end.

    >>> worth(0), round(worth(99)), round(worth(9_999))
    (1.0, 3, 5)
    """
    return 1 + math.log10(1 + max(0.0, euro))


def place(*, risk_permille: int, euro: float, opened_at: datetime) -> float:
    """Return the place in the queue; higher comes first.

    Twice the risk counts like DOUBLES_EVERY of waiting.
    """
    waits = (opened_at - EPOCH) / DOUBLES_EVERY
    return math.log2(1 + risk_permille) + math.log2(worth(euro)) - waits


def urgency(*, place: float, at: datetime) -> int:
    """Return a place as a whole figure for people: risk × value × age, at a moment."""
    return round(math.exp2(min(40.0, place + (at - EPOCH) / DOUBLES_EVERY)))
