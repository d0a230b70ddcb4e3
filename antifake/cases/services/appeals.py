"""The way back: a seller appeals, another person answers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from antifake.cases import queries, rules
from antifake.cases.models import (
    Appeal,
    AppealEvidence,
    AppealState,
    Case,
    CaseState,
    Decision,
    Verdict,
)
from antifake.cases.services import claims, documents
from antifake.cases.services.binding import check_bound
from antifake.references import services as references
from marketplace.accounts import throttles
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox import services as inbox
from marketplace.listings.queries import keeping_sources
from marketplace.listings.services import listing as listings
from marketplace.listings.services import originals
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.shops.queries import require
from marketplace.shops.rules import Act
from marketplace.trust import services as trust

FILES_MOST = 5


def appeal(
    *, decision_id: int, by_id: int, text: str, uploads: Sequence[bytes] = (), at: datetime
) -> Appeal:
    """Ask another person to look at a removal again. Safe to repeat: the first appeal stays.

    `uploads` are photos or PDFs that prove it, FILES_MOST at most: staff's alone, kept encrypted
    and erased after a time. What the platform paid for the shop waits for the answer.
    Raises NotAllowed to all but the shop's owners, WrongState when there is nothing to appeal
    or the time is over, BadInput without words or for a wrong file.
    """
    decision = Decision.objects.select_related("case__listing").get(pk=decision_id)
    require(user_id=by_id, shop_id=decision.case.listing.shop_id, act=Act.APPEAL)
    there = Appeal.objects.filter(decision=decision).first()
    if there is not None:
        return there
    text = text.strip()
    if len(text) < rules.NOTE_LETTERS:
        raise BadInput(_("Tell us in a sentence why the decision is wrong."), field="text")
    _check_open_to_appeal(decision, at=at)
    if len(uploads) > FILES_MOST:
        raise BadInput(_("Choose at most %(most)d files.") % {"most": FILES_MOST}, "proofs")
    if uploads and not throttles.take(limit=documents.SENT, subject=f"user:{by_id}", at=at):
        raise WrongState(_("You have sent a lot in a short time. Please try again tomorrow."))
    with ExitStack() as stack:
        # Files are written before any lock is taken; what fails leaves none behind.
        files = [stack.enter_context(documents.kept(upload=upload)) for upload in uploads]
        return _open(decision_id, by_id=by_id, text=text, files=files, at=at)


@transaction.atomic
def _open(
    decision_id: int, *, by_id: int, text: str, files: Sequence[documents.Kept], at: datetime
) -> Appeal:
    decision = _locked(decision_id)
    there = Appeal.objects.filter(decision=decision).first()
    if there is not None:
        return there
    _check_open_to_appeal(decision, at=at)
    answer_days = rulebook.value("appeals.answer_days", at=at)
    row = Appeal.objects.create(
        decision=decision,
        by_id=by_id,
        text=text,
        at=at,
        due_at=at.astimezone(UTC) + timedelta(days=answer_days),
    )
    shop_id = decision.case.listing.shop_id
    AppealEvidence.objects.bulk_create(
        AppealEvidence(
            appeal=row, document=documents.attach(file=file, shop_id=shop_id, by_id=by_id, at=at)
        )
        for file in files
    )
    trust.wait_for_appeal(decision_ref=decision.ref, at=at)
    decision.case.state = CaseState.APPEALED
    decision.case.save(update_fields=["state"])
    _write("appeal.opened", row, actor_id=by_id, at=at)
    inbox.notify(
        user_id=by_id,
        kind="appeal.opened",
        key=f"appeal.opened:{row.pk}",
        subject=_("We received your appeal"),
        body=_("A person who did not take the decision will answer within %(days)d days.")
        % {"days": answer_days},
        link=reverse("cases:decision", args=[decision.pk]),
        at=at,
    )
    return row


@transaction.atomic
def decide_appeal(*, appeal_id: int, by_id: int, won: bool, answer: str, at: datetime) -> Appeal:
    """Answer an appeal. Won: a new decision overrides the first and everything goes back.

    Safe to repeat: an answered appeal is returned when the outcome is the same.
    Raises NotAllowed to the person who decided first, to people of the shop and to anybody
    but staff; WrongState when it was answered otherwise; BadInput without words.
    """
    decision = _locked(Appeal.objects.values_list("decision_id", flat=True).get(pk=appeal_id))
    row = Appeal.objects.select_for_update(no_key=True, of=["self"]).get(pk=appeal_id)
    outcome = AppealState.WON if won else AppealState.LOST
    if row.state != AppealState.OPEN:
        if (row.state, row.decided_by_id) == (outcome, by_id):
            return row
        raise WrongState(_("This appeal has been answered."))
    claims.check_staff(case=decision.case, by_id=by_id)
    if decision.by_id == by_id:
        raise NotAllowed(_("You took the decision; another person must answer the appeal."))
    check_bound(case=decision.case, verdict=Verdict.ALLOW if won else Verdict.REMOVE)
    answer = answer.strip()
    if len(answer) < rules.NOTE_LETTERS:
        raise BadInput(_("Write the answer in a sentence: the seller will read it."), "answer")
    if won:
        _undo(decision, by_id=by_id, answer=answer, at=at)
    else:
        trust.appeal_lost(decision_ref=decision.ref, at=at)
    row.state, row.decided_by_id, row.decided_at, row.answer = outcome, by_id, at, answer
    row.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    decision.case.state = CaseState.DECIDED
    decision.case.save(update_fields=["state"])
    originals.let_originals_go(source=decision.case.ref, at=at)
    _write("appeal.decided", row, actor_id=by_id, at=at)
    _tell_answer(row, at=at)
    return row


@transaction.atomic
def let_originals_go(*, at: datetime) -> int:
    """Let go the uploads of cases that are over. Returns for how many cases.

    Allowed and too late to take that back; or removed, unappealed, and too late to appeal. An
    answered appeal lets go at once.
    """
    sources = keeping_sources("case")
    ids = [int(source.partition(":")[2]) for source in sources]
    over = [case for case in Case.objects.filter(pk__in=ids) if _is_over(case, at=at)]
    for case in over:
        originals.let_originals_go(source=case.ref, at=at)
    return len(over)


def _is_over(case: Case, *, at: datetime) -> bool:
    if case.state != CaseState.DECIDED:
        return False
    decision = case.decisions.first_rulings().get()
    if decision.verdict == Verdict.ALLOW:
        return at >= decision.at + rules.UNDO_LASTS
    return at > queries.appealable_until(decision)


def _locked(decision_id: int) -> Decision:
    """Return the decision with its case locked: the same lock that `decide` takes."""
    decision = Decision.objects.get(pk=decision_id)
    decision.case = claims.locked(case_id=decision.case_id)
    return decision


def _check_open_to_appeal(decision: Decision, *, at: datetime) -> None:
    if decision.verdict != Verdict.REMOVE:
        raise WrongState(_("This decision restricts nothing; there is nothing to appeal."))
    if at > queries.appealable_until(decision):
        raise WrongState(_("The time to appeal this decision is over."))


def _undo(decision: Decision, *, by_id: int, answer: str, at: datetime) -> None:
    case = decision.case
    overriding = Decision.objects.create(
        case=case, verdict=Verdict.ALLOW, by_id=by_id, note=answer, overrides=decision, at=at
    )
    trust.lock_shop(shop_id=case.listing.shop_id)
    # The content passes the check first, so that it goes on sale when the last source is lifted.
    version = case.scan.content_version
    listings.publish(listing_id=case.listing_id, content_version=version, at=at)
    trust.restore(decision_ref=decision.ref, voided_by_ref=overriding.ref, by_id=by_id, at=at)
    references.forget_fake(decision_ref=decision.ref, at=at)


def _write(name: str, row: Appeal, *, actor_id: int, at: datetime) -> None:
    case = row.decision.case
    facts = {
        "appeal_id": row.pk,
        "decision_id": row.decision_id,
        "case_id": case.pk,
        "listing_id": case.listing_id,
        "shop_id": case.listing.shop_id,
        "state": str(row.state),
    }
    subject = f"case:{case.pk}"
    outbox.emit(name, subject=subject, data=facts, at=at)
    outbox.record(action=name, actor=f"user:{actor_id}", subject=subject, data=facts, at=at)


def _tell_answer(row: Appeal, *, at: datetime) -> None:
    won = row.state == AppealState.WON
    title = row.decision.case.listing.title
    inbox.notify(
        user_id=row.by_id,
        kind="appeal.decided",
        key=f"appeal.decided:{row.pk}",
        subject=(
            _("You won the appeal about “%(title)s”")
            if won
            else _("Your appeal about “%(title)s” was turned down")
        )
        % {"title": title},
        body=row.answer,
        link=reverse("cases:decision", args=[row.decision_id]),
        at=at,
    )
