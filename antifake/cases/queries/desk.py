"""Reads: who may see which decision, what the desk works on, what a case is about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Case as Choose
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from antifake.cases.models import (
    Appeal,
    AppealState,
    Case,
    CaseState,
    Decision,
    Finding,
    Population,
    Proposal,
    ProposalState,
    Scan,
    ScanState,
    Unscanned,
    Verdict,
)
from antifake.cases.queries.asking import accepted_keys
from antifake.cases.rules import CLAIM_LASTS, STALLED_AFTER
from antifake.cases.rules.policy import Outcome
from antifake.cases.rules.trusted import STANDINGS
from marketplace.accounts.models import User
from marketplace.listings.models import Listing, ListingState, ListingVersion
from marketplace.reasons.queries import redress_until
from marketplace.shops.models import Shop
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act

WAITING = (CaseState.OPEN, CaseState.CLAIMED)


def decisions_for(user: User) -> QuerySet[Decision]:
    """Return the decisions a person may read: staff all, sellers those about their shops."""
    decisions = Decision.objects.select_related(
        "case__listing__shop", "case__scan", "statement", "overrides", "overridden_by", "appeal"
    )
    if user.is_staff:
        return decisions
    # Taking back is the desk's own act: the seller reads of it on the page of what was undone.
    decisions = decisions.exclude(verdict=Verdict.UNDO)
    return decisions.filter(case__listing__shop__in=shops_where(user, Act.SEE_RECORD))


def decisions_about(user: User) -> QuerySet[Decision]:
    """Return the decisions about one's own shops' listings, the latest first."""
    mine = decisions_for(user).filter(case__listing__shop__in=shops_where(user, Act.SEE_RECORD))
    mine = mine.exclude(verdict=Verdict.UNDO)
    # An audit or a report that came to nothing changed nothing, and is nobody's news.
    came_to_nothing = Q(case__audit__population=Population.ALLOWED) | Q(
        case__reported_at__isnull=False, case__scan__outcome=Outcome.PUBLISH
    )
    quiet = Q(verdict=Verdict.ALLOW, overrides=None) & came_to_nothing
    return mine.exclude(quiet).order_by("-pk")


def waiting_about(user: User) -> QuerySet[Case]:
    """Return the cases about one's own listings that wait for a person, oldest first."""
    shops = shops_where(user, Act.SEE_RECORD)
    waiting = Case.objects.filter(
        state__in=[CaseState.OPEN, CaseState.CLAIMED], listing__shop__in=shops
    )
    # Nobody waits for a blind audit: the goods are on sale.
    waiting = waiting.exclude(audit__population=Population.ALLOWED)
    # Nor for a look at what somebody reported, until a person finds something.
    waiting = waiting.exclude(reported_at__isnull=False, scan__outcome=Outcome.PUBLISH)
    return waiting.select_related("listing", "scan").order_by("opened_at")


URGENCY = Choose(
    When(state=CaseState.OPEN, then=Value(0)),
    When(state=CaseState.CLAIMED, then=Value(1)),
    When(state=CaseState.APPEALED, then=Value(2)),
    default=Value(3),
    output_field=IntegerField(),
)
# Those that need somebody first, the most urgent on top. Expressions, not annotations: the admin
# also orders the choices of other forms by it.
DESK_ORDER = (URGENCY.asc(), "-rank", "pk")


def desk() -> QuerySet[Case]:
    """Return all cases for staff, in the desk's order."""
    return Case.objects.select_related("listing__shop__owner", "claimed_by").order_by(*DESK_ORDER)


def claimable(
    *, user_id: int, at: datetime, kinds: Sequence[str] = (), but: Collection[int] = ()
) -> QuerySet[Case]:
    """Return the cases a person may claim, the most urgent first.

    Open, or claimed by somebody else and let go; never their own shop's, nor one they passed
    on, nor one that waits for a seller's evidence or for a second person.
    """
    free = Q(state=CaseState.OPEN) | stale(at=at)
    rests = Q(rests_until__isnull=False, rests_until__gt=at)
    cases = (
        Case.objects.filter(free, state__in=WAITING)
        .exclude(listing__shop__in=Shop.objects.worked_in_by(user_id))
        .exclude(rests)
        .exclude(escalated_by=user_id)
        .exclude(pk__in=proposed_ids() | set(but))
    )
    if kinds:
        cases = cases.filter(kind__in=kinds)
    return cases.order_by("-rank", "pk")


