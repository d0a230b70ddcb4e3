"""Cases that somebody's notice opens: a person decides, and nothing is withheld meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from antifake.cases.models import Case, CaseState, Finding, Scan, ScanState
from antifake.cases.queries import stakes
from marketplace.listings.models import Listing
from marketplace.listings.services import originals
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook

DETECTOR, VERSION = "notice", "1"
NO_DETECTORS = ""
# Scans are named by what occasioned them.
OCCASIONS = ("notice:", "counter:")


@dataclass(frozen=True, slots=True)
class Noticed:
    """A listing that a notice names, and what the notice says of it in a sentence or more."""

    listing_id: int
    sentence: str


def is_noticed(*, scan: Scan) -> bool:
    """Say whether somebody's notice brought a scan about."""
    return scan.occasion.startswith(OCCASIONS)


@transaction.atomic
def open_for_notice(
    *, occasion: str, noticed: Sequence[Noticed], rank_permille: int, at: datetime
) -> dict[int, int]:
    """Have a person look at listings for `occasion` (notice:7); return case ids by listing.

    A case that waits about a listing already takes the notice in, so nobody judges twice. Few
    statements of SQL for any number. Safe to repeat: one occasion has one case for a listing.
    """
    goods = Listing.objects.in_bulk([one.listing_id for one in noticed])
    there = {
        case.listing_id: case
        for case in Case.objects.filter(scan__occasion=occasion, listing__in=goods)
    }
    waiting = {
        case.listing_id: case
        for case in Case.objects.filter(
            listing__in=goods, state__in=[CaseState.OPEN, CaseState.CLAIMED]
        )
    }
    new = [one for one in noticed if one.listing_id not in there]
    fresh = [one for one in new if one.listing_id not in waiting]
    opened = _open([goods[one.listing_id] for one in fresh], occasion, rank_permille, at=at)
    scans = {pk: case.scan_id for pk, case in {**waiting, **opened}.items()}
    Finding.objects.bulk_create(
        Finding(
            scan_id=scans[one.listing_id],
            detector=DETECTOR,
            version=VERSION,
            kind=DETECTOR,
            key=f"{occasion}:{one.listing_id}",
            distance=0,
            threshold=0,
            evidence={"occasion": occasion},
            sentence=one.sentence,
            log_odds=0,
        )
        for one in new
    )
    return {pk: case.pk for pk, case in {**waiting, **opened, **there}.items()}


def _open(
    goods: Sequence[Listing], occasion: str, rank_permille: int, *, at: datetime
) -> dict[int, Case]:
    if not goods:
        return {}
    scans = Scan.objects.bulk_create(
        Scan(
            listing=one,
            content_version=one.content_version,
            detector_set=NO_DETECTORS,
            occasion=occasion,
            state=ScanState.DONE,
            risk_permille=rank_permille,
            started_at=at,
            done_at=at,
        )
        for one in goods
    )
    due_at = at + timedelta(hours=rulebook.value("cases.decide_hours", at=at))
    at_stake = stakes.stakes_of(listing_ids=[one.pk for one in goods])
    cases = Case.objects.bulk_create(
        Case(
            listing_id=scan.listing_id,
            scan=scan,
            risk_permille=rank_permille,
            stake_minor=at_stake[scan.listing_id].amount_minor,
            stake_currency=at_stake[scan.listing_id].currency,
            rank=stakes.place_of(
                risk_permille=rank_permille, at_stake=at_stake[scan.listing_id], opened_at=at
            ),
            opened_at=at,
            due_at=due_at,
        )
        for scan in scans
    )
    by_listing = {case.listing_id: case for case in cases}
    originals.keep_originals_of(sources={pk: case.ref for pk, case in by_listing.items()}, at=at)
    facts = {
        by_listing[one.pk].ref: {
            "case_id": by_listing[one.pk].pk,
            "listing_id": one.pk,
            "shop_id": one.shop_id,
        }
        for one in goods
    }
    outbox.emit_all("case.opened", facts=facts, at=at)
    told = {ref: {**data, "risk_permille": rank_permille} for ref, data in facts.items()}
    outbox.record_all(action="case.opened", actor="system", facts=told, at=at)
    return by_listing
