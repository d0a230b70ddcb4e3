"""The project's own check, in memory: its functions on a bank that is kept here and not in SQL.

Real: describing, nearest neighbours, comparing, all detectors, reading of pictures, probability,
policy, precision of grounds, likeness to what was refused, contact strings, price statistics.
Written again here, because the project does it in SQL: who was first, which shops share a key
with a removed one, which words are ordinary, what is alike in price, and the re-scan after a
confirmed fake (only the ten nearest live photos of each are compared). `bench/fakers_site.py`
asks the real services the same questions, so that a difference would be seen.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import django
from django.apps import apps

if not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ewtp.settings")
    if not os.environ.keys() & {"EWTP_PROFILE", "DATABASE_URL"}:
        # Nothing here asks a server; the settings only want them named.
        os.environ["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"
        os.environ["REDIS_URL"] = "redis://127.0.0.1:1/0"
    django.setup()

import cv2

from antifake.cases.learning.model import FOUNDING, Model
from antifake.cases.rules import policy, trusted
from antifake.cases.services.weighing import judged
from antifake.detectors import base, reading, registry
from antifake.detectors.brand_name import is_second_hand, near_words
from antifake.detectors.brand_name_index import index_of
from antifake.detectors.photos.comparing import POLICY
from antifake.detectors.text import words
from antifake.references.index.nearest import closeness
from antifake.references.queries import bank as site_bank
from bench import fakers_memory as memory
from bench.fakers_market import Seen
from bench.fakers_pictures import Shot
from bench.fakers_records import Records
from bench.fakers_world import Brand, Listing, Shop, World
from marketplace.rulebook.rules import CATALOGUE

cv2.setNumThreads(1)
COPY_KINDS = {"reference_photo", "market_photo", "exact_file"}
LINK_FINDINGS = {"seller_linked", "refused_again", "confirmed_fake", "removed_seller"}
RESCAN_NEAREST, RESCAN_FLOOR = 10, 0.3


def limit(key: str) -> int:
    """Return the rule book's founding value."""
    return int(CATALOGUE[key].founding)


