"""Taking a ruling back before anybody was mailed: a new decision that overrides it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.cases import queries, rules
from antifake.cases.models import Appeal, Case, CaseState, Decision, Verdict
from antifake.cases.services import claims
from antifake.cases.services.decisions import next_decision_id
from antifake.cases.services.holds import hold_source, undo_source
from antifake.references import services as references
from marketplace.errors import NotAllowed, WrongState
from marketplace.inbox import services as inbox
from marketplace.listings.models import Withholding
from marketplace.outbox import services as outbox
from marketplace.trust import services as trust


@transaction.atomic
def undo(*, case_id: int, by_id: int, at: datetime) -> Case:
    """Take one's own ruling back within rules.UNDO_LASTS: the case is open again, and one's own.

    What was held from view is held again, a strike is void, and the message to the seller is
    called off before any mail left. Safe to repeat.
    Raises WrongState when the time is over or the seller has answered already, NotAllowed
    to anybody but who decided.
    """
    case = claims.locked(case_id=case_id)
    last = case.decisions.order_by("-pk").first()
    if last is None:
        raise WrongState(_("Nothing was decided."))
    if last.verdict == Verdict.UNDO:
        return case
    _check(last, by_id=by_id, at=at)
    trust.lock_shop(shop_id=case.listing.shop_id)
    number = next_decision_id()
    # First the new hold, then what ends the old one: the listing must not be seen between.
    _hold_again(case, number, at=at)
    taken = Decision(pk=number, case=case, verdict=Verdict.UNDO, by_id=by_id, overrides=last, at=at)
    taken.save(force_insert=True)
    if last.verdict == Verdict.REMOVE:
        trust.restore(decision_ref=last.ref, voided_by_ref=taken.ref, by_id=by_id, at=at)
        references.forget_fake(decision_ref=last.ref, at=at)
    if not inbox.call_off(key=last.message_key, at=at):
        raise WrongState(_("The seller has been told already; this cannot be taken back."))
    case.state = CaseState.OPEN
    claims.take(case=case, by_id=by_id, at=at)
    _tell(case, last, taken, at=at)
    return case


@transaction.atomic
def undo_all(*, case_ids: Collection[int], by_id: int, at: datetime) -> int:
    """Take back a bulk decision, all of it or nothing; else as `undo`. Returns how many."""
    for case_id in sorted(case_ids):
        undo(case_id=case_id, by_id=by_id, at=at)
    return len(case_ids)


def _check(last: Decision, *, by_id: int, at: datetime) -> None:
    if last.by_id != by_id:
        raise NotAllowed(_("Only who decided can take it back."))
    before = last.overrides
    if before is not None and before.verdict != Verdict.UNDO:
        raise WrongState(_("The answer to an appeal stays."))
    if at >= last.at + rules.UNDO_LASTS:
        raise WrongState(_("The time to take it back is over; the seller has been told."))
    if Appeal.objects.filter(decision=last).exists():
        raise WrongState(_("The seller has appealed already; another person answers."))


def _hold_again(case: Case, number: int, *, at: datetime) -> None:
    """Hold what a scan had held; what was on sale while its case waited, stays on sale."""
    held = Withholding.objects.filter(
        listing_id=case.listing_id, source=hold_source(scan_id=case.scan_id)
    ).first()
    if held is None:
        return
    found = queries.evidence_of(case.scan_id)
    sentences = [one.finding.sentence for one in found if one.finding.log_odds > 0]
    trust.hold(
        listing_id=case.listing_id,
        source=undo_source(decision_id=number),
        facts="\n".join(sentences) or held.statement.decision_facts,
        explanation=_(
            "A decision about this listing was taken back at once. It is kept from view until a "
            "person has decided."
        ),
        at=at,
    )


def _tell(case: Case, last: Decision, taken: Decision, *, at: datetime) -> None:
    facts = {
        "case_id": case.pk,
        "decision_id": taken.pk,
        "overrides": last.pk,
        "listing_id": case.listing_id,
        "shop_id": case.listing.shop_id,
    }
    outbox.emit("case.undone", subject=case.ref, data=facts, at=at)
    outbox.record(
        action="case.undone", actor=f"user:{taken.by_id}", subject=case.ref, data=facts, at=at
    )
