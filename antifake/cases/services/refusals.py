"""Remembering what a removed listing said and showed, so that trying it again is seen."""

from __future__ import annotations

from antifake.cases.models import Decision, EvidencePack, RefusedContent
from antifake.cases.rules.alike import MIN_QUALITY, words_of
from antifake.cases.services import packs
from antifake.references import queries as references


def remember(*, decision: Decision) -> RefusedContent:
    """Keep the content that a removal is about: what its scan saw. Needs a transaction.

    From the scan's frozen evidence, since the seller may have changed the listing meanwhile;
    cases older than that evidence take the listing as it stands.
    """
    listing = decision.case.listing
    pack = EvidencePack.objects.filter(scan=decision.case.scan_id).first()
    subject = packs.opened(pack=pack).subject if pack else None
    photos = subject.photos if subject else references.views_of(listing.pk)
    row, _created = RefusedContent.objects.get_or_create(
        decision=decision,
        defaults={
            "shop_id": listing.shop_id,
            "listing": listing,
            "words": sorted(words_of(subject.title if subject else listing.title)),
            "sha256s": [photo.sha256 for photo in photos],
            "uprights": b"".join(
                photo.hashes[0] for photo in photos if photo.quality > MIN_QUALITY
            ),
        },
    )
    return row
