"""Reads: who may see which decision, what the desk works on, what a case is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case as Choose
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.urls import reverse

from antifake.cases.models import (
    Appeal,
    AppealState,
    Case,
    CaseState,
    Decision,
    Finding,
    Scan,
    ScanState,
    Verdict,
)
from antifake.cases.rules import CLAIM_LASTS, STALLED_AFTER
from antifake.references.models import ReferencePhoto
from marketplace.accounts.models import User
from marketplace.listings.models import Listing, ListingState, Photo
from marketplace.listings.queries import photo_url
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act


@dataclass(frozen=True)
class Evidence:
    """One finding with the pictures that belong to it."""

    finding: Finding
    photo_url: str
    matched_url: str
    matched_name: str


def decisions_for(user: User) -> QuerySet[Decision]:
    """Return the decisions a person may read: staff all, sellers those about their shops."""
    decisions = Decision.objects.select_related(
        "case__listing__shop", "case__scan", "statement", "overrides", "overridden_by", "appeal"
    )
    if user.is_staff:
        return decisions
    return decisions.filter(case__listing__shop__in=shops_where(user, Act.SEE_RECORD))


def decisions_about(user: User) -> QuerySet[Decision]:
    """Return the decisions about one's own shops' listings, the latest first."""
    mine = decisions_for(user).filter(case__listing__shop__in=shops_where(user, Act.SEE_RECORD))
    return mine.order_by("-pk")


def waiting_about(user: User) -> QuerySet[Case]:
    """Return the cases about one's own listings that wait for a person, oldest first."""
    shops = shops_where(user, Act.SEE_RECORD)
    waiting = Case.objects.filter(
        state__in=[CaseState.OPEN, CaseState.CLAIMED], listing__shop__in=shops
    )
    return waiting.select_related("listing", "scan").order_by("opened_at")


URGENCY = Choose(
    When(state=CaseState.OPEN, then=Value(0)),
    When(state=CaseState.CLAIMED, then=Value(1)),
    When(state=CaseState.APPEALED, then=Value(2)),
    default=Value(3),
    output_field=IntegerField(),
)
# Those that need somebody first, the riskiest on top. Expressions, not annotations: the admin
# also orders the choices of other forms by it.
DESK_ORDER = (URGENCY.asc(), "-risk_permille", "due_at", "pk")


def desk() -> QuerySet[Case]:
    """Return all cases for staff, in the desk's order."""
    return Case.objects.select_related("listing__shop", "claimed_by").order_by(*DESK_ORDER)


def claimable(*, user_id: int, at: datetime) -> QuerySet[Case]:
    """Return the cases a person may claim: open, or claimed too long ago; never their own shop's.

    A case one holds already comes first.
    """
    free = Q(state=CaseState.OPEN) | Q(state=CaseState.CLAIMED, claimed_at__lte=at - CLAIM_LASTS)
    own = Q(state=CaseState.CLAIMED, claimed_by_id=user_id)
    mine = Shop.objects.worked_in_by(user_id)
    held = Choose(When(own, then=Value(0)), default=Value(1), output_field=IntegerField())
    cases = Case.objects.filter(free | own).exclude(listing__shop__in=mine)
    return cases.order_by(held, "-risk_permille", "due_at", "pk")


def appeals() -> QuerySet[Appeal]:
    """Return all appeals for staff: the open ones first, those due soonest on top."""
    is_open = Choose(
        When(state=AppealState.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    rows = Appeal.objects.select_related("decision__case__listing__shop", "decision__by", "by")
    return rows.annotate(done=is_open).order_by("done", "due_at", "pk")


def evidence_of(scan_id: int) -> list[Evidence]:
    """Return what a scan found, the strongest first, with the pictures side by side."""
    findings = list(Finding.objects.filter(scan_id=scan_id).order_by("-log_odds", "pk"))
    photos = Photo.objects.in_bulk(_ids(findings, "photo_id") | _ids(findings, "matched_photo_id"))
    references = ReferencePhoto.objects.in_bulk(_ids(findings, "reference_id"))
    return [_evidence(finding, photos, references) for finding in findings]


def cleared_keys(shop_id: int) -> frozenset[str]:
    """Return the evidence that a person looked at and allowed for this shop."""
    allowed = Decision.objects.filter(
        case=OuterRef("scan__case"), verdict=Verdict.ALLOW, overridden_by=None
    )
    findings = Finding.objects.filter(Exists(allowed), scan__listing__shop_id=shop_id)
    return frozenset(findings.values_list("key", flat=True))


def stalled(*, detector_set: str, at: datetime) -> QuerySet[Listing]:
    """Return listings that wait for a check which should have come by now, oldest first."""
    scans = Scan.objects.filter(
        listing=OuterRef("pk"),
        content_version=OuterRef("content_version"),
        detector_set=detector_set,
        state=ScanState.DONE,
    )
    waiting = Listing.objects.filter(state=ListingState.PENDING, posted_at__lte=at - STALLED_AFTER)
    return waiting.exclude(Exists(scans)).order_by("pk")


def appealable_until(decision: Decision) -> datetime:
    """Return when the time to appeal a decision ends."""
    days = rulebook.value("appeals.window_days", at=decision.at)
    return decision.at + timedelta(days=days)


def earlier_decisions(case: Case) -> QuerySet[Decision]:
    """Return what was decided about this shop's other cases, the latest first."""
    others = Decision.objects.filter(case__listing__shop=case.listing.shop_id)
    return others.exclude(case=case).select_related("case__listing", "by").order_by("-pk")


def _ids(findings: list[Finding], name: str) -> set[int]:
    return {finding.evidence[name] for finding in findings if name in finding.evidence}


def _evidence(
    finding: Finding, photos: dict[int, Photo], references: dict[int, ReferencePhoto]
) -> Evidence:
    photo = photos.get(finding.evidence.get("photo_id", 0))
    matched = photos.get(finding.evidence.get("matched_photo_id", 0))
    reference = references.get(finding.evidence.get("reference_id", 0))
    matched_url = photo_url(matched, "large") if matched else ""
    if reference:
        matched_url = reverse("admin:references_photo", args=[reference.name])
    return Evidence(
        finding=finding,
        photo_url=photo_url(photo, "large") if photo else "",
        matched_url=matched_url,
        matched_name=finding.evidence.get("brand", ""),
    )
