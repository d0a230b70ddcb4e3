"""The thinking of care: legal moves, what a clock does, the mean of reviews. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass

# open: both sides talk · escalated: staff decide · returning: goods travel back, then the money.
# An ended dispute never opens again; an appeal adds a ruling, it does not move the dispute.
DISPUTE_MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        ("open", "escalated"),
        ("open", "returning"),
        ("open", "settled"),
        ("open", "withdrawn"),
        ("open", "closed"),
        ("escalated", "returning"),
        ("escalated", "settled"),
        ("escalated", "ruled"),
        ("escalated", "withdrawn"),
        ("returning", "escalated"),
        ("returning", "settled"),
        ("returning", "ruled"),
        ("returning", "withdrawn"),
        ("returning", "closed"),
    }
)
OFFER_MOVES: frozenset[tuple[str, str]] = frozenset(
    {("open", "accepted"), ("open", "refused"), ("open", "lapsed")}
)
APPEAL_MOVES: frozenset[tuple[str, str]] = frozenset({("open", "upheld"), ("open", "changed")})

ACTIVE = ("open", "escalated", "returning")
# After so many disputes of one order that came to nothing there is no further one: each of them
# kept the seller waiting for the money.
FRUITLESS_MAX = 2
TEXT_LETTERS = 10  # a sentence, not a word
PHOTOS_AT_ONCE = 6
STARS_MAX = 5
REVIEW_LETTERS_MAX = 1_000


def may_move(old: str, new: str) -> bool:
    """Return whether a dispute may go from `old` to `new`.

    >>> may_move("open", "escalated"), may_move("ruled", "open")
    (True, False)
    """
    return (old, new) in DISPUTE_MOVES


def when_due(*, state: str, awaits: str, answered: bool) -> str:
    """Return what the clock does with a dispute whose time ran out; "" is nothing.

    grant: the seller was silent and loses. close: the buyer was silent. escalate: talking led
    nowhere. arrive: the seller says nothing against the goods that came back (or never said
    where they should go), so the money goes.

    >>> when_due(state="open", awaits="seller", answered=False)
    'grant'
    >>> when_due(state="escalated", awaits="staff", answered=True)
    ''
    """
    if state == "open" and awaits == "seller":
        return "escalate" if answered else "grant"
    if state == "returning" and awaits == "seller":
        return "arrive"
    return "close" if awaits == "buyer" else ""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of what was paid, by component; minor units, tax included."""

    goods_minor: int
    shipping_minor: int

    @property
    def amount_minor(self) -> int:
        """Both together."""
        return self.goods_minor + self.shipping_minor


def share(amount_minor: int, *, goods_left: int, shipping_left: int) -> Share:
    """Split an amount into goods and shipping: the goods first; never more than is left.

    >>> share(120, goods_left=100, shipping_left=50)
    Share(goods_minor=100, shipping_minor=20)
    >>> share(999, goods_left=100, shipping_left=50)
    Share(goods_minor=100, shipping_minor=50)
    """
    goods = min(amount_minor, goods_left)
    return Share(goods, min(amount_minor - goods, shipping_left))


def bayesian_mean_hundredths(
    *, count: int, stars_sum: int, prior_count: int, prior_mean_hundredths: int
) -> int:
    """Return (C·m + Σ) / (C + n) in hundredths of a star, rounded half up.

    A thing with few reviews stays near the prior mean m, as if C reviews of m had come before;
    the more there are, the more they speak for themselves. The Bayesian average as in the
    weighted rating that IMDb published for its list of 250 films.

    >>> bayesian_mean_hundredths(count=0, stars_sum=0, prior_count=5, prior_mean_hundredths=400)
    400
    >>> bayesian_mean_hundredths(count=5, stars_sum=25, prior_count=5, prior_mean_hundredths=400)
    450
    """
    above = prior_count * prior_mean_hundredths + 100 * stars_sum
    below = prior_count + count
    return (2 * above + below) // (2 * below) if below else 0
