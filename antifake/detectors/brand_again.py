"""A protected name, in words or in a picture, or the slang of fakes, in the offer of a shop that
has sold fakes, or of one linked to such a shop.

A name alone is what every honest reseller writes, and a record alone never holds: together they
are how sellers of fakes go on. Nothing is found of second-hand goods, of what goods fit ("case
for X"), or where the shop may sell the brand; a removal that was appealed and won leaves no
record.

Where the figure comes from: set by hand until staff verdicts can train it. With a plain name
(1.2) and a first removed fake (1.2) or a shared phone (1.0) it makes a person look: -3.9 + 1.2 +
1.0 + 1.8 = 0.1, which is 52 %.
"""

from __future__ import annotations

from antifake.detectors.base import Bank, Evidence, Finding, Subject
from antifake.detectors.brand_name import BrandName
from antifake.detectors.fake_words import FakeWords
from antifake.detectors.picture_text import BRAND, PictureText

AGAIN = "brand_again"
LOG_ODDS = 1.8
# What the words themselves must weigh: a name on second-hand goods weighs almost nothing.
LEAST_LOG_ODDS = 1.0
SENTENCE = (
    "The listing says “{said}”, and goods of this shop, or of one that shares details with it, "
    "were taken down as fakes before."
)


class BrandAgain:
    """Finds what fakes are sold by in offers of shops with a record of fakes."""

    name = "brand_again"
    version = "2"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:
        """Return at most one finding for each brand, and one for a phrase."""
        seller = subject.seller
        if seller is None or not (seller.removed_fakes or seller.linked_to_removed):
            return []
        shown = [one for one in PictureText().examine(subject, bank) if one.kind == BRAND]
        found = {
            one.evidence.get("brand_id", ""): one
            for one in (
                *shown,
                *BrandName().examine(subject, bank),
                *FakeWords().examine(subject, bank),
            )
            if one.log_odds >= LEAST_LOG_ODDS
        }
        return [self._finding(subject, said) for said in found.values()]

    def _finding(self, subject: Subject, said: Finding) -> Finding:
        about: Evidence = {"phrase": said.evidence.get("phrase", "")}
        if "brand_id" in said.evidence:
            about = {name: said.evidence[name] for name in ("brand_id", "brand", "seen")}
        what = about.get("brand") or about.get("phrase")
        return Finding(
            detector=self.name,
            version=self.version,
            kind=AGAIN,
            # What a person allowed for one listing says nothing about the shop's next one.
            key=f"{AGAIN}:{subject.listing_id}:{about.get('brand_id', what)}",
            distance=0,
            threshold=0,
            sentence=SENTENCE.format(said=what),
            log_odds=LOG_ODDS,
            evidence=about,
        )
