"""Questions about goods: asked by anybody with an account, answered once, read by everybody."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.models import Listing
from marketplace.outbox import services as outbox
from marketplace.reasons import services as reasons_room
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.shops import queries as shops
from marketplace.shops.rules import Act
from marketplace.talk import rules
from marketplace.talk.models import Question
from marketplace.talk.services import limits, news, staff, warnings

CLAUSE = "Terms of the market: questions are about the goods"
# Constants of the DSA Transparency Database, schema version 2.
REMOVED = "DECISION_VISIBILITY_CONTENT_REMOVED"
CATEGORY = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
TEXT = "CONTENT_TYPE_TEXT"


@transaction.atomic
def ask(*, listing_id: int, by_id: int, key: str, text: str, at: datetime) -> Question:
    """Ask about goods on sale; once per key of the form.

    Nobody else reads it before the shop has answered: an open question helps no buyer, and an
    empty wall is what advertisers look for.
    Raises NotAllowed for guests and the shop's own people, WrongState for goods not on sale or too
    many questions, BadInput for what everybody may not read.
    """
    listing = Listing.objects.select_related("shop").get(pk=listing_id)
    known = Question.objects.filter(by_id=by_id, key=key).first()
    if known is not None:
        return known
    if shops.works_in(user_id=by_id, shop_id=listing.shop_id):
        raise NotAllowed(_("These are the goods of your own shop."))
    staff.require_account(by_id=by_id)
    if not Listing.objects.live().filter(pk=listing_id).exists():
        raise WrongState(_("These goods are not on sale now."))
    text = _words(text, rules.QUESTION_MAX)
    limits.take(limit=limits.QUESTIONS, by_id=by_id, at=at)
    question, made = Question.objects.get_or_create(
        by_id=by_id,
        key=key,
        defaults={
            "listing_id": listing_id,
            "shop_id": listing.shop_id,
            "text": text,
            "asked_at": at,
        },
    )
    if made and _is_first_waiting(question):
        news.asked(question=question, at=at)
    return question


@transaction.atomic
def answer(*, question_id: int, by_id: int, text: str, at: datetime) -> Question:
    """The shop answers, once; from then on everybody reads both. Safe to repeat the same words.

    Raises NotAllowed for others, WrongState when it was answered or withdrawn, BadInput.
    """
    question = _locked(question_id)
    shops.require(user_id=by_id, shop_id=question.shop_id, act=Act.ANSWER_MESSAGES)
    text = _words(text, rules.ANSWER_MAX)
    if question.answer == text:
        return question
    if question.answer or question.withdrawn_at is not None:
        raise WrongState(_("This question cannot be answered any more."))
    question.answer, question.answered_by_id, question.answered_at = text, by_id, at
    question.save(update_fields=["answer", "answered_by", "answered_at"])
    data = {"question_id": question.pk, "listing_id": question.listing_id}
    outbox.emit("question.answered", subject=question.ref, data=data, at=at)
    news.answered(question=question, at=at)
    return question


@transaction.atomic
def withdraw(*, question_id: int, by_id: int, reason: str, at: datetime) -> Question:
    """Staff take a question and its answer from view; who asked gets the reasons. Safe to repeat.

    Raises NotAllowed for anybody but staff of neither side, BadInput without a reason.
    """
    question = _locked(question_id)
    staff.require_judge(by_id=by_id, people=[question.by_id], shop_id=question.shop_id)
    if question.withdrawn_at is not None:
        return question
    reason = staff.reason(text=reason)
    question.statement = _state(question, reason, at)
    question.withdrawn_at, question.withdrawn_by_id = at, by_id
    question.save(update_fields=["statement", "withdrawn_at", "withdrawn_by"])
    _record("question.withdrawn", question, by_id, at)
    return question


@transaction.atomic
def restore(*, question_id: int, by_id: int, at: datetime) -> Question:
    """Another look showed that a question may stand. Safe to repeat."""
    question = _locked(question_id)
    staff.require_judge(by_id=by_id, people=[question.by_id], shop_id=question.shop_id)
    if question.withdrawn_at is None:
        return question
    if question.withdrawn_by_id == by_id:
        raise NotAllowed(_("Another person looks at it again. Ask a colleague."))
    question.statement, question.withdrawn_at, question.withdrawn_by_id = None, None, None
    question.save(update_fields=["statement", "withdrawn_at", "withdrawn_by"])
    _record("question.restored", question, by_id, at)
    return question


def _locked(question_id: int) -> Question:
    rows = Question.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("by", "listing", "shop__owner").get(pk=question_id)


def _words(text: str, most: int) -> str:
    text = text.strip()
    if len(text) < 2:
        raise BadInput(_("Please write at least a word."), "text")
    if len(text) > most:
        raise BadInput(_("Please write a little less."), "text")
    warnings.require_none(text=text)
    return text


def _is_first_waiting(question: Question) -> bool:
    """Say whether it is the shop's only open one: the others were told of by the first."""
    waiting = Question.objects.filter(shop_id=question.shop_id, answered_at=None, withdrawn_at=None)
    return not waiting.exclude(pk=question.pk).exists()


def _record(action: str, question: Question, by_id: int, at: datetime) -> None:
    data = {"question_id": question.pk, "listing_id": question.listing_id}
    outbox.record(action=action, actor=f"user:{by_id}", subject=question.ref, data=data, at=at)
    outbox.emit(action, subject=question.ref, data=data, at=at)


def _state(question: Question, reason: str, at: datetime) -> StatementOfReasons:
    with override(question.by.language):
        until = date_format(at + timedelta(days=rules.APPEAL_DAYS), "DATE_FORMAT")
        return reasons_room.state(
            addressee_id=question.by_id,
            subject=question.ref,
            ground_reference=CLAUSE,
            explanation=reason[:2000],
            facts=_("Your question about “%(title)s”: %(text)s")
            % {"title": question.listing.title, "text": question.text},
            category=CATEGORY,
            content_type=[TEXT],
            visibility=[REMOVED],
            source_type=SourceType.VOLUNTARY,
            automated_detection=False,
            automated_decision=AutomatedDecision.NOT,
            application_date=at,
            redress=_(
                "Write to the market's staff until %(until)s, free of charge: another person "
                "looks at it and puts the question back if you are right."
            )
            % {"until": until},
            at=at,
        )
