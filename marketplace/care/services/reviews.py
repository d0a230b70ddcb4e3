"""Reviews: written once by who bought and received, answered once, withdrawn with reasons.

The counts of a listing and of its shop move with each review in the same transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.care import queries, rules
from marketplace.care.models import ListingStars, Review, ShopStars
from marketplace.care.services import news, steps
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.services import search
from marketplace.orders.models import Order, OrderLine
from marketplace.outbox import services as outbox
from marketplace.reasons import services as reasons_room
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.rulebook import queries as rulebook
from marketplace.shops import queries as shops
from marketplace.shops.rules import Act

CLAUSE = "Terms of the market: reviews tell of goods that were received"
# Constants of the DSA Transparency Database, schema version 2.
REMOVED = "DECISION_VISIBILITY_CONTENT_REMOVED"
CATEGORY = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
TEXT = "CONTENT_TYPE_TEXT"


@transaction.atomic
def post(*, line_id: int, by_id: int, stars: int, text: str, at: datetime) -> Review:
    """Say what one bought and received line is worth; once. Safe to repeat: the first stays.

    Raises NotAllowed for others than the buyer, WrongState before the order has ended or when
    nothing was received, BadInput.
    """
    order_id = OrderLine.objects.values_list("order_id", flat=True).get(pk=line_id)
    order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=order_id)
    if order.buyer_id != by_id:
        raise NotAllowed(_("Only who bought it can review it."))
    known = Review.objects.filter(line_id=line_id).first()
    if known is not None:
        return known
    lines = {line.pk: line for line in queries.reviewable_lines(order)}
    if line_id not in lines:
        raise WrongState(_("You can review goods once you have received them."))
    if stars not in range(1, rules.STARS_MAX + 1):
        raise BadInput(_("Give one to five stars."), "stars")
    text = text.strip()
    if len(text) > rules.REVIEW_LETTERS_MAX:
        raise BadInput(_("Please write a little less."), "text")
    review = Review.objects.create(
        line_id=line_id,
        listing_id=lines[line_id].variant.listing_id,
        shop_id=order.shop_id,
        by_id=by_id,
        stars=stars,
        text=text,
        created_at=at,
    )
    _count(review, 1, at)
    _tell(review, "review.posted", f"user:{by_id}", at)
    news.reviewed(review=review, at=at)
    return review


@transaction.atomic
def answer(*, review_id: int, by_id: int, text: str, at: datetime) -> Review:
    """The shop answers a review, once. Safe to repeat with the same words.

    Raises NotAllowed for others than the shop's owners, WrongState when it was answered or
    withdrawn, BadInput without words.
    """
    review = _locked(review_id)
    shops.require(user_id=by_id, shop_id=review.shop_id, act=Act.EDIT_LISTINGS)
    text = text.strip()
    if not text or len(text) > rules.REVIEW_LETTERS_MAX:
        raise BadInput(_("Write an answer of at most 1,000 letters."), "text")
    if review.answer == text:
        return review
    if review.answer or review.withdrawn_at is not None:
        raise WrongState(_("This review cannot be answered any more."))
    review.answer, review.answered_by_id, review.answered_at = text, by_id, at
    review.save(update_fields=["answer", "answered_by", "answered_at"])
    _tell(review, "review.answered", f"user:{by_id}", at)
    news.answered(review=review, at=at)
    return review


@transaction.atomic
def withdraw(*, review_id: int, by_id: int, by_ref: str, reason: str, at: datetime) -> Review:
    """Staff take a review from view; its author gets the reasons. Safe to repeat.

    `by_ref` names what it follows from (ruling:7, or user:3 of the staff).
    Raises NotAllowed for anybody but staff of neither side, BadInput without a reason.
    """
    review = _locked(review_id)
    _check_judge(review, by_id)
    if review.withdrawn_at is not None:
        return review
    if len(reason.strip()) < rules.TEXT_LETTERS:
        raise BadInput(_("Please write at least a sentence."), "reason")
    review.statement = _state(review, reason.strip(), at)
    review.withdrawn_at, review.withdrawn_by_ref = at, by_ref
    review.save(update_fields=["statement", "withdrawn_at", "withdrawn_by_ref"])
    _count(review, -1, at)
    _tell(review, "review.withdrawn", f"user:{by_id}", at)
    return review


@transaction.atomic
def restore(*, review_id: int, by_id: int, at: datetime) -> Review:
    """Another look showed that a review may stand. Safe to repeat."""
    review = _locked(review_id)
    _check_judge(review, by_id)
    if review.withdrawn_at is None:
        return review
    review.statement, review.withdrawn_at, review.withdrawn_by_ref = None, None, ""
    review.save(update_fields=["statement", "withdrawn_at", "withdrawn_by_ref"])
    _count(review, 1, at)
    _tell(review, "review.restored", f"user:{by_id}", at)
    return review


@transaction.atomic
def recount() -> int:
    """Bring the counts in line with a full recount; return how many rows were wrong."""
    wrong = 0
    kinds = ((ListingStars, "listing_id"), (ShopStars, "shop_id"))
    for model, field in kinds:
        true = queries.recounted(field)
        rows = {getattr(row, field): row for row in model.objects.select_for_update(no_key=True)}
        for pk in sorted(set(true) | set(rows)):
            count, stars_sum = true.get(pk, (0, 0))
            row = rows.get(pk) or model(**{field: pk})
            if (row.count, row.stars_sum) != (count, stars_sum):
                row.count, row.stars_sum = count, stars_sum
                row.save()
                wrong += 1
    return wrong


def _locked(review_id: int) -> Review:
    rows = Review.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("by", "listing", "shop__owner").get(pk=review_id)


def _check_judge(review: Review, by_id: int) -> None:
    steps.require_staff(by_id=by_id)
    if review.by_id == by_id or shops.gains_from(user_id=by_id, shop_id=review.shop_id):
        raise NotAllowed(_("Nobody decides about himself. Ask a colleague."))


def _count(review: Review, step: int, at: datetime) -> None:
    change = {"count": F("count") + step, "stars_sum": F("stars_sum") + step * review.stars}
    ListingStars.objects.get_or_create(listing_id=review.listing_id)
    ListingStars.objects.filter(listing_id=review.listing_id).update(**change)
    ShopStars.objects.get_or_create(shop_id=review.shop_id)
    ShopStars.objects.filter(shop_id=review.shop_id).update(**change)
    stars = queries.stars_of_listing(review.listing_id, at=at)
    search.set_stars(
        listing_id=review.listing_id,
        count=stars.count,
        hundredths=stars.mean_hundredths,
        at=at,
    )


def _state(review: Review, reason: str, at: datetime) -> StatementOfReasons:
    until = at + timedelta(days=rulebook.value("appeals.window_days", at=at))
    with override(review.by.language):
        return reasons_room.state(
            addressee_id=review.by_id,
            subject=f"review:{review.pk}",
            ground_reference=CLAUSE,
            explanation=reason[:2000],
            facts=_("Your review of “%(title)s”, %(stars)d of 5 stars: %(text)s")
            % {"title": review.listing.title, "stars": review.stars, "text": review.text},
            category=CATEGORY,
            content_type=[TEXT],
            visibility=[REMOVED],
            source_type=SourceType.OTHER_NOTIFICATION,
            automated_detection=False,
            automated_decision=AutomatedDecision.NOT,
            application_date=at,
            redress=_(
                "Write to the market's staff until %(until)s, free of charge: another person "
                "looks at it and puts the review back if you are right."
            )
            % {"until": date_format(until, "DATE_FORMAT")},
            at=at,
        )


def _tell(review: Review, name: str, actor: str, at: datetime) -> None:
    data = {
        "review_id": review.pk,
        "listing_id": review.listing_id,
        "shop_id": review.shop_id,
        "stars": review.stars,
    }
    subject = f"review:{review.pk}"
    outbox.record(action=name, actor=actor, subject=subject, data=data, at=at)
    outbox.emit(name, subject=subject, data=data, at=at)
