"""Reads of talks, questions, saved replies and reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from marketplace.listings.models import Listing, ListingState
from marketplace.orders.models import Order
from marketplace.shops.models import Shop, ShopState
from marketplace.shops.queries import may
from marketplace.shops.rules import Act
from marketplace.talk import rules
from marketplace.talk.models import (
    Block,
    Look,
    Message,
    MessagePhoto,
    Outcome,
    Question,
    Report,
    SavedReply,
    Side,
    Thread,
)


@dataclass(frozen=True, slots=True)
class Unread:
    """How many messages a person has not read: as a buyer, and for the shops he answers for."""

    bought: int
    sold: int

    def __bool__(self) -> bool:
        return bool(self.bought or self.sold)


# Threads --------------------------------------------------------------------------------------


def threads_for(user_id: int | None) -> QuerySet[Thread]:
    """Return the talks a person may open: his own, and those of shops for which he answers."""
    if user_id is None:
        return Thread.objects.none()
    return _with_subject(Thread.objects.filter(Q(buyer_id=user_id) | _answered_by(user_id)))


def threads_of_buyer(user_id: int) -> QuerySet[Thread]:
    """Return a person's talks with shops, the latest first."""
    return _with_subject(Thread.objects.filter(buyer_id=user_id)).order_by("-last_at", "-pk")


def threads_of_shops(user_id: int) -> QuerySet[Thread]:
    """Return the talks of shops for which a person answers, the latest first."""
    found = _with_subject(Thread.objects.filter(_answered_by(user_id)))
    return found.order_by("-last_at", "-pk")


def _answered_by(user_id: int) -> Q:
    return Q(shop__in=Shop.objects.where_may(user_id, Act.ANSWER_MESSAGES))


def _with_subject(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    return threads.select_related("shop", "buyer", "listing", "order")


def thread_about(*, buyer_id: int, listing_id: int) -> Thread | None:
    """Return what a buyer and a shop wrote about a listing, if anything."""
    return Thread.objects.filter(buyer_id=buyer_id, listing_id=listing_id).first()


def side_of(thread: Thread, user_id: int | None) -> Side | None:
    """Return for which side a person writes in a talk; None for everybody else."""
    if user_id is not None and thread.buyer_id == user_id:
        return Side.BUYER
    answers = may(user_id=user_id, shop_id=thread.shop_id, act=Act.ANSWER_MESSAGES)
    return Side.SHOP if answers else None


def messages_of(thread: Thread, *, before: int | None = None) -> list[Message]:
    """Return the latest messages of a talk (before a message's id), the oldest first."""
    found = _readable(Message.objects.filter(thread=thread))
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[: rules.A_PAGE])[::-1]


def messages_of_order(order_id: int) -> list[Message]:
    """Return all that was written about an order, the oldest first: evidence in a dispute."""
    return list(_readable(Message.objects.filter(thread__order_id=order_id)).order_by("pk"))


def messages_around(message: Message) -> list[Message]:
    """Return a reported message with what stands around it, the oldest first."""
    told = _readable(Message.objects.filter(thread_id=message.thread_id))
    earlier = list(told.filter(pk__lte=message.pk).order_by("-pk")[: rules.AROUND + 1])
    return [*earlier[::-1], *told.filter(pk__gt=message.pk).order_by("pk")[: rules.AROUND]]


def _readable(messages: QuerySet[Message]) -> QuerySet[Message]:
    return messages.select_related("by").prefetch_related("photos")


def is_news(*, thread_id: int, after: int) -> bool:
    """Say whether anything was written since a message; one look into an index."""
    return Message.objects.filter(thread_id=thread_id, pk__gt=after).exists()


def last_messages(threads: Iterable[Thread]) -> dict[int, Message]:
    """Return the latest message of each talk, by the talk's id, in one query."""
    found = Message.objects.filter(thread__in=[thread.pk for thread in threads])
    return {one.thread_id: one for one in found.order_by("thread_id", "-pk").distinct("thread_id")}


def unread_of(user_id: int) -> Unread:
    """Return how much a person has not read; one query, whatever the number of talks."""
    mine = Q(buyer_id=user_id, buyer_unread__gt=0)
    shops = Q(shop_unread__gt=0) & _answered_by(user_id)
    sums = Thread.objects.filter(mine | shops).aggregate(
        bought=Sum("buyer_unread", filter=mine), sold=Sum("shop_unread", filter=shops)
    )
    return Unread(bought=sums["bought"] or 0, sold=sums["sold"] or 0)


def photos_for(*, user_id: int, is_staff: bool, at: datetime) -> QuerySet[MessagePhoto]:
    """Return the pictures a person may see: of his talks, or as staff of those he looked into."""
    seen = Q(message__thread__in=threads_for(user_id).values("pk"))
    if is_staff:
        looks = Look.objects.filter(by_id=user_id, at__gt=at - rules.LOOK_LASTS)
        seen |= Q(message__thread__in=looks.values("thread_id"))
    return MessagePhoto.objects.filter(seen)


