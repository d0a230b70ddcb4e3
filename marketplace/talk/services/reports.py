"""Reports of messages, what staff decide, and looks of staff into talks, each written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.outbox import services as outbox
from marketplace.reasons import services as reasons_room
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.talk import queries, rules
from marketplace.talk.models import (
    Block,
    Look,
    Message,
    Outcome,
    Report,
    ReportReason,
    Thread,
)
from marketplace.talk.services import limits, news, staff

CLAUSE = "Terms of the market: messages are about trade here, and paid for here"
# Constants of the DSA Transparency Database, schema version 2.
SUSPENDED = "DECISION_PROVISION_PARTIAL_SUSPENSION"
CATEGORY_OF = {
    ReportReason.PAY_OUTSIDE: "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    ReportReason.FRAUD: "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    ReportReason.ABUSE: "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    ReportReason.SPAM: "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
    ReportReason.OTHER: "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
}


@transaction.atomic
def report(*, message_id: int, by_id: int, reason: str, text: str = "", at: datetime) -> Report:
    """Ask staff to look at a message one has received; once. Safe to repeat: the first stays.

    Raises NotAllowed for whoever did not receive it, BadInput for an unknown reason.
    """
    message = queries.reportable(by_id).filter(pk=message_id).first()
    if message is None:
        raise NotAllowed(_("Only who received a message can report it."))
    known = Report.objects.filter(message_id=message_id, by_id=by_id).first()
    if known is not None:
        return known
    if reason not in ReportReason.values:
        raise BadInput(_("Choose a reason."), "reason")
    if len(text.strip()) > rules.NOTE_MAX:
        raise BadInput(_("Please write a little less."), "text")
    limits.take(limit=limits.REPORTS, by_id=by_id, at=at)
    made, new = Report.objects.get_or_create(
        message_id=message_id,
        by_id=by_id,
        defaults={"reason": reason, "text_sealed": text.strip(), "at": at},
    )
    if new:
        data = {
            "report_id": made.pk,
            "message_id": message_id,
            "thread_id": message.thread_id,
            "writer_id": message.by_id,
            "shop_id": message.thread.shop_id,
            "reason": reason,
        }
        outbox.record(
            action="message.reported", actor=f"user:{by_id}", subject=made.ref, data=data, at=at
        )
        outbox.emit("message.reported", subject=made.ref, data=data, at=at)
    return made


@transaction.atomic
def decide(*, report_id: int, by_id: int, outcome: str, reason: str, at: datetime) -> Report:
    """Staff decide about a report: nothing, a warning, or the writer may not write there any more.

    Whoever is blocked gets a statement of reasons; who reported hears how it ended.
    Raises NotAllowed for anybody but staff of neither side, WrongState when it was decided
    otherwise, BadInput without a reason.
    """
    found = _locked(report_id)
    message = found.message
    people = [message.by_id, found.by_id, message.thread.buyer_id]
    staff.require_judge(by_id=by_id, people=people, shop_id=message.thread.shop_id)
    if found.outcome == outcome and outcome != Outcome.OPEN:
        return found
    if found.outcome != Outcome.OPEN:
        raise WrongState(_("This report was decided already."))
    if outcome not in (Outcome.NOTHING, Outcome.WARNED, Outcome.BLOCKED):
        raise BadInput(_("Choose what to do."), "outcome")
    found.note_sealed = staff.reason(text=reason)
    found.outcome, found.decided_by_id, found.decided_at = outcome, by_id, at
    found.save(update_fields=["outcome", "decided_by", "decided_at", "note_sealed"])
    if outcome == Outcome.WARNED:
        _warn(found, at)
    if outcome == Outcome.BLOCKED:
        Block.objects.create(
            writer_id=message.by_id,
            thread=message.thread,
            report=found,
            statement=_state(found, at),
            since=at,
        )
    _thank(found, at)
    data = {"report_id": found.pk, "outcome": outcome, "writer_id": message.by_id}
    _record("report.decided", found.ref, by_id, data, at)
    return found


@transaction.atomic
def lift(*, block_id: int, by_id: int, at: datetime) -> Block:
    """Another person of staff lets a writer write again: an appeal was right. Safe to repeat."""
    block = Block.objects.select_for_update(of=("self",), no_key=True).get(pk=block_id)
    thread = block.thread
    people = [block.writer_id, thread.buyer_id]
    staff.require_judge(by_id=by_id, people=people, shop_id=thread.shop_id)
    if block.lifted_at is not None:
        return block
    if block.report.decided_by_id == by_id:
        raise NotAllowed(_("Another person looks at it again. Ask a colleague."))
    block.lifted_at, block.lifted_by_id = at, by_id
    block.save(update_fields=["lifted_at", "lifted_by"])
    with override(block.writer.language):
        news.tell(
            person=block.writer,
            kind="talk.block_lifted",
            key=f"block:{block.pk}:lifted",
            subject=_("You can write again"),
            body=_("Another person looked at it: you can write to %(shop)s again.")
            % {"shop": thread.shop.name},
            at=at,
        )
    data = {"block_id": block.pk, "writer_id": block.writer_id}
    _record("block.lifted", block.report.ref, by_id, data, at)
    return block


@transaction.atomic
def look_at_report(*, report_id: int, by_id: int, at: datetime) -> list[Message]:
    """Return a reported message with what stands around it; the look is written down."""
    found = Report.objects.select_related("message__thread").get(pk=report_id)
    _look(found.message.thread, by_id, found.ref, at)
    return queries.messages_around(found.message)


@transaction.atomic
def look_at_order(*, order_id: int, by_id: int, because: str, at: datetime) -> list[Message]:
    """Return what both sides of a disputed order wrote; the look of staff is written down.

    `because` names the dispute: dispute:7. Raises NotAllowed for anybody but staff.
    """
    thread = Thread.objects.filter(order_id=order_id).first()
    if thread is None:
        return []
    _look(thread, by_id, because, at)
    return queries.messages_of_order(order_id)


def _look(thread: Thread, by_id: int, because: str, at: datetime) -> None:
    staff.require_judge(by_id=by_id, people=(), shop_id=0)
    Look.objects.create(thread=thread, by_id=by_id, because=because, at=at)
    data = {"because": because}
    outbox.record(
        action="talk.looked_into", actor=f"user:{by_id}", subject=thread.ref, data=data, at=at
    )


def _locked(report_id: int) -> Report:
    rows = Report.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("message__thread__shop", "message__by", "by").get(pk=report_id)


def _record(action: str, subject: str, by_id: int, data: dict[str, Any], at: datetime) -> None:
    outbox.record(action=action, actor=f"user:{by_id}", subject=subject, data=data, at=at)
    outbox.emit(action, subject=subject, data=data, at=at)


def _warn(found: Report, at: datetime) -> None:
    writer = found.message.by
    with override(writer.language):
        news.tell(
            person=writer,
            kind="talk.warned",
            key=f"{found.ref}:warned",
            subject=_("A warning about one of your messages"),
            body=_("Our staff read a message that you wrote on %(date)s: %(why)s")
            % {"date": date_format(found.message.at, "DATE_FORMAT"), "why": found.note_sealed},
            at=at,
        )


def _thank(found: Report, at: datetime) -> None:
    with override(found.by.language):
        news.tell(
            person=found.by,
            kind="talk.report_decided",
            key=f"{found.ref}:decided",
            subject=_("What became of your report"),
            body=_("Thank you. Our staff read the message. %(outcome)s.")
            % {"outcome": found.get_outcome_display()},
            at=at,
        )


def _state(found: Report, at: datetime) -> StatementOfReasons:
    """State the reasons to the writer; the words themselves stay sealed in the talk."""
    message = found.message
    with override(message.by.language):
        until = date_format(at + timedelta(days=rules.APPEAL_DAYS), "DATE_FORMAT")
        return reasons_room.state(
            addressee_id=message.by_id,
            subject=message.ref,
            ground_reference=CLAUSE,
            explanation=found.note_sealed[:2000],
            facts=_("Your message of %(date)s, which its receiver reported: %(reason)s")
            % {
                "date": date_format(message.at, "DATETIME_FORMAT"),
                "reason": found.get_reason_display(),
            },
            category=CATEGORY_OF[ReportReason(found.reason)],
            content_type=["CONTENT_TYPE_TEXT"],
            provision=SUSPENDED,
            source_type=SourceType.OTHER_NOTIFICATION,
            automated_detection=False,
            automated_decision=AutomatedDecision.NOT,
            application_date=at,
            redress=_(
                "Write to the market's staff until %(until)s, free of charge: another person "
                "looks at it and lets you write again if you are right."
            )
            % {"until": until},
            at=at,
        )
