"""What is offered: the ladder in each currency, and the two ways to pay back. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass

# A decision names the version under which it was made; a change of any rule here is a new one.
RULES_VERSION = "2026-11b"


@dataclass(frozen=True, slots=True)
class Ladder:
    """The smallest loan, the first step and the last one; minor units."""

    least_minor: int
    starter_minor: int
    ceiling_minor: int


# First steps in whole units. The smallest loan is a tenth of it, the last step ten times it:
# 50, 500 and 5,000 US dollars, and round sums of about that size elsewhere (our own choice,
# November 2026). They bound loans and convert nothing, so they need not follow the rates.
_STARTERS = {
    "USD": (500, 2),
    "EUR": (500, 2),
    "GBP": (400, 2),
    "CHF": (400, 2),
    "CAD": (700, 2),
    "AUD": (750, 2),
    "SEK": (5_000, 2),
    "NOK": (5_000, 2),
    "DKK": (3_500, 2),
    "CZK": (10_000, 2),
    "BGN": (900, 2),
    "PLN": (2_000, 2),
    "HUF": (200_000, 2),
    "TRY": (20_000, 2),
    "MAD": (5_000, 2),
    "EGP": (25_000, 2),
    "GHS": (6_000, 2),
    "KES": (60_000, 2),
    "NGN": (750_000, 2),
    "RWF": (700_000, 0),
    "UGX": (1_800_000, 0),
    "TZS": (1_300_000, 2),
    "ZAR": (9_000, 2),
    "INR": (40_000, 2),
    "IDR": (8_000_000, 2),
    "PHP": (28_000, 2),
    "THB": (17_000, 2),
    "VND": (12_000_000, 0),
    "CNY": (3_500, 2),
    "JPY": (75_000, 0),
    "KRW": (700_000, 0),
    "SGD": (650, 2),
    "PEN": (1_800, 2),
    "MXN": (9_000, 2),
    "BRL": (2_700, 2),
    "COP": (2_000_000, 2),
}


def ladder(currency: str) -> Ladder | None:
    """Return the bounds of loans in a currency; None where nothing is lent.

    >>> ladder("USD")
    Ladder(least_minor=5000, starter_minor=50000, ceiling_minor=500000)
    """
    if currency not in _STARTERS:
        return None
    whole, digits = _STARTERS[currency]
    starter = whole * 10**digits
    return Ladder(starter // 10, starter, starter * 10)


def step(found: Ladder, repaid: int) -> int:
    """Return what may be owed at most after so many repaid loans; each one doubles it.

    >>> [step(Ladder(1, 100, 1_000), repaid) for repaid in range(6)]
    [100, 200, 400, 800, 1000, 1000]
    """
    return min(found.ceiling_minor, found.starter_minor << min(repaid, 10))


@dataclass(frozen=True, slots=True)
class Product:
    """A way to pay back: how many days lie between instalments, and whether they are level."""

    kind: str
    days: int
    level: bool


# Level instalments each 30 days; or out of sales, where what is due in 60 days is the least.
EVEN, SALES = "even", "sales"
PRODUCTS = {EVEN: Product(EVEN, 30, level=True), SALES: Product(SALES, 60, level=False)}
PARTS = (1, 2, 3, 4, 6, 9, 12)
# A loan that was repaid sooner than this proves nothing, and lifts nobody on the ladder.
COUNTS_AFTER_DAYS = 14

# Loan: from → to. A lapsed offer was never signed.
MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        ("offered", "active"),
        ("offered", "lapsed"),
        ("active", "late"),
        ("late", "active"),
        ("active", "repaid"),
        ("late", "repaid"),
        ("late", "written_off"),
    }
)

# What somebody may still borrow after a cut: a way back always leads out of it.
CUT_MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        ("stands", "appealed"),
        ("stands", "ended"),
        ("stands", "lifted"),
        ("appealed", "upheld"),
        ("appealed", "lifted"),
        ("appealed", "ended"),
        ("upheld", "lifted"),
        ("upheld", "ended"),
    }
)


def may_move(before: str, after: str) -> bool:
    """Say whether a loan may go from one state to another.

    >>> may_move("late", "written_off"), may_move("active", "written_off")
    (True, False)
    """
    return (before, after) in MOVES
