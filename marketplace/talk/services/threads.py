"""Writing to each other: the first message makes the talk, each form counts once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.models import Listing, ListingState
from marketplace.orders.models import Order
from marketplace.outbox import services as outbox
from marketplace.shops import queries as shops
from marketplace.shops.rules import Act
from marketplace.talk import queries, rules
from marketplace.talk.models import Message, MessagePhoto, Side, Thread
from marketplace.talk.services import limits, news, photos, staff, warnings


@dataclass(frozen=True, slots=True)
class Words:
    """What one form holds. `accepted` are the kinds of leak the writer was warned about."""

    key: str
    text: str
    photos: Sequence[bytes] = ()
    accepted: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What was read from a form: its words, and the kinds of leak in them."""

    key: str
    text: str
    found: list[str]


def send(*, thread_id: int, by_id: int, words: Words, at: datetime) -> Message:
    """Write in a talk; once per key of the form.

    Raises NotAllowed for strangers, WrongState when one cannot write there now or writes too
    much, LeaksFound before the writer has read the warning, BadInput for nothing at all.
    """
    draft = _read(words)
    with photos.PHOTOS.kept(uploads=words.photos) as kept, transaction.atomic():
        return _write(_locked(thread_id), by_id, draft, kept, at)


def ask_about_listing(*, listing_id: int, by_id: int, words: Words, at: datetime) -> Message:
    """A buyer writes to a shop about goods; the first message makes the talk. Else as `send`.

    Raises NotAllowed for guests and for people of the shop itself.
    """
    draft = _read(words)
    with photos.PHOTOS.kept(uploads=words.photos) as kept, transaction.atomic():
        listing = Listing.objects.select_related("shop").get(pk=listing_id)
        _require_buyer(by_id, listing.shop_id)
        thread = queries.thread_about(buyer_id=by_id, listing_id=listing_id)
        if thread is None:
            thread = _first_contact(listing, by_id, at)
        return _write(_locked(thread.pk), by_id, draft, kept, at)


def write_about_order(*, order_id: int, by_id: int, words: Words, at: datetime) -> Message:
    """Either side writes about an order; the first message makes the talk. Else as `send`."""
    draft = _read(words)
    with photos.PHOTOS.kept(uploads=words.photos) as kept, transaction.atomic():
        order = Order.objects.select_related("shop").get(pk=order_id)
        if order.buyer_id != by_id:
            shops.require(user_id=by_id, shop_id=order.shop_id, act=Act.ANSWER_MESSAGES)
        facts = {"buyer_id": order.buyer_id, "shop_id": order.shop_id}
        thread, _made = Thread.objects.get_or_create(
            order_id=order_id, defaults={**facts, "started_at": at, "last_at": at}
        )
        return _write(_locked(thread.pk), by_id, draft, kept, at)


@transaction.atomic
def mark_read(*, thread_id: int, by_id: int, seen_id: int) -> None:
    """Note that a side has read up to a message; what came later stays unread. Safe to repeat.

    Does nothing for strangers.
    """
    thread = Thread.objects.select_for_update(no_key=True).get(pk=thread_id)
    side = queries.side_of(thread, by_id)
    if side is None:
        return
    field = "buyer_unread" if side == Side.BUYER else "shop_unread"
    later = thread.messages.filter(pk__gt=seen_id).exclude(side=side).count()
    if later < getattr(thread, field):
        setattr(thread, field, later)
        thread.save(update_fields=[field])


def _read(words: Words) -> Draft:
    text = words.text.strip()
    if not text and not words.photos:
        raise BadInput(_("Write something, or choose a photo."), "text")
    if len(text) > rules.TEXT_MAX:
        raise BadInput(_("Please write a little less."), "text")
    found = warnings.checked(text=text, accepted=words.accepted)
    return Draft(words.key, text, found)


def _require_buyer(by_id: int, shop_id: int) -> None:
    if shops.works_in(user_id=by_id, shop_id=shop_id):
        raise NotAllowed(_("These are the goods of your own shop."))
    staff.require_account(by_id=by_id)


def _first_contact(listing: Listing, by_id: int, at: datetime) -> Thread:
    """Open a talk about goods on sale; it counts against the scarcest limit."""
    if listing.state != ListingState.LIVE:
        raise WrongState(_("These goods are not on sale now."))
    facts = {"shop_id": listing.shop_id, "started_at": at, "last_at": at}
    found, made = Thread.objects.get_or_create(
        buyer_id=by_id, listing_id=listing.pk, shop_id=listing.shop_id, defaults=facts
    )
    if made:
        limits.take(limit=limits.FIRST_CONTACTS, by_id=by_id, at=at)
    return found


def _locked(thread_id: int) -> Thread:
    threads = Thread.objects.select_for_update(of=("self",), no_key=True)
    return threads.select_related("shop", "buyer", "listing").get(pk=thread_id)


def _write(
    thread: Thread, by_id: int, draft: Draft, kept: Sequence[MessagePhoto], at: datetime
) -> Message:
    side = queries.side_of(thread, by_id)
    if side is None:
        raise NotAllowed(_("Only the buyer and people who answer for the shop write here."))
    known = Message.objects.filter(thread=thread, by_id=by_id, key=draft.key).first()
    if known is not None:
        return known
    silent = queries.why_silent(thread, side=side, by_id=by_id)
    if silent:
        raise WrongState(silent)
    limits.take(limit=limits.MESSAGES, by_id=by_id, at=at)
    message = Message.objects.create(
        thread=thread,
        side=side,
        by_id=by_id,
        key=draft.key,
        text_sealed=draft.text,
        found=draft.found,
        at=at,
    )
    for photo in kept:
        photo.message = message
    MessagePhoto.objects.bulk_create(kept)
    _count(thread, message, at)
    if draft.found:
        data = {"thread_id": thread.pk, "by_id": by_id, "side": side, "found": draft.found}
        outbox.emit("message.flagged", subject=message.ref, data=data, at=at)
    return message


def _count(thread: Thread, message: Message, at: datetime) -> None:
    """Move the counts with the message; the first unread one tells the other side."""
    to_shop = message.side == Side.BUYER
    first = not (thread.shop_unread if to_shop else thread.buyer_unread)
    thread.last_at = max(at, thread.last_at)
    thread.shop_unread += to_shop
    thread.buyer_unread += not to_shop
    thread.unanswered = thread.unanswered + 1 if to_shop else 0
    thread.save(update_fields=["last_at", "shop_unread", "buyer_unread", "unanswered"])
    if first:
        news.written(thread=thread, message=message, at=at)