def block_of(*, writer_id: int, buyer_id: int, shop_id: int) -> Block | None:
    """Return what keeps a person from writing in the talks of a buyer with a shop, if anything."""
    blocks = Block.objects.filter(writer_id=writer_id, lifted_at=None)
    found = blocks.filter(thread__buyer_id=buyer_id, thread__shop_id=shop_id)
    return found.select_related("statement").first()


def why_silent(thread: Thread, *, side: Side, by_id: int) -> str:
    """Return why a person cannot write in a talk now; empty when he can. Reading always stays."""
    blocked = block_of(writer_id=by_id, buyer_id=thread.buyer_id, shop_id=thread.shop_id)
    if blocked is not None:
        return _(
            "Our staff decided that you may not write here. The reasons, and how to appeal, are in "
            "your messages. Disputes about orders stay open to you."
        )
    closed = why_closed(thread.shop, about_order=thread.order_id is not None)
    if closed:
        return closed
    more = rules.may_write_more(
        about_order=thread.order_id is not None, unanswered=thread.unanswered
    )
    if side == Side.BUYER and not more:
        return _("The shop has your messages. You can write again once it has answered.")
    return ""


def why_closed(shop: Shop, *, about_order: bool) -> str:
    """Return why nobody can write to a shop now; empty when it is possible."""
    if shop.state == ShopState.CLOSED:
        return _("This shop is closed. You can read what was written.")
    if not about_order and shop.state != ShopState.APPROVED:
        return _("This shop cannot sell now, so it takes no new questions about its goods.")
    return ""


def may_ask(*, user_id: int | None, is_guest: bool, listing: Listing) -> bool:
    """Say whether a person may write about these goods: signed in, and not of the shop itself."""
    if user_id is None or is_guest or listing.state != ListingState.LIVE:
        return False
    return not Shop.objects.worked_in_by(user_id).filter(pk=listing.shop_id).exists()


def order_for(user_id: int) -> QuerySet[Order]:
    """Return the orders about which a person may write."""
    sold = Q(shop__in=Shop.objects.where_may(user_id, Act.ANSWER_MESSAGES))
    return Order.objects.filter(Q(buyer_id=user_id) | sold).select_related("shop", "buyer")


# Questions ------------------------------------------------------------------------------------


def questions_of(listing_id: int, count: int) -> list[Question]:
    """Return the latest answered questions about goods, at most `count`; one query."""
    return list(answered(listing_id)[:count])


def answered(listing_id: int) -> QuerySet[Question]:
    """Return all that everybody may read, the latest answer first."""
    shown = Question.objects.filter(
        listing_id=listing_id, answered_at__isnull=False, withdrawn_at=None
    )
    return shown.select_related("by", "shop").order_by("-answered_at", "-pk")


def asked_by(*, user_id: int, listing_id: int) -> list[Question]:
    """Return the questions of a person about goods that wait for an answer, the latest first."""
    waiting = Question.objects.filter(by_id=user_id, listing_id=listing_id, answered_at=None)
    return list(waiting.filter(withdrawn_at=None).order_by("-pk")[:5])


def questions_for(user_id: int) -> QuerySet[Question]:
    """Return the questions that a person may answer or has answered, waiting ones first."""
    shops = Shop.objects.where_may(user_id, Act.ANSWER_MESSAGES)
    found = Question.objects.filter(shop__in=shops, withdrawn_at=None)
    return found.select_related("listing", "shop", "by").order_by(
        F("answered_at").desc(nulls_first=True), "pk"
    )


def waiting_questions(user_id: int) -> int:
    """Return how many questions wait for this person's shops."""
    return questions_for(user_id).filter(answered_at=None).count()


# Saved replies --------------------------------------------------------------------------------


def replies_of(shop_id: int) -> QuerySet[SavedReply]:
    """Return a shop's saved replies by title."""
    return SavedReply.objects.filter(shop_id=shop_id)


def replies_for(user_id: int) -> QuerySet[SavedReply]:
    """Return the saved replies of the shops for which a person answers."""
    shops = Shop.objects.where_may(user_id, Act.ANSWER_MESSAGES)
    return SavedReply.objects.filter(shop__in=shops).select_related("shop")


# Reports --------------------------------------------------------------------------------------


def reportable(user_id: int) -> QuerySet[Message]:
    """Return the messages a person has received, and so may report."""
    received = Q(thread__buyer_id=user_id, side=Side.SHOP)
    shops = Shop.objects.where_may(user_id, Act.ANSWER_MESSAGES)
    received |= Q(thread__shop__in=shops, side=Side.BUYER)
    return Message.objects.filter(received).select_related("thread__shop", "by")


def report_desk() -> QuerySet[Report]:
    """Return all reports, those that wait on top, the oldest of them first."""
    rows = Report.objects.select_related("message__thread__shop", "message__by", "by")
    return rows.order_by(F("decided_at").desc(nulls_first=True), "pk")


def reports_against(writer_id: int) -> dict[str, int]:
    """Return how many reports a writer has had, by outcome."""
    rows = Report.objects.filter(message__by_id=writer_id).values("outcome")
    counted = {row["outcome"]: row["n"] for row in rows.annotate(n=Count("pk")).order_by()}
    return {str(one.label): counted.get(one.value, 0) for one in Outcome}
