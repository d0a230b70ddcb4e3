"""A protected name in the words of a shop that nobody knows yet: its first goods wait for a person.

A name alone is what every honest reseller writes, and being new is no evidence. Together they are
what a market cannot judge by itself: nobody has bought here, no agreement is known, and a fake in
honest words beside an own photo looks like the goods. So the card in the editor asks for a
document, and a person looks before the first buyer does. The key names no listing and no brand:
once a person has allowed one such listing of a shop, none of its others waits for this.

Nothing is found of second-hand goods, of what goods fit ("case for X"), of names in choices or in
the description, where the shop may sell the brand, and after LEAST_ORDERS completed orders. A
disguised name is a finding by itself and needs no such company.

Where the figure comes from: set by hand until staff verdicts can train it, as little as makes a
person look at a plain name (1.2): -3.9 + 1.2 + 2.8 = 0.1, which is 52 %. It is never a machine's
ground for a takedown.
"""

from __future__ import annotations

from antifake.detectors.base import Bank, Finding, SellerView, Subject, strongest
from antifake.detectors.brand_name import BrandName
from antifake.detectors.brand_name_hits import LOOKALIKE

NEWCOMER = "newcomer_brand"
# One order is bought from oneself in a minute; three honest ones come within days.
LEAST_ORDERS = 3
LOG_ODDS = 2.8
# What the words themselves must weigh: a name on second-hand goods weighs almost nothing.
LEAST_LOG_ODDS = 1.0
PLACES = frozenset({"title", "shop name"})
SENTENCE = (
    "The {where} says “{seen}”, for the protected name “{brand}”, and this shop has completed "
    "fewer than {orders} orders here. A person looks at its first goods under such a name before "
    "buyers see them."
)


class NewcomerBrand:
    """Finds protected names in the offers of shops that have hardly sold anything yet."""

    name = "newcomer_brand"
    version = "1"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:
        """Return at most one finding: about the name that weighs most."""
        if subject.seller is None or not is_newcomer(subject.seller):
            return []
        said = [
            finding
            for finding in BrandName().examine(subject, bank)
            if finding.kind != LOOKALIKE
            and finding.log_odds >= LEAST_LOG_ODDS
            and finding.evidence["where"] in PLACES
        ]
        return [self._finding(strongest(said))] if said else []

    def _finding(self, said: Finding) -> Finding:
        about = {name: said.evidence[name] for name in ("brand_id", "brand", "seen", "where")}
        return Finding(
            detector=self.name,
            version=self.version,
            kind=NEWCOMER,
            key=NEWCOMER,
            distance=0,
            threshold=0,
            sentence=SENTENCE.format(orders=LEAST_ORDERS, **about),
            log_odds=LOG_ODDS,
            evidence=about,
        )


def is_newcomer(seller: SellerView) -> bool:
    """Say whether a shop has sold too little for anybody to know its goods."""
    return seller.completed_orders < LEAST_ORDERS
