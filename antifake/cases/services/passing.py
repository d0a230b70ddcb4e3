"""What else can be done with a case than deciding it: pass it on, or ask the seller."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from antifake.cases import rules
from antifake.cases.models import Case, CaseState
from antifake.cases.services import claims
from marketplace.accounts.models import User
from marketplace.errors import BadInput, WrongState
from marketplace.inbox import services as inbox
from marketplace.rulebook import queries as rulebook

# A case that was passed on stands as if it had waited so many of the queue's units longer.
RAISED_BY = 2


@transaction.atomic
def escalate(*, case_id: int, by_id: int, note: str, at: datetime) -> Case:
    """Pass a case on to somebody else, with words for staff alone, higher in the queue.

    Whoever passed it on does not get it again. Safe to repeat. Raises as `claim`.
    """
    case = claims.locked(case_id=case_id)
    if case.escalated_by_id == by_id:
        return case
    _check(case, by_id=by_id, at=at)
    claims.put_back(case=case)
    case.escalated_by_id, case.desk_note = by_id, note.strip()
    case.rank += RAISED_BY
    case.save(update_fields=[*claims.CLAIM_FIELDS, "escalated_by", "desk_note", "rank"])
    claims.write(action="case.passed_on", case=case, actor=f"user:{by_id}", at=at)
    return case


@transaction.atomic
def ask_evidence(*, case_id: int, by_id: int, words: str, at: datetime) -> Case:
    """Ask the seller for evidence; the case rests until it comes or the time is over.

    The time is that of questions about photos (cases.question_days); the deadline to decide
    moves with it. Safe to repeat while it rests. Raises as `claim`, BadInput without words.
    """
    case = claims.locked(case_id=case_id)
    if case.rests_until is not None and case.rests_until > at:
        return case
    _check(case, by_id=by_id, at=at)
    words = words.strip()
    if len(words) < rules.NOTE_LETTERS:
        raise BadInput(_("Tell the seller in a sentence what you need."), field="note")
    claims.put_back(case=case)
    days = rulebook.value("cases.question_days", at=at)
    case.asked_at, case.rests_until = at, at + timedelta(days=days)
    case.due_at = max(case.due_at, case.rests_until + rules.CLAIM_LASTS)
    case.save(update_fields=[*claims.CLAIM_FIELDS, "asked_at", "rests_until", "due_at"])
    claims.write(action="case.asked", case=case, actor=f"user:{by_id}", at=at)
    _tell(case, words, days, at=at)
    return case


def _check(case: Case, *, by_id: int, at: datetime) -> None:
    claims.check_staff(case=case, by_id=by_id)
    if case.state not in (CaseState.OPEN, CaseState.CLAIMED):
        raise WrongState(_("This case is decided."))
    claims.check_claim(case=case, by_id=by_id, at=at)


def _tell(case: Case, words: str, days: int, *, at: datetime) -> None:
    owner = User.objects.get(pk=case.listing.shop.owner_id)
    with override(owner.language or None):
        subject = _("We need something from you about “%(title)s”") % {"title": case.listing.title}
        body = _("%(words)s Send it within %(days)d days; then a person decides.")
    inbox.notify(
        user_id=owner.pk,
        kind="case.asked",
        key=f"case.asked:{case.pk}:{at:%Y%m%d%H%M}",
        subject=subject,
        body=body % {"words": words, "days": days},
        link=reverse("cases:documents"),
        at=at,
    )
