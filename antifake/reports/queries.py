"""Reads of reports: their weight, and what became of them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from antifake.cases.models import CaseState, Decision, Verdict
from antifake.reports import rules
from antifake.reports.models import Report
from marketplace.listings.models import Listing, ListingState
from marketplace.shops.models import ShopState
from marketplace.trust.queries import sanction_of_notices

WAITS, REMOVED, KEPT = "waits", "removed", "kept"


def reportable() -> QuerySet[Listing]:
    """Return the goods that anybody can see, and so report."""
    live = Listing.objects.filter(state=ListingState.LIVE, shop__state=ShopState.APPROVED)
    return live.select_related("shop")


def about(listing: Listing) -> QuerySet[Report]:
    """Return the reports about a listing as it stands, in the order they came."""
    mine = Report.objects.filter(listing=listing, content_version=listing.content_version)
    return mine.order_by("pk")


def outcome(report: Report) -> str:
    """Say what became of a report: WAITS for a person, REMOVED or KEPT."""
    if report.case.state in (CaseState.OPEN, CaseState.CLAIMED):
        return WAITS
    standing = report.case.decisions.standing().order_by("-pk").first()
    if standing is None:
        return WAITS
    return REMOVED if standing.verdict == Verdict.REMOVE else KEPT


def voice_of(user_id: int, *, at: datetime) -> rules.Voice:
    """Return how often a person's reports were right and wrong, by the decisions that stand."""
    reports = Report.objects.filter(by_id=user_id)
    stands = Decision.objects.standing().filter(case=OuterRef("case"))
    return rules.Voice(
        key=f"user:{user_id}",
        right=reports.filter(Exists(stands.filter(verdict=Verdict.REMOVE))).count(),
        wrong=reports.filter(Exists(stands.filter(verdict=Verdict.ALLOW))).count(),
        sanctioned=sanction_of_notices(user_id, at) is not None,
    )


def voice(report: Report, *, at: datetime) -> rules.Voice:
    """Return whose voice a report is."""
    if report.by_id is not None:
        return voice_of(report.by_id, at=at)
    return visitor(report.network_hash)


def visitor(network_hash: str) -> rules.Voice:
    """Return the voice of a visitor: everybody behind one network is one."""
    return rules.Voice(key=f"network:{network_hash}", visitor=True)
