"""Blind samples: of what the check allowed, and of what a machine would take down.

Who is drawn follows from the scan's number and the server's secret: the same scan is drawn or not
however often it is asked, and no seller can know. A drawn case stands in the queue like any.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from antifake.cases.models import AuditSample, Case, Population, Scan
from antifake.cases.rules.policy import Outcome
from antifake.cases.services import holds
from marketplace.listings.models import Listing, ListingState
from marketplace.rulebook import queries as rulebook

# Drawn after an hour, so that nothing a seller does shows when; and within a day of that, so
# that a clock that stood still catches up.
AFTER, WITHIN = timedelta(hours=1), timedelta(days=1)
PERMILLE = 1000


def is_drawn(*, key: str, chance_permille: int) -> bool:
    """Say whether what `key` names is drawn, at this chance in thousandths."""
    return _lot(f"draw {key}") < chance_permille


def note(*, case: Case, population: Population, chance_permille: int, at: datetime) -> AuditSample:
    """Note that a case was drawn. Safe to repeat. Needs a transaction."""
    row, _created = AuditSample.objects.get_or_create(
        case=case,
        defaults={"population": population, "chance_permille": chance_permille, "at": at},
    )
    return row


def draw_allowed(*, at: datetime) -> int:
    """Open a case about a few listings that the check allowed; return about how many.

    They stay on sale. Safe to repeat, and for two clocks at once: a scan has one case.
    """
    chance = rulebook.value("cases.audit_permille", at=at)
    allowed = Scan.objects.filter(
        outcome=Outcome.PUBLISH,
        occasion="",
        case__isnull=True,
        done_at__gt=at - AFTER - WITHIN,
        done_at__lte=at - AFTER,
    )
    ids = allowed.order_by("pk").values_list("pk", flat=True)
    drawn = [pk for pk in ids if is_drawn(key=f"scan {pk}", chance_permille=chance)]
    return sum(_open(scan_id, chance, at=at) for scan_id in drawn)


@transaction.atomic
def _open(scan_id: int, chance_permille: int, *, at: datetime) -> bool:
    """Open the case of one drawn scan, unless its listing has changed or left the market."""
    scan = Scan.objects.select_related("listing").get(pk=scan_id)
    listing = Listing.objects.select_for_update(no_key=True).get(pk=scan.listing_id)
    gone = (listing.state, listing.content_version) != (ListingState.LIVE, scan.content_version)
    if gone or Case.objects.filter(scan=scan).exists():
        return False
    # A place among the held ones, or it would tell what it is.
    lowest = rulebook.value("cases.hold_permille", at=at)
    rank = lowest + _lot(f"rank {scan_id}") * (PERMILLE - lowest) // PERMILLE
    case = holds.open_case(scan=scan, rank_permille=rank, at=at)
    note(case=case, population=Population.ALLOWED, chance_permille=chance_permille, at=at)
    return True


def _lot(key: str) -> int:
    """Return a number from 0 to 999 that only this server can know beforehand."""
    digest = salted_hmac("antifake.cases.audits", key, algorithm="sha256").digest()
    return int.from_bytes(digest[:8], "big") * PERMILLE >> 64
