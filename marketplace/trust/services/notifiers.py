"""Strikes against those who report others in bad faith: the mirror of a takedown."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.errors import BadInput, NotAllowed
from marketplace.outbox import services as outbox
from marketplace.reasons import services as reasons
from marketplace.reasons.models import AutomatedDecision, SourceType
from marketplace.trust import queries, rules
from marketplace.trust.models import Act, PersonPolicy, Strike
from marketplace.trust.services import sanctions
from marketplace.trust.services.redress import redress


@transaction.atomic
def strike_notifier(
    *, user_id: int, decision_ref: str, act: str, facts: str, by_id: int, at: datetime
) -> Strike:
    """Strike somebody for a notice in bad faith; how much it counts follows from the ladder.

    `decision_ref` names the ruling on the notice, `facts` are read by the person struck. Only a
    person may rule on somebody's good faith. Safe to repeat: the strike is returned.
    Raises BadInput for an unknown act, NotAllowed to all but staff and in one's own case.
    """
    if act not in Act.values:
        raise BadInput(_("Choose how the breach came about."), field="act")
    staff = User.objects.get(pk=by_id)
    if not (staff.is_staff and staff.is_active) or by_id == user_id:
        raise NotAllowed(_("Only staff rule on good faith, and nobody on their own."))
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    there = Strike.objects.filter(decision_ref=decision_ref).first()
    if there is not None:
        return there
    ends = queries.strike_ends(at)
    statement = reasons.state(
        addressee_id=user_id,
        subject=user.ref,
        ground_reference=rules.NOTICE_POLICY.clause,
        explanation=rules.NOTICE_POLICY.text,
        facts=facts,
        category=rules.NOTICE_POLICY.category,
        content_type=list(rules.NOTICE_POLICY.content_type),
        provision=rules.PARTIAL_SUSPENSION,
        source_type=SourceType.VOLUNTARY,
        source=decision_ref,
        automated_detection=False,
        automated_decision=AutomatedDecision.NOT,
        application_date=at,
        end_date=ends,
        redress=redress(at=at),
        at=at,
    )
    policy = PersonPolicy.BAD_FAITH_NOTICE
    strike = Strike.objects.create(
        user=user,
        policy=policy,
        act=act,
        severity=queries.severity_of(policy=policy, act=act, at=at),
        decision_ref=decision_ref,
        statement=statement,
        at=at,
        due_at=ends,
    )
    sanctions.recount_notifier(user_id=user_id, at=at)
    _tell("notifier.struck", strike, by_id=by_id, at=at)
    return strike


@transaction.atomic
def pardon_notifier(*, decision_ref: str, voided_by_ref: str, by_id: int, at: datetime) -> Strike:
    """Undo a strike against a person's notices; all is as if it had never been. Safe to repeat.

    Raises BadInput when the decision struck a shop.
    """
    user_id = Strike.objects.values_list("user_id", flat=True).get(decision_ref=decision_ref)
    if user_id is None:
        raise BadInput(_("This decision struck a shop, not a person."))
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    strike = Strike.objects.get(decision_ref=decision_ref)
    if strike.voided_at is not None:
        return strike
    strike.voided_at, strike.voided_by_ref = at, voided_by_ref
    strike.save(update_fields=["voided_at", "voided_by_ref"])
    sanctions.recount_notifier(user_id=user_id, at=at)
    _tell("notifier.pardoned", strike, by_id=by_id, at=at)
    return strike


def _tell(name: str, strike: Strike, *, by_id: int, at: datetime) -> None:
    ids = {"user_id": strike.user_id, "strike_id": strike.pk}
    subject = f"user:{strike.user_id}"
    outbox.emit(name, subject=subject, data=ids, at=at)
    data = {**ids, "decision_ref": strike.decision_ref}
    outbox.record(action=name, actor=f"user:{by_id}", subject=subject, data=data, at=at)
