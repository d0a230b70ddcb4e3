"""One look at one version of a listing, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from antifake.cases import queries, rules
from antifake.cases.models import Case, Finding, Scan, ScanState
from antifake.detectors import base, registry
from antifake.detectors.photo_match import MARKET
from antifake.references import queries as references
from antifake.references import services as descriptions
from marketplace.inbox import services as inbox
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.services import listing as listings
from marketplace.listings.services import originals
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.trust import services as trust

SCAN = "cases.scan"
CHECKED_STATES = (ListingState.PENDING, ListingState.LIVE, ListingState.WITHHELD)


def look(*, listing_id: int, content_version: int) -> list[base.Finding] | None:
    """Run all detectors on a listing; None when it has changed since, or is not on offer.

    Slow (pictures are read and described): to be called outside any transaction.
    """
    listing = Listing.objects.get(pk=listing_id)
    if listing.content_version != content_version or listing.state not in CHECKED_STATES:
        return None
    for photo in listing.photos.order_by("position"):
        descriptions.describe_photo(photo_id=photo.pk)
    subject = base.Subject(
        listing_id=listing.pk,
        shop_id=listing.shop_id,
        title=listing.title,
        description=listing.description,
        choices=tuple(name for name in listing.variants.values_list("name", flat=True) if name),
        photos=references.views_of(listing.pk),
    )
    return registry.examine(subject, references.bank_for(subject))


@transaction.atomic
def finish(
    *, listing_id: int, content_version: int, findings: Sequence[base.Finding], at: datetime
) -> Scan | None:
    """Store what a look found and act on it: publish, or withhold and open a case.

    Safe to repeat: a version is scanned once by one set of detectors. Returns None, and does
    nothing, when the listing was edited meanwhile: the edit asked for its own scan.
    """
    listing = Listing.objects.select_for_update(no_key=True).get(pk=listing_id)
    if listing.content_version != content_version or listing.state not in CHECKED_STATES:
        return None
    detector_set = registry.detector_set_hash()
    there = Scan.objects.filter(
        listing=listing, content_version=content_version, detector_set=detector_set
    ).first()
    if there is not None:
        return there
    news = rules.news(findings, queries.cleared_keys(listing.shop_id))
    risk_permille = rules.risk_permille(news)
    scan = Scan.objects.create(
        listing=listing,
        content_version=content_version,
        detector_set=detector_set,
        state=ScanState.DONE,
        risk_permille=risk_permille,
        started_at=at,
        done_at=at,
    )
    Finding.objects.bulk_create(Finding(scan=scan, **asdict(finding)) for finding in news)
    if risk_permille >= rulebook.value("cases.hold_permille", at=at):
        _hold(scan, listing, news, risk_permille, at=at)
    else:
        listings.publish(listing_id=listing_id, content_version=content_version, at=at)
        _ask(scan, listing, news, at=at)
    return scan


@transaction.atomic
def rescan_stalled(*, at: datetime) -> int:
    """Ask again for checks that should have come by now; return for how many listings.

    At most once an hour for one version, so that a listing that breaks its check does not
    fill the queue.
    """
    detector_set = registry.detector_set_hash()
    waiting = list(queries.stalled(detector_set=detector_set, at=at))
    for listing in waiting:
        version = listing.content_version
        outbox.enqueue(
            kind=SCAN,
            key=f"{SCAN}:again:{listing.pk}:{version}:{detector_set[:12]}:{at:%Y-%m-%dT%H}",
            payload={"listing_id": listing.pk, "content_version": version},
            run_at=at,
            queue="scan",
        )
    return len(waiting)


def _hold(
    scan: Scan, listing: Listing, news: list[base.Finding], risk_permille: int, *, at: datetime
) -> None:
    hours = rulebook.value("cases.decide_hours", at=at)
    case = Case.objects.create(
        listing=listing,
        scan=scan,
        risk_permille=risk_permille,
        opened_at=at,
        due_at=at + timedelta(hours=hours),
    )
    trust.hold(
        listing_id=listing.pk,
        source=hold_source(scan_id=scan.pk),
        facts="\n".join(finding.sentence for finding in news),
        explanation=_(
            "Our check found signs that this listing may break the rules on protected names, "
            "photos or prohibited goods. It is kept from view until a person has looked, within "
            "%(hours)d hours."
        )
        % {"hours": hours},
        at=at,
    )
    originals.keep_originals(listing_id=listing.pk, source=case.ref, at=at)
    ids = {"case_id": case.pk, "listing_id": listing.pk, "shop_id": listing.shop_id}
    outbox.emit("case.opened", subject=f"case:{case.pk}", data=ids, at=at)
    outbox.record(
        action="case.opened",
        actor="system",
        subject=f"case:{case.pk}",
        data={**ids, "risk_permille": case.risk_permille},
        at=at,
    )


def hold_source(*, scan_id: int) -> str:
    """Name the withholding that a scan made."""
    return f"scan:{scan_id}"


def _ask(scan: Scan, listing: Listing, news: list[base.Finding], *, at: datetime) -> None:
    """Ask the seller about a photo that another shop had before; selling goes on meanwhile."""
    questions = [finding.sentence for finding in news if finding.kind == MARKET]
    if questions:
        inbox.notify(
            user_id=listing.shop.owner_id,
            kind="photo.question",
            key=f"photo.question:{scan.pk}",
            subject=_("A question about the photos of “%(title)s”") % {"title": listing.title},
            body="\n".join(
                [*questions, _("If so, there is nothing to do. If not, please use your own.")]
            ),
            link=reverse("listings:edit", args=[listing.pk]),
            at=at,
        )
