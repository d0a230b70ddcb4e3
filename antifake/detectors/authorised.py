"""A shop that may sell a brand and says so: strong evidence of honesty, about that brand alone.

The only finding with negative log-odds. Set by hand: a holder's written word is rarely wrong,
so it divides the odds by about fifty. It outweighs nothing about other brands, prohibited goods
or copies of confirmed fakes: the policy of the cases sees to that.
"""

from __future__ import annotations

from antifake.detectors.base import Bank, Finding, KnownBrand, Subject
from antifake.detectors.text import words

AUTHORISED = "authorised"
LOG_ODDS = -4.0
SENTENCE = "The holder of “{brand}” has authorised this shop to sell its goods."


class Authorised:
    """Notes each authorised brand whose name the title says, as it is written."""

    name = "authorised"
    version = "1"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:
        """Return one finding for each authorised brand that is named."""
        brands = [brand for brand in bank.brands if brand.authorised]
        if not brands:
            return []
        title = _spelt(subject.title)
        return [self._finding(brand) for brand in brands if _spelt(brand.name) in title]

    def _finding(self, brand: KnownBrand) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            kind=AUTHORISED,
            key=f"{AUTHORISED}:{brand.brand_id}",
            distance=0.0,
            threshold=0.0,
            sentence=SENTENCE.format(brand=brand.name),
            log_odds=LOG_ODDS,
            evidence={"brand_id": brand.brand_id, "brand": brand.name},
        )


def _spelt(text: str) -> str:
    """Return the plain words between spaces, so that whole words are compared."""
    return f" {' '.join(word.plain for word in words(text))} "
