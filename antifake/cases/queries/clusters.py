"""Waiting cases that show the same thing: one match cluster is decided as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from antifake.cases.models import Case, CaseState, Finding
from antifake.cases.queries.desk import WAITING, proposed_ids, stale
from antifake.cases.queries.evidence import (
    OF_A_FAKE,
    OF_THE_BANK,
    OF_THE_MARKET,
    Pictures,
    pictures_of,
)
from marketplace.listings.models import Photo
from marketplace.shops.models import Shop

# What was matched: a photo of the bank, or another listing's photo; else the brand it is about.
PHOTOS = (OF_THE_BANK, OF_THE_MARKET)
BRAND = "brand_id"
# As many as one notice may name. More come back as the next cluster.
MOST = 300


@dataclass(frozen=True)
class Member:
    """A case among those decided as one: its photo, what that matched, and why it waits.

    An address is empty where there is no photo: words match none.
    """

    case: Case
    photo_url: str
    matched_url: str
    sentence: str


def cluster_of(case: Case, *, user_id: int, at: datetime) -> QuerySet[Case]:
    """Return the waiting cases that match what this case matches, itself included.

    Only those that this person may decide now: free or one's own, of shops one gains nothing
    from. In primary-key order, in which they are locked.
    """
    mine = Shop.objects.gained_from_by(user_id)
    free = Q(state=CaseState.OPEN) | stale(at=at) | Q(claimed_by_id=user_id)
    like = Finding.objects.filter(_alike(case), scan__case__state__in=WAITING)
    ids = set(like.order_by("scan_id").values_list("scan__case__pk", flat=True)[: MOST * 4])
    cases = Case.objects.filter(free, pk__in=ids | {case.pk}, state__in=WAITING)
    cases = cases.exclude(listing__shop__in=mine).exclude(escalated_by=user_id)
    first = cases.exclude(pk__in=proposed_ids()).order_by("pk").values_list("pk", flat=True)[:MOST]
    return Case.objects.filter(pk__in=list(first)).select_related("listing__shop").order_by("pk")


def _alike(case: Case) -> Q:
    found = Finding.objects.filter(scan=case.scan_id, log_odds__gt=0)
    evidence = list(found.values_list("evidence", flat=True))
    for names in (PHOTOS, (BRAND,)):
        same = Q(pk=None)
        for facts in evidence:
            for name in names:
                if name in facts:
                    like = Q(**{f"evidence__{name}": facts[name]})
                    if name == OF_THE_BANK:
                        like &= _of_the_same_table(facts)
                    same |= like
        if same != Q(pk=None):
            return same
    return Q(pk=None)


def _of_the_same_table(facts: dict[str, Any]) -> Q:
    """A confirmed fake's photo and a rights holder's may have one number."""
    if facts.get(OF_A_FAKE):
        return Q(**{f"evidence__{OF_A_FAKE}": facts[OF_A_FAKE]})
    return ~Q(evidence__has_key=OF_A_FAKE)


def members(cases: Sequence[Case]) -> list[Member]:
    """Return cases with their pictures, in five statements however many they are.

    The strongest match of photos speaks for a case, else the strongest finding, beside the
    listing's first photo.
    """
    scans = [case.scan_id for case in cases]
    found = Finding.objects.filter(scan__in=scans, log_odds__gt=0).order_by("-log_odds", "pk")
    strongest: dict[int, Finding] = {}
    for finding in found:
        known = strongest.setdefault(finding.scan_id, finding)
        if _is_of_photos(finding) and not _is_of_photos(known):
            strongest[finding.scan_id] = finding
    of_scan = dict(zip(strongest, pictures_of(list(strongest.values())), strict=True))
    first: dict[int, Photo] = {}
    for photo in Photo.objects.filter(listing__in=[case.listing_id for case in cases]):
        first.setdefault(photo.listing_id, photo)
    return [
        _member(
            case,
            strongest.get(case.scan_id),
            of_scan.get(case.scan_id, Pictures()),
            first.get(case.listing_id),
        )
        for case in cases
    ]


def _is_of_photos(finding: Finding) -> bool:
    return any(name in finding.evidence for name in PHOTOS)


def _member(case: Case, finding: Finding | None, pictures: Pictures, first: Photo | None) -> Member:
    shown = pictures if pictures.photo else replace(pictures, photo=first)
    return Member(
        case=case,
        photo_url=shown.photo_url("thumb"),
        matched_url=shown.matched_url("thumb"),
        sentence=finding.sentence if finding else "",
    )
