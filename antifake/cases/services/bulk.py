"""Deciding one match cluster as one: rehearsed, shown, carried out only as shown.

The preview is no estimate: the decision is made in a savepoint, what it wrote is counted, and
all of it is rolled back. Carrying out does the same and keeps it if the counts are equal.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.cases.models import Case, Decision, Proposal, ProposalKind, ProposalState
from antifake.cases.queries import effects
from antifake.cases.queries.desk import WAITING
from antifake.cases.queries.effects import Effects
from antifake.cases.services import claims, decisions, seconds
from marketplace.errors import MarketplaceError, NotAllowed, WrongState
from marketplace.outbox import services as outbox
from marketplace.trust import services as trust


@dataclass(frozen=True)
class Ruling:
    """What is ruled on every case of a cluster; the same as one case takes."""

    verdict: str
    policy: str = ""
    act: str = ""
    note: str = ""


class Changed(MarketplaceError):
    """The effects are not those that were shown; `effects` are the present ones."""

    def __init__(self, reason: str, now: Effects) -> None:
        super().__init__(reason)
        self.effects = now


class _Rehearsed(Exception):
    def __init__(self, seen: Effects) -> None:
        super().__init__()
        self.seen = seen


def preview(*, case_ids: Collection[int], ruling: Ruling, by_id: int, at: datetime) -> Effects:
    """Return exactly what deciding these cases would do now. Nothing is kept.

    Raises as `decide`, but for the second person: who that is decides nothing here.
    """
    try:
        with transaction.atomic():
            raise _Rehearsed(_carry_out(case_ids, ruling, by_id, second=None, at=at, checked=False))
    except _Rehearsed as rehearsed:
        return rehearsed.seen


@transaction.atomic
def decide_all(
    *,
    case_ids: Collection[int],
    ruling: Ruling,
    expected: Effects,
    by_id: int,
    seconded_by_id: int | None = None,
    at: datetime,
) -> Effects:
    """Decide several cases as one, if that does what was shown; else keep nothing.

    Safe to repeat: what one decided the same way stays, and is counted as done.
    Raises Changed with the present effects when they differ from `expected`, NeedsSecond
    when so many listings or a suspension take two people, else as `decide`.
    """
    if _is_done(case_ids, ruling, by_id):
        return expected
    done = _carry_out(case_ids, ruling, by_id, second=seconded_by_id, at=at, checked=True)
    if done != expected:
        raise Changed(_("Meanwhile the effects have changed. Look again."), done)
    if done.suspended and seconded_by_id is None:
        raise seconds.NeedsSecond(_("This suspends a shop: a second person must agree."))
    outbox.record(
        action="cases.decided_together",
        actor=f"user:{by_id}",
        subject=f"case:{min(case_ids)}",
        data={"case_ids": sorted(case_ids), "effects": done.as_json(), "second": seconded_by_id},
        at=at,
    )
    return done


@transaction.atomic
def propose(
    *,
    case_id: int,
    case_ids: Collection[int],
    ruling: Ruling,
    expected: Effects,
    by_id: int,
    at: datetime,
) -> Proposal:
    """Prepare a decision that takes two people. The cases wait for the second one.

    Safe to repeat: the open proposal about the case is returned. Raises as `decide`.
    """
    claims.locked(case_id=case_id)
    there = Proposal.objects.filter(case_id=case_id, state=ProposalState.OPEN).first()
    if there is not None:
        return there
    now = preview(case_ids=case_ids, ruling=ruling, by_id=by_id, at=at)
    if now != expected:
        raise Changed(_("Meanwhile the effects have changed. Look again."), now)
    mass = seconds.is_mass(listings=len(case_ids), at=at)
    row = Proposal.objects.create(
        kind=ProposalKind.MASS if mass else ProposalKind.CLOSURE,
        case_id=case_id,
        case_ids=sorted(case_ids),
        verdict=ruling.verdict,
        policy=ruling.policy,
        act=ruling.act,
        note=ruling.note.strip(),
        effects=now.as_json(),
        by_id=by_id,
        at=at,
    )
    _put_back(row, by_id)
    _record("proposal.made", row, by_id, at=at)
    return row


@transaction.atomic
def answer_proposal(
    *, proposal_id: int, by_id: int, agreed: bool, expected: Effects, at: datetime
) -> Proposal:
    """Carry out what another proposed, or refuse it; whoever proposed may only take it back.

    Safe to repeat. Raises NotAllowed to the proposer who agrees with himself, Changed when the
    effects differ from those shown, WrongState when it was answered otherwise.
    """
    row = Proposal.objects.select_for_update(no_key=True, of=["self"]).get(pk=proposal_id)
    claims.staff(by_id=by_id)
    outcome = ProposalState.CARRIED if agreed else ProposalState.REFUSED
    if row.state != ProposalState.OPEN:
        if (row.state, row.answered_by_id) == (outcome, by_id):
            return row
        raise WrongState(_("This proposal has been answered."))
    if agreed and row.by_id == by_id:
        raise NotAllowed(_("Somebody else must carry out what you proposed."))
    row.state, row.answered_by_id, row.answered_at = outcome, by_id, at
    row.save(update_fields=["state", "answered_by", "answered_at"])
    if agreed:
        _check_second(row, by_id)
        decide_all(
            case_ids=row.case_ids,
            ruling=ruling_of(row=row),
            expected=expected,
            by_id=row.by_id,
            seconded_by_id=by_id,
            at=at,
        )
    _record(f"proposal.{outcome}", row, by_id, at=at)
    return row


def ruling_of(*, row: Proposal) -> Ruling:
    """Return what a proposal would rule."""
    return Ruling(row.verdict, row.policy, row.act, row.note)


def needs_second(*, ruling: Ruling, shown: Effects, listings: int, at: datetime) -> bool:
    """Say whether deciding this takes two people: many listings, or a shop suspended at once."""
    grave = seconds.suspends(policy=ruling.policy, severity=0, act=ruling.act, at=at)
    removes = bool(shown.removed)
    return removes and (grave or shown.suspended > 0 or seconds.is_mass(listings=listings, at=at))


def _is_done(case_ids: Collection[int], ruling: Ruling, by_id: int) -> bool:
    mine = Decision.objects.first_rulings().filter(
        case__in=case_ids, by_id=by_id, verdict=ruling.verdict
    )
    return mine.count() == len(set(case_ids))


def _carry_out(
    case_ids: Collection[int],
    ruling: Ruling,
    by_id: int,
    *,
    second: int | None,
    at: datetime,
    checked: bool,
) -> Effects:
    cases = _locked(case_ids)
    known = effects.before(cases)
    if checked and second in (None, by_id) and len(cases) > 1:
        _refuse_mass(len(cases), ruling, at=at)
    for case in cases:
        decisions.decide(
            case_id=case.pk,
            verdict=ruling.verdict,
            policy=ruling.policy,
            act=ruling.act,
            note=ruling.note,
            by_id=by_id,
            # A rehearsal asks whether it can be done, not who agrees.
            seconded_by_id=second if checked else seconds.REHEARSAL,
            at=at,
        )
    return effects.after(cases, known)


def _locked(case_ids: Collection[int]) -> Sequence[Case]:
    """Lock the cases, then their shops, each in primary-key order, as single decisions do."""
    waiting = Case.objects.filter(pk__in=case_ids).select_related("listing__shop").order_by("pk")
    cases = list(waiting.select_for_update(no_key=True, of=["self"]))
    if not cases or any(case.state not in WAITING for case in cases):
        raise WrongState(_("Somebody decided one of these cases meanwhile. Look again."))
    for shop_id in sorted({case.listing.shop_id for case in cases}):
        trust.lock_shop(shop_id=shop_id)
    return cases


def _refuse_mass(listings: int, ruling: Ruling, *, at: datetime) -> None:
    if ruling.verdict == "remove" and seconds.is_mass(listings=listings, at=at):
        raise seconds.NeedsSecond(_("So many listings at once take a second person."))


def _check_second(row: Proposal, by_id: int) -> None:
    shops = Case.objects.filter(pk__in=row.case_ids).values_list("listing__shop_id", flat=True)
    for shop_id in shops.distinct():
        claims.check_staff_of(shop_id=shop_id, by_id=by_id)


def _put_back(row: Proposal, by_id: int) -> None:
    mine = Case.objects.filter(pk__in=row.case_ids, claimed_by_id=by_id).order_by("pk")
    for case in mine.select_for_update(no_key=True, of=["self"]):
        claims.put_back(case=case)
        case.save(update_fields=claims.CLAIM_FIELDS)


def _record(action: str, row: Proposal, by_id: int, *, at: datetime) -> None:
    data = {"proposal_id": row.pk, "case_ids": row.case_ids, "verdict": row.verdict}
    subject = f"case:{row.case_id}"
    outbox.record(action=action, actor=f"user:{by_id}", subject=subject, data=data, at=at)
