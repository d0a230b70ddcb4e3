"""A case about goods that somebody reported. It withholds nothing: a person looks first."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from antifake.cases.models import Case, CaseState, Scan, ScanState
from antifake.cases.rules.policy import Outcome
from antifake.cases.services import claims, holds
from antifake.detectors import registry
from marketplace.listings.models import Listing

OCCASION = "report"


@transaction.atomic
def join_or_open(*, listing_id: int, rank_permille: int, anew: bool, at: datetime) -> Case:
    """Return the case that a report belongs to, opening one when nobody looks at the goods yet.

    A case that waits moves up to `rank_permille`, never down. One decided about this very
    version stays decided, unless `anew`: then another person's look is asked for.
    """
    listing = Listing.objects.get(pk=listing_id)
    last = _last(listing)
    if last is not None and (last.state != CaseState.DECIDED or not anew):
        return _joined(last.pk, rank_permille, at)
    count = Case.objects.filter(listing=listing, scan__occasion__startswith=OCCASION).count()
    scan = _look_of(listing, f"{OCCASION}:{count + 1}", at)
    try:
        with transaction.atomic():
            case = holds.open_case(scan=scan, rank_permille=rank_permille, at=at)
    except IntegrityError:  # another report opened it this very moment
        return _joined(Case.objects.get(scan=scan).pk, rank_permille, at)
    case.reported_at = at
    case.save(update_fields=["reported_at"])
    return case


def _last(listing: Listing) -> Case | None:
    cases = Case.objects.filter(listing=listing, scan__content_version=listing.content_version)
    return cases.order_by("-pk").first()


def _joined(case_id: int, rank_permille: int, at: datetime) -> Case:
    case = claims.locked(case_id=case_id)
    case.reported_at = case.reported_at or at
    # A blind audit's place is drawn and stays drawn; others move up.
    if case.state == CaseState.OPEN and not hasattr(case, "audit"):
        case.risk_permille = max(case.risk_permille, rank_permille)
    case.save(update_fields=["reported_at", "risk_permille"])
    return case


def _look_of(listing: Listing, occasion: str, at: datetime) -> Scan:
    """Return the newest look at this version that no case is about; else one that saw nothing."""
    done = Scan.objects.filter(
        listing=listing,
        content_version=listing.content_version,
        state=ScanState.DONE,
        case=None,
    )
    found = done.order_by("-pk").first()
    if found is not None:
        return found
    scan, _created = Scan.objects.get_or_create(
        listing=listing,
        content_version=listing.content_version,
        detector_set=registry.detector_set_hash(),
        occasion=occasion,
        defaults={
            "state": ScanState.DONE,
            "outcome": Outcome.PUBLISH,
            "risk_permille": 0,
            "started_at": at,
            "done_at": at,
        },
    )
    return scan