def proposed_ids() -> set[int]:
    """Return the cases about which a second person is to carry out a decision."""
    rows = Proposal.objects.filter(state=ProposalState.OPEN).values_list("case_ids", flat=True)
    return {pk for ids in rows for pk in ids}


def held_by(*, user_id: int) -> QuerySet[Case]:
    """Return the cases a person holds, the longest held first; nobody else has taken them."""
    mine = Shop.objects.worked_in_by(user_id)
    held = Case.objects.filter(state=CaseState.CLAIMED, claimed_by_id=user_id)
    return held.exclude(listing__shop__in=mine).order_by("claimed_at", "pk")


def stale(*, at: datetime) -> Q:
    """Return the condition on a case that whoever claimed it has walked away."""
    over = Q(claim_until__lte=at) | Q(claim_until=None, claimed_at__lte=at - CLAIM_LASTS)
    return Q(state=CaseState.CLAIMED) & over


def is_stale(case: Case, *, at: datetime) -> bool:
    """Say whether whoever claimed a case has walked away."""
    until = case.claim_until or (case.claimed_at and case.claimed_at + CLAIM_LASTS)
    return until is None or until <= at


def stale_claims(*, at: datetime) -> QuerySet[Case]:
    """Return the cases whose claim has run out."""
    return Case.objects.filter(stale(at=at))


def appeals() -> QuerySet[Appeal]:
    """Return all appeals for staff: the open ones first, those due soonest on top."""
    is_open = Choose(
        When(state=AppealState.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    rows = Appeal.objects.select_related("decision__case__listing__shop", "decision__by", "by")
    return rows.annotate(done=is_open).order_by("done", "due_at", "pk")


def cleared_keys(shop_id: int) -> frozenset[str]:
    """Return the evidence that a person looked at and allowed for this shop, or accepted an
    answer about. What spoke for the shop, such as an authorisation, keeps speaking.
    """
    allowed = Decision.objects.filter(
        case=OuterRef("scan__case"), verdict=Verdict.ALLOW, overridden_by=None
    )
    findings = Finding.objects.filter(
        Exists(allowed), scan__listing__shop_id=shop_id, log_odds__gt=0
    )
    return frozenset(findings.values_list("key", flat=True)) | accepted_keys(shop_id)


def waits_for_a_person(listing_id: int, content_version: int) -> bool:
    """Say whether a case about this version of a listing is not over yet."""
    cases = Case.objects.filter(listing_id=listing_id, scan__content_version=content_version)
    return cases.exclude(state=CaseState.DECIDED).exists()


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
    return redress_until(decision.at)


def earlier_decisions(case: Case) -> QuerySet[Decision]:
    """Return what was decided about this shop's other cases, the latest first."""
    others = Decision.objects.filter(case__listing__shop=case.listing.shop_id)
    others = others.exclude(verdict=Verdict.UNDO).exclude(overridden_by__verdict=Verdict.UNDO)
    return others.exclude(case=case).select_related("case__listing", "by").order_by("-pk")


def _looks() -> QuerySet[Scan]:
    """Return the looks at a listing's present version; what a notice alone opened is none."""
    return Scan.objects.filter(
        listing=OuterRef("pk"), content_version=OuterRef("content_version"), state=ScanState.DONE
    ).exclude(detector_set="")


def never_scanned(*, before: datetime) -> QuerySet[Listing]:
    """Return listings whose present version waits since before a moment and was never scanned."""
    scans = _looks()
    since = ListingVersion.objects.filter(
        listing=OuterRef("pk"), version=OuterRef("content_version"), at__lte=before
    )
    waiting = Listing.objects.filter(
        Exists(since), state=ListingState.PENDING, shop__standing__in=STANDINGS
    )
    return waiting.exclude(Exists(scans)).order_by("pk")


def sold_unscanned() -> QuerySet[Listing]:
    """Return listings that went on sale before the check of their present version, still due."""
    scans = _looks()
    shown = Unscanned.objects.filter(
        listing=OuterRef("pk"), content_version=OuterRef("content_version")
    )
    live = Listing.objects.filter(Exists(shown), state=ListingState.LIVE)
    return live.exclude(Exists(scans)).order_by("pk")
