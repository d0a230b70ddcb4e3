"""What the market has recorded about the seller: removed fakes, shared details, tries again.

A record alone never holds the goods of a shop that has sold: it adds to what they show. Trying
again what was refused, by a shop with that record, is enough for a person's look; and so is a
removed fake where nothing else is known of a shop (`newcomer_brand`), until it has sold or the
removal is taken back.

Where the figures come from: set by hand until staff verdicts can train them. One removed fake
makes the next listing about three times as likely to be one (1.2), and each doubling adds half a
unit up to twelve times (2.5); at a newcomer's it weighs 4.0, as little as makes a person look:
-3.9 + 4.0 = 0.1, which is 52 %. A payout account or document is one's own, so sharing it with a
shop whose fakes were removed weighs 1.5; a phone or a contact string is also shared in families
and markets (1.0). What was refused and is offered again weighs 3.0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from antifake.detectors.base import Bank, Finding, SellerView, Subject
from antifake.detectors.newcomer_brand import is_newcomer

HISTORY, LINKED, AGAIN = "seller_history", "seller_linked", "refused_again"
FIRST_FAKE, EACH_DOUBLING, MOST = 1.2, 0.5, 2.5
NEWCOMER_LOG_ODDS = 4.0
OWN, SHARED, FURTHER_LINK = 1.5, 1.0, 0.8
# Kinds of evidence that belong to one person or firm; all others are weaker.
OWN_KINDS = frozenset({"person", "payment", "document", "register", "vat"})
ONE_REFUSAL, MORE_REFUSALS = 3.0, 3.5
# A shop of under a month that posts so many in a day has not photographed them itself.
BURST, BURST_AGE_DAYS, BURST_LOG_ODDS = 40, 30, 0.6
SENTENCES = {
    HISTORY: "Goods of this shop were taken down as fakes before, and those decisions stand.",
    "burst": "This new shop has put up very many goods within a day.",
    LINKED: "This shop shares details with a shop whose goods were taken down as fakes.",
    AGAIN: "This looks like goods that were taken down before, and that decision stands.",
}


class Seller:
    """Weighs the seller's record. Without a record at hand it says nothing."""

    name = "seller"
    version = "2"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:  # noqa: ARG002
        """Return at most one finding for each kind of record."""
        if subject.seller is None:
            return []
        return list(self._findings(subject, subject.seller))

    def _findings(self, subject: Subject, seller: SellerView) -> Iterator[Finding]:
        if seller.removed_fakes:
            odds = min(MOST, FIRST_FAKE + EACH_DOUBLING * math.log2(seller.removed_fakes))
            if is_newcomer(seller):
                odds = NEWCOMER_LOG_ODDS
            yield self._finding(subject, HISTORY, HISTORY, seller.removed_fakes, odds)
        if seller.posted_last_day >= BURST and seller.age_days < BURST_AGE_DAYS:
            yield self._finding(subject, HISTORY, "burst", seller.posted_last_day, BURST_LOG_ODDS)
        if seller.linked_to_removed:
            odds = linked_log_odds(seller.linked_to_removed)
            kinds = ",".join(sorted(seller.linked_to_removed))
            count = len(seller.linked_to_removed)
            yield self._finding(subject, LINKED, LINKED, count, odds, shared=kinds)
        if seller.refused_alike:
            odds = MORE_REFUSALS if seller.refused_alike > 1 else ONE_REFUSAL
            yield self._finding(subject, AGAIN, AGAIN, seller.refused_alike, odds)

    def _finding(
        self, subject: Subject, kind: str, what: str, count: int, odds: float, **more: str
    ) -> Finding:
        # What a person allowed for one listing says nothing about the shop's next one.
        found = more.get("shared", str(count))
        return Finding(
            detector=self.name,
            version=self.version,
            kind=kind,
            key=f"{what}:{subject.listing_id}:{found}",
            distance=1 / (1 + count),
            threshold=0.5 if what != "burst" else 1 / (1 + BURST),
            sentence=SENTENCES[what],
            log_odds=odds,
            evidence={"count": count, **more},
        )


def linked_log_odds(kinds: tuple[str, ...]) -> float:
    """Return what the shared kinds of detail add: the strongest, and less for each further one.

    >>> linked_log_odds(("phone",)), linked_log_odds(("payment", "phone"))
    (1.0, 2.3)
    """
    first = max(OWN if kind in OWN_KINDS else SHARED for kind in kinds)
    return round(min(MOST, first + FURTHER_LINK * (len(kinds) - 1)), 3)