class Pipeline:
    """The whole check of issue 6 on one simulated market."""

    name = "pipeline"

    def __init__(
        self, world: World, *, read_pictures: bool = True, model: Model = FOUNDING
    ) -> None:
        self.world, self.model, self.read_pictures = world, model, read_pictures
        self.eyes = memory.Eyes()
        self.known = memory.Known()
        self.market = memory.Known()
        self.records = Records(world, self.eyes)
        self.live: dict[int, Listing] = {}
        self._showing: dict[tuple[str, int], list[Listing]] = {}
        self._cleared: dict[int, set[str]] = {}
        self._words: dict[str, set[int]] = {}
        self._reviewed: dict[str, list[int]] = {}
        self._findings: dict[int, Sequence[base.Finding]] = {}
        self.seen: dict[int, Seen] = {}
        self._names = index_of(tuple(brand.name for brand in world.brands))
        for brand in world.brands:
            for source in brand.references:
                self.known.add(memory.Picture(source, brand, "", 0, 0), self.eyes.of_source(source))

    # Looking -----------------------------------------------------------------------------------
    def look(self, listing: Listing, now_h: float) -> Seen:
        """Look as the scan job looks, and judge as it judges."""
        self.records.note_post(listing.shop.shop_id, now_h)
        subject = self._subject(listing, now_h)
        bank = self._bank(listing, subject)
        findings = registry.examine(subject, bank)
        if not _in_doubt(findings):
            few = self._photos_of_untried(subject)
            findings = self._read(listing, subject, bank, findings, few, closely=False)
        if _in_doubt(findings):
            every = range(len(subject.photos))
            findings = self._read(listing, subject, bank, findings, every, closely=True)
        cleared = self._cleared.get(listing.shop.shop_id, ())
        news = [finding for finding in findings if finding.key not in cleared]
        self._findings[listing.listing_id] = news
        hard = policy.ground(news)
        right, seen = self._reviewed.get(hard, [0, 0]) if hard else (0, 0)
        proven = (hard,) if hard and policy.is_proven(right=right, reviewed=seen) else ()
        said = judged(
            findings=news,
            model=self.model,
            hold_permille=limit("cases.hold_permille"),
            proven=proven,
        )
        kinds = tuple(sorted({finding.kind for finding in news}))
        return Seen(
            outcome=str(said.ruling.outcome.value),
            kinds=kinds,
            permille=said.estimate.permille,
            ground=said.ruling.ground,
            linked=bool(LINK_FINDINGS & set(kinds)),
        )

    def shown(self, listing: Listing, now_h: float) -> None:  # noqa: ARG002 - a judge's shape
        """Note what others will be compared with."""
        if listing.listing_id in self.live:
            return
        self.live[listing.listing_id] = listing
        shop_id = listing.shop.shop_id
        for shot in listing.shots:
            self._showing.setdefault((shot.sha256, shop_id), []).append(listing)
            if not self.market.has(shot.sha256, shop_id):
                picture = memory.Picture(shot.sha256, None, "", listing.listing_id, shop_id)
                self.market.add(picture, self.eyes.of(shot))
        for word in listing.title.lower().replace(",", " ").split():
            self._words.setdefault(word, set()).add(shop_id)
        self.records.note_shown(listing)

    def decided(
        self,
        listing: Listing,
        seen: Seen,
        *,
        removed: bool,
        now_h: float,  # noqa: ARG002 - a judge's shape
    ) -> Sequence[Listing]:
        """Learn a person's ruling as the site does; return live listings worth another look."""
        findings = self._findings.get(listing.listing_id, ())
        by_person = seen.outcome != "take_down"
        if seen.ground and by_person:
            counts = self._reviewed.setdefault(seen.ground, [0, 0])
            counts[0] += removed
            counts[1] += 1
        shop_id = listing.shop.shop_id
        if not removed:
            self._cleared.setdefault(shop_id, set()).update(
                f.key for f in findings if f.log_odds > 0
            )
            return ()
        self.live.pop(listing.listing_id, None)
        self.records.remember(listing)
        if not by_person:
            return ()
        copied = {
            finding.evidence.get("photo_id")
            for finding in findings
            if finding.kind in COPY_KINDS and not finding.evidence.get("confirmed_fake")
        }
        fresh = []
        for at, shot in enumerate(listing.shots):
            if listing.listing_id * 10 + at not in copied:
                picture = memory.Picture(
                    shot.sha256,
                    listing.fake_of,
                    f"d{listing.listing_id}",
                    listing.listing_id,
                    shop_id,
                )
                self.known.add(picture, self.eyes.of(shot))
                fresh.append(shot)
        self.records.close_if_due(shop_id)
        return self._variants(listing, fresh)

    def restored(self, listing: Listing) -> None:
        """Forget what a removal taught: the appeal was won."""
        self.records.forget(listing)
        self.known.forget(f"d{listing.listing_id}")

    def kinds_of(self, listing_id: int) -> list[str]:
        """Return the kinds of what the last look at a listing found."""
        return sorted({finding.kind for finding in self._findings.get(listing_id, ())})

    # What the detectors are given --------------------------------------------------------------
    def _subject(self, listing: Listing, now_h: float) -> base.Subject:
        photos = tuple(
            self.eyes.view(shot, listing.listing_id * 10 + at, at)
            for at, shot in enumerate(listing.shots)
        )
        return base.Subject(
            listing_id=listing.listing_id,
            shop_id=listing.shop.shop_id,
            title=listing.title,
            description=listing.description,
            photos=photos,
            shop_name=listing.shop.name,
            category=listing.shelf,
            second_hand=is_second_hand(words(listing.title)),
            seller=self.records.seller_view(
                listing, photos, now_h, shows_theirs=self._shows_a_closed_shops_photo(listing)
            ),
            price=self.records.price_view(listing),
        )

    def _shows_a_closed_shops_photo(self, listing: Listing) -> bool:
        if not self.records.closed:
            return False
        return any(
            self.eyes.pair(shot, place.row).copy_permille >= POLICY.copy_permille
            for shot in listing.shots
            for place in self.known.near(self.eyes, shot, limit=POLICY.candidates)
            if place.picture.shop_id in self.records.closed
            and place.picture.shop_id != listing.shop.shop_id
            and place.cosine >= POLICY.cosine_floor
        )

    def _bank(self, listing: Listing, subject: base.Subject) -> base.Bank:
        shop = listing.shop
        brands = tuple(
            base.KnownBrand(b.brand_id, b.name, authorised=b.brand_id in shop.authorised)
            for b in self.world.brands
        )
        references, copies = self._references(listing)
        near = near_words(subject.title, brands)
        ordinary = frozenset(w for w in near if len(self._words.get(w, set()) - {shop.shop_id}) > 1)
        return base.Bank(brands, references, self._market_photos(listing, copies), ordinary)

    def _references(self, listing: Listing) -> tuple[tuple[base.KnownReference, ...], set[int]]:
        found: dict[int, memory.Picture] = {}
        pairs: dict[int, list[base.Pair]] = {}
        copies: set[int] = set()
        for at, shot in enumerate(listing.shots):
            photo_id = listing.listing_id * 10 + at
            hits = self.known.near(self.eyes, shot, limit=POLICY.candidates)
            for place, pair in self.eyes.compared(shot, hits[: POLICY.candidates], photo_id):
                if place.picture.listing_id == listing.listing_id:
                    continue
                found[place.number] = place.picture
                pairs.setdefault(place.number, []).append(pair)
                if place.picture.confirmed and pair.copy_permille >= POLICY.copy_permille:
                    copies.add(at)
        return tuple(
            self._reference(number, picture, pairs[number], listing.shop)
            for number, picture in sorted(found.items())
        ), copies

    def _reference(
        self, number: int, picture: memory.Picture, pairs: list[base.Pair], shop: Shop
    ) -> base.KnownReference:
        brand: Brand | None = None if picture.confirmed else picture.brand
        brand_id = brand.brand_id if brand else 0
        return base.KnownReference(
            reference_id=number + 1,
            brand_id=brand_id,
            brand=brand.name if brand else "",
            upright=self.known.upright(number),
            authorised=brand_id in shop.authorised,
            sha256=self.known.sha256(number),
            confirmed_fake=picture.confirmed,
            pairs=tuple(pairs),
        )

    def _market_photos(self, listing: Listing, copies: set[int]) -> tuple[base.KnownPhoto, ...]:
        floor = max(site_bank.MARKET_FLOOR, POLICY.cosine_floor)
        near = [
            (hit, at)
            for at, shot in enumerate(listing.shots)
            if at not in copies
            for hit in self.market.near(
                self.eyes,
                shot,
                limit=site_bank.MARKET_NEAR,
                floor=floor,
                but_shop=listing.shop.shop_id,
            )
            if hit.picture.shop_id not in self.records.closed and self._is_shown(hit)
        ]
        near.sort(key=lambda one: (-closeness(one[0].bits, one[0].cosine), one[1], one[0].number))
        found: list[base.KnownPhoto] = []
        copied: set[int] = set()
        seen: set[tuple[int, int, float]] = set()
        missed = 0
        for hit, at in near:
            same = (at, hit.bits, hit.cosine)
            if at in copied or same in seen:
                continue
            seen.add(same)
            if missed == site_bank.MARKET_MISSED:
                break
            photo_id = listing.listing_id * 10 + at
            pair = self.eyes.pair(listing.shots[at], hit.row, photo_id=photo_id, cosine=hit.cosine)
            if pair.copy_permille >= POLICY.copy_permille:
                copied.add(at)
            else:
                missed += 1
            found.append(
                base.KnownPhoto(
                    hit.number + 1,
                    hit.picture.listing_id,
                    hit.picture.shop_id,
                    self.market.upright(hit.number),
                    photo_id,
                    self.market.sha256(hit.number),
                    pair,
                )
            )
        return tuple(found)

    def _is_shown(self, place: memory.Place) -> bool:
        showing = self._showing.get((place.row.sha256, place.picture.shop_id), ())
        return any(listing.listing_id in self.live for listing in showing)

    def _read(
        self,
        listing: Listing,
        subject: base.Subject,
        bank: base.Bank,
        findings: Sequence[base.Finding],
        places: Sequence[int],
        *,
        closely: bool,
    ) -> Sequence[base.Finding]:
        """Return what is found once the words in some photos are known, as `looks` reads them."""
        if not places or not self.read_pictures:
            return findings
        texts = tuple(
            (subject.photos[at].photo_id, line)
            for at in places
            for line in self.eyes.read(listing.shots[at], closely=closely)
        )
        return registry.examine(replace(subject, picture_texts=texts), bank)

    def _photos_of_untried(self, subject: base.Subject) -> Sequence[int]:
        """Return the places of photos that get a glance without a doubt, as `looks` chooses."""
        limits = {key: limit(key) for key in ("cases.trusted_days", "cases.trusted_orders")}
        few = limit("cases.untried_photos_read")
        untried = trusted.is_untried(subject.seller, limits=limits)
        return range(min(few, len(subject.photos))) if untried else ()

    def _variants(self, fake: Listing, shots: Sequence[Shot]) -> list[Listing]:
        """Return live listings one of whose photos is a copy of the new confirmed fakes."""
        found: dict[int, Listing] = {}
        for shot in shots:
            hits = self.market.near(
                self.eyes, shot, limit=RESCAN_NEAREST, floor=RESCAN_FLOOR, but_shop=-1
            )
            for hit in hits[:RESCAN_NEAREST]:
                other = self.live.get(hit.picture.listing_id)
                if other is None or other.listing_id in found or other is fake:
                    continue
                pair = self.eyes.pair_of(hit.row, self.eyes.of(shot))
                if pair.copy_permille >= POLICY.copy_permille or pair.bits_apart <= POLICY.pdq_bits:
                    found[other.listing_id] = other
        shas = {shot.sha256 for shot in shots}
        for other in list(self.live.values()):
            if shas & {shot.sha256 for shot in other.shots} and other is not fake:
                found[other.listing_id] = other
        return list(found.values())


def reads_pictures() -> bool:
    """Say whether the reader's networks are installed."""
    try:
        reading._networks()
    except reading.NoReader:
        return False
    return True


def _in_doubt(findings: Sequence[base.Finding]) -> bool:
    return any(finding.log_odds > 0 for finding in findings)
