"""A picture that shows a protected brand, words that keep silent about it, and a shop without a
record: together they say more than each alone.

A copy of a rights holder's photo asks and never holds by itself: honest resellers use it too.
But who sells a brand's goods says so, since that sells them; and who has sold here for long has
shown what his goods are. Nothing is found where the words name the brand as it is spelt, where
the shop may sell it, or where the goods are called second-hand.

Counted as shown: a copy of the holder's photo that agrees over much of the picture
(`photo_match.is_corroborated`), the name, letter for letter, in the picture, or the name joined to
another word in the title ("newvelmora"), as long as it stands nowhere as it is spelt.

Where the figures come from: set by hand until staff verdicts can train them. Beside a copy (4.3)
or a name in the picture (2.6), 1.5 makes a person look, beside a joined name (2.2) 1.8 does, and
alone they are nothing; a shop with a record gets 0.5, which never does.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from antifake.detectors.base import (
    Bank,
    Evidence,
    Finding,
    KnownBrand,
    PhotoView,
    SellerView,
    Subject,
)
from antifake.detectors.brand_name import BrandName, is_second_hand
from antifake.detectors.brand_name_hits import GLUED, USE, hits
from antifake.detectors.brand_name_index import index_of
from antifake.detectors.photo_match import PhotoMatch, is_corroborated
from antifake.detectors.picture_text import names_in
from antifake.detectors.text import words

HIDDEN = "hidden_brand"
# As long and as many as the rule book first asked of a shop whose goods may wait for no check.
RECORD_DAYS, RECORD_ORDERS = 90, 20
LEAST_LETTERS = 4
PHOTO, NAME, JOINED = "photo", "name", "joined"
LOG_ODDS = {PHOTO: 1.5, NAME: 1.5, JOINED: 1.8}
TRIED_LOG_ODDS = 0.5
SENTENCES = {
    PHOTO: "Photo {position} belongs to the holder of the protected name “{brand}”, and the words "
    "of the listing do not say whose goods these are.",
    NAME: "Photo {position} shows the protected name “{brand}”, and the words of the listing do "
    "not say whose goods these are.",
    JOINED: "The words name “{brand}” only joined to another word, as “{seen}”.",
}


@dataclass(frozen=True)
class _Shown:
    """A brand, and what shows it: a photo (from one counted, 0 is none) or joined words."""

    brand_id: int
    what: str
    key: str
    seen: str = ""
    photo_id: int = 0
    position: int = 0


class HiddenBrand:
    """Finds brands that the pictures show and the words leave out."""

    name = "hidden_brand"
    version = "1"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:
        """Return at most one finding for each brand."""
        if subject.seller is None or subject.second_hand or is_second_hand(words(subject.title)):
            return []
        brands = {brand.brand_id: brand for brand in bank.brands if not brand.authorised}
        found: dict[int, _Shown] = {}
        for shown in _shown(subject, bank):
            if shown.brand_id in brands:
                found.setdefault(shown.brand_id, shown)
        said = _said(subject, bank) if found else set()
        tried = has_record(subject.seller)
        return [
            self._finding(brands[brand_id], found[brand_id], tried=tried)
            for brand_id in sorted(found)
            if brand_id not in said
        ]

    def _finding(self, brand: KnownBrand, shown: _Shown, *, tried: bool) -> Finding:
        about = {"position": shown.position, "brand": brand.name, "seen": shown.seen}
        photo: Evidence = {"photo_id": shown.photo_id} if shown.photo_id else {}
        return Finding(
            detector=self.name,
            version=self.version,
            kind=HIDDEN,
            key=f"{HIDDEN}:{brand.brand_id}:{shown.key}",
            distance=0,
            threshold=0,
            sentence=SENTENCES[shown.what].format(**about),
            log_odds=TRIED_LOG_ODDS if tried else LOG_ODDS[shown.what],
            evidence={
                "brand_id": brand.brand_id,
                "brand": brand.name,
                "shown_by": shown.what,
                "seen": shown.seen,
                "has_record": tried,
                **photo,
            },
        )


def has_record(seller: SellerView) -> bool:
    """Say whether a shop has sold here long and much, and nothing of it was taken down."""
    return (
        seller.age_days >= RECORD_DAYS
        and seller.completed_orders >= RECORD_ORDERS
        and not (seller.removed_fakes or seller.refused_alike or seller.linked_to_removed)
    )


def _shown(subject: Subject, bank: Bank) -> Iterator[_Shown]:
    """Give brands that the pictures show, then those joined to other words."""
    photos = {photo.photo_id: photo for photo in subject.photos}
    for finding in PhotoMatch().examine(subject, bank):
        evidence = finding.evidence
        if "brand_id" in evidence and is_corroborated(finding) and not _is_fakes(finding):
            yield _by_photo(photos[int(evidence["photo_id"])], int(evidence["brand_id"]), PHOTO)
    index = index_of(tuple(brand.name for brand in bank.brands))
    for photo_id, text in subject.picture_texts:
        for at, seen, is_exact in names_in(text, index):
            if is_exact and photo_id in photos and sum(map(str.isalpha, seen)) >= LEAST_LETTERS:
                yield _by_photo(photos[photo_id], bank.brands[at].brand_id, NAME, seen)
    for finding in BrandName().examine(subject, bank):
        if finding.kind == GLUED:
            seen = str(finding.evidence["seen"])
            yield _Shown(int(finding.evidence["brand_id"]), JOINED, seen.casefold(), seen)


def _by_photo(photo: PhotoView, brand_id: int, what: str, seen: str = "") -> _Shown:
    return _Shown(brand_id, what, photo.sha256, seen, photo.photo_id, photo.position + 1)


def _said(subject: Subject, bank: Bank) -> Set[int]:
    """Return the brands that the words name as they are spelt, or disguise: a finding by itself."""
    index = index_of(tuple(brand.name for brand in bank.brands))
    disguised = {
        int(finding.evidence["brand_id"])
        for finding in BrandName().examine(subject, bank)
        if finding.kind != GLUED
    }
    return disguised | frozenset(
        bank.brands[hit.at].brand_id
        for text in (subject.title, *subject.choices, subject.shop_name, subject.description)
        for hit in hits(text, words(text), index, slips=False)
        if hit.kind == USE
    )


def _is_fakes(finding: Finding) -> bool:
    return bool(finding.evidence.get("confirmed_fake"))
