"""Looking at one version of a listing: outside any transaction, the cheap steps first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from antifake.cases.models import PictureText
from antifake.cases.queries.sellers import seller_view
from antifake.cases.rules.trusted import is_untried
from antifake.detectors import base, reading, registry
from antifake.references import pictures
from antifake.references import queries as references
from antifake.references import services as descriptions
from antifake.references.queries.prices import price_view
from marketplace.insertion import insert_new
from marketplace.listings.models import Listing, ListingState, ListingVersion, Photo
from marketplace.listings.queries import photo_file
from marketplace.prepared import Given, Prepared
from marketplace.rulebook import queries as rulebook

CHECKED_STATES = (ListingState.PENDING, ListingState.LIVE, ListingState.WITHHELD)
# What decides whether pictures are read: rules of the book.
LIMITS = ("cases.trusted_days", "cases.trusted_orders", "cases.untried_photos_read")
DESCRIBING, COMPARING, READING = "describe photos", "find what is near", "read pictures"


_LISTING = Prepared(
    lambda: Listing.objects.select_related("shop", "category").filter(pk=Given("listing"))
)
_PHOTOS = Prepared(lambda: Photo.objects.filter(listing_id=Given("listing")).order_by("position"))
_VERSION = Prepared(
    lambda: ListingVersion.objects.filter(
        listing_id=Given("listing"), version=Given("version")
    ).values_list("at")
)


@dataclass(frozen=True)
class Look:
    """What a look saw, what it was compared with, what was found, and what each step took."""

    subject: base.Subject
    bank: base.Bank
    findings: tuple[base.Finding, ...]
    trace: tuple[registry.Step, ...]

    @property
    def in_doubt(self) -> bool:
        """Whether anything found speaks against the listing."""
        return any(finding.log_odds > 0 for finding in self.findings)


def look(*, listing_id: int, content_version: int) -> Look | None:
    """Run all detectors on a listing; None when it has changed since, or is not on offer.

    Slow (pictures are read and described): to be called outside any transaction. The words in
    pictures cost most, so they are read closely only where the cheaper findings leave a doubt;
    those of a shop that has no record yet get a glance. Each picture is read once.
    """
    [listing] = _LISTING.ask(listing=listing_id)
    if listing.content_version != content_version or listing.state not in CHECKED_STATES:
        return None
    started = time.perf_counter()
    photos = _PHOTOS.ask(listing=listing_id)
    descriptions.describe_photos(photo_ids=[photo.pk for photo in photos])
    steps = [_step(DESCRIBING, len(photos), started)]
    came = _came_at(listing)
    subject = subject_of(listing=listing, at=came)
    started = time.perf_counter()
    bank = references.bank_for(subject)
    steps.append(_step(COMPARING, len(bank.references) + len(bank.market_photos), started))
    findings, trace = registry.examine_by(registry.ALL, subject, bank)
    seen = Look(subject, bank, tuple(findings), (*steps, *trace))
    if not seen.in_doubt:
        seen = _reading(seen, _photos_of_untried(photos, subject, at=came), closely=False)
    return _reading(seen, photos, closely=True) if seen.in_doubt else seen


def _came_at(listing: Listing) -> datetime:
    """Return when the present content of a listing came.

    The seller's record is that of this moment, so that a look repeated by a re-scan, or by a
    worker that died, sees the same age and pace.
    """
    version = _VERSION.first(listing=listing.pk, version=listing.content_version)
    return version[0] if version else listing.created_at


def subject_of(*, listing: Listing, at: datetime) -> base.Subject:
    """Return a listing as detectors see it at a moment, but for the words in its pictures."""
    views = references.views_of(listing.pk)
    return base.Subject(
        listing_id=listing.pk,
        shop_id=listing.shop_id,
        title=listing.title,
        description=listing.description,
        choices=tuple(name for name in listing.variants.values_list("name", flat=True) if name),
        photos=views,
        shop_name=listing.shop.name,
        category=listing.category.slug,
        seller=seller_view(listing, views, at=at),
        price=price_view(listing.pk),
    )


def _photos_of_untried(
    photos: Sequence[Photo], subject: base.Subject, *, at: datetime
) -> Sequence[Photo]:
    """Return the photos in which words are looked for without a doubt: few of an untried shop."""
    limits = rulebook.values(LIMITS, at=at)
    few = limits["cases.untried_photos_read"]
    return photos[:few] if is_untried(subject.seller, limits=limits) else ()


def _reading(seen: Look, photos: Sequence[Photo], *, closely: bool) -> Look:
    """Return what a look finds once the words in these photos are known as well."""
    if not photos:
        return seen
    started = time.perf_counter()
    texts = _texts_of(photos, closely=closely)
    steps = (*seen.trace, _step(READING, len(photos), started))
    if texts == seen.subject.picture_texts:
        return replace(seen, trace=steps)
    subject = replace(seen.subject, picture_texts=texts)
    findings, again = registry.examine_by(registry.ALL, subject, seen.bank)
    return Look(subject, seen.bank, tuple(findings), (*steps, *again))


def _texts_of(photos: Sequence[Photo], *, closely: bool) -> tuple[tuple[int, str], ...]:
    """Return what is written in photos, by photo id; each upload is read once and kept.

    Nothing where the reader's networks are not installed: not computed is not "no words".
    """
    version = reading.VERSION if closely else reading.GLANCE_VERSION
    kept = PictureText.objects.filter(
        sha256__in=[photo.sha256 for photo in photos], version=version
    )
    lines = {row.sha256: row.lines for row in kept}
    try:
        for photo in photos:
            if photo.sha256 not in lines:
                lines[photo.sha256] = _read(photo, version, closely=closely)
    except reading.NoReader:
        pass
    return tuple(
        (photo.pk, line) for photo in photos for line in lines.get(photo.sha256, ()) if line
    )


def _read(photo: Photo, version: str, *, closely: bool) -> list[str]:
    image = pictures.opened(photo_file(photo.name, "large"))
    lines = list(reading.read(image, closely=closely))
    row = PictureText(sha256=photo.sha256, version=version, lines=lines)
    if insert_new([row], key="sha256"):
        return lines
    return list(PictureText.objects.get(sha256=photo.sha256, version=version).lines)


def _step(name: str, count: int, started: float) -> registry.Step:
    return registry.Step(name, count, round((time.perf_counter() - started) * 1000, 2))
