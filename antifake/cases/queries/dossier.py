"""Everything a person needs to decide a case, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from antifake.cases.models import (
    Case,
    Decision,
    Proposal,
    ProposalState,
    SecondLook,
    Verdict,
)
from antifake.cases.queries import clusters, reviewers, sellers, stakes
from antifake.cases.queries.desk import WAITING, earlier_decisions
from antifake.cases.queries.evidence import evidence_of
from antifake.cases.rules import UNDO_LASTS, queue
from antifake.cases.rules.reasons import REASONS, suggested
from marketplace.money import Money
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop
from marketplace.trust.models import Policy
from marketplace.trust.queries import live_strikes, severity_of, strikes_of_shop
from marketplace.trust.rules import POLICY_TEXTS


@dataclass(frozen=True)
class Undoable:
    """A ruling of one's own that can still be taken back."""

    case_id: int
    title: str
    verdict: str
    until: datetime


def of_case(case: Case, *, look: SecondLook | None, user_id: int, at: datetime) -> dict[str, Any]:
    """Return what the review page shows. A case looked at again is shown as it once waited."""
    is_blind = look is not None and look.answered_at is None
    undecided = is_blind or case.state in WAITING
    found = evidence_of(case.scan_id)
    kinds = frozenset(one.finding.kind for one in found if one.finding.log_odds > 0)
    shop = case.listing.shop
    hidden = [one.ref for one in case.decisions.all()] if is_blind else []
    due_at, place = case.due_at, case.rank
    if look is not None and is_blind:
        # As if it had come when it was drawn: its age would tell what it is.
        due_at = look.drawn_at + timedelta(hours=rulebook.value("cases.decide_hours", at=at))
        place += (case.opened_at - look.drawn_at) / queue.DOUBLES_EVERY
    return {
        "case": case,
        "listing": case.listing,
        "shop": shop,
        "photos": list(case.listing.photos.all()),
        "evidence": found,
        "pairs": [one for one in found if one.photo_url and one.matched_url],
        "undecided": undecided,
        "mine": is_blind or case.claimed_by_id == user_id,
        "is_held": not is_blind and case.claimed_by_id is not None and undecided,
        "due_at": due_at,
        "is_late": due_at <= at,
        "urgency": queue.urgency(place=place, at=at),
        "at_stake": Money(case.stake_minor, case.stake_currency) if case.stake_currency else None,
        "suggested": suggested(case.kind, kinds),
        "reasons": reasons(at=at),
        "cluster": clusters.cluster_of(case, user_id=user_id, at=at).count()
        if undecided and not is_blind
        else 0,
        "working": reviewers.working_of(user_id),
        "undoable": undoable(user_id=user_id, at=at),
        **_history(case, shop, hidden, is_blind=is_blind, at=at),
    }


def appealed(case: Case, *, at: datetime) -> dict[str, Any]:
    """Return what the page of an appeal shows of its case."""
    found = evidence_of(case.scan_id)
    return {
        "case": case,
        "listing": case.listing,
        "shop": case.listing.shop,
        "photos": list(case.listing.photos.all()),
        "evidence": found,
        "pairs": [one for one in found if one.photo_url and one.matched_url],
        **_history(case, case.listing.shop, [], is_blind=False, at=at),
    }


def reasons(*, at: datetime) -> list[dict[str, Any]]:
    """Return the nine ready reasons with the rule's text and the points each costs now."""
    labels = dict(Policy.choices)
    return [
        {
            "reason": one,
            "label": labels[one.policy],
            "clause": POLICY_TEXTS[one.policy].clause,
            "text": POLICY_TEXTS[one.policy].text,
            "points": severity_of(policy=one.policy, act=one.act, at=at),
        }
        for one in REASONS
    ]


def undoable(*, user_id: int, at: datetime) -> Undoable | None:
    """Return a person's last ruling while it can be taken back; a second look is one too."""
    since = at - UNDO_LASTS
    made = Decision.objects.first_rulings().filter(by_id=user_id, at__gt=since, appeal=None)
    last = made.select_related("case__listing").order_by("-at", "-pk").first()
    looks = SecondLook.objects.filter(by_id=user_id, answered_at__gt=since)
    look = looks.select_related("case__listing").order_by("-answered_at").first()
    if look is not None and look.answered_at and (last is None or look.answered_at > last.at):
        words = str(Verdict(look.verdict).label)
        return Undoable(look.case_id, look.case.listing.title, words, look.answered_at + UNDO_LASTS)
    if last is None:
        return None
    words = last.get_verdict_display()
    return Undoable(last.case_id, last.case.listing.title, words, last.at + UNDO_LASTS)


def decided_together(case: Case) -> list[int]:
    """Return the cases that were decided in one act with this one, itself included.

    One act has one person and one moment, and is taken back as one.
    """
    last = case.decisions.order_by("-pk").first()
    if last is None or last.by_id is None:
        return [case.pk]
    same = Decision.objects.filter(by_id=last.by_id, at=last.at, verdict=last.verdict)
    return list(same.order_by("case_id").values_list("case_id", flat=True))


def open_proposals() -> int:
    """Return how many decisions wait for a second person."""
    return Proposal.objects.filter(state=ProposalState.OPEN).count()


def _history(
    case: Case, shop: Shop, hidden: list[str], *, is_blind: bool, at: datetime
) -> dict[str, Any]:
    links = sellers.links_of(shop)
    strikes = strikes_of_shop(shop.pk).exclude(decision_ref__in=hidden)
    live = live_strikes(shop.pk, at).exclude(decision_ref__in=hidden)
    decisions = case.decisions.select_related("by", "statement").order_by("pk")
    waiting = Case.objects.filter(listing__shop=shop, state__in=WAITING).exclude(pk=case.pk)
    return {
        "decisions": decisions.none() if is_blind else decisions,
        "earlier": earlier_decisions(case)[:10],
        "live_points": sum(strike.severity for strike in live),
        "strikes": strikes[:10],
        "links": links,
        "linked": Shop.objects.filter(pk__in=links.shop_ids).order_by("pk")[:10],
        "siblings": [
            (one, reverse("admin:cases_case_change", args=[one.pk]))
            for one in waiting.select_related("listing").order_by("-rank", "pk")[:10]
        ],
        "held": stakes.held_for([case.listing_id]),
        "sold": stakes.sold(case.listing_id),
        "well_ended": sellers.completed_orders(shop.pk),
    }
