"""The small table of a buyer: conduct and identity alone. Shown to the buyer, to nobody else.

The points are set by hand; they decide nothing today. A buyer who unknowingly bought a fake loses
nothing: only what a person decided against the buyer costs, and less than half of what the same
would cost a seller. Plain Python.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from credit.scoring.rules.card import Attribute, Card, Scored

CARD = Card(
    base=560,
    attributes=(
        Attribute(
            "proven_contact", (0, 20, 0), cuts=(1,), direction=1, dimension="identity"
        ),
        Attribute(
            "account_months", (0, 10, 20, 30, 0), cuts=(3, 12, 24), direction=1,
            dimension="identity",
        ),
        Attribute(
            "orders_received", (0, 15, 30, 45, 0), cuts=(1, 5, 20), direction=1,
            dimension="conduct",
        ),
        Attribute(
            "disputes_lost", (10, 0, -15, -30, 0), cuts=(1, 2, 4), direction=-1,
            dimension="conduct",
        ),
        Attribute(
            "strike_points", (15, -10, -30, -60, 0), cuts=(1, 9, 27), direction=-1,
            dimension="conduct",
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """What the table looks at. A strike needs a person's decision about a knowing purchase."""

    proven_contact: int
    account_months: int
    orders_received: int
    disputes_lost: int
    strike_points: int


def score(facts: BuyerFacts) -> Scored:
    """Score a buyer.

    >>> score(BuyerFacts(1, 30, 8, 0, 0)).points
    665
    """
    return CARD.score(asdict(facts))
