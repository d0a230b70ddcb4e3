"""Talks, questions, saved replies and reports as small as they can be, made by the services."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from marketplace.talk.models import Message, MessagePhoto, Question, Report, SavedReply
from marketplace.talk.services import questions, replies, reports, threads
from marketplace.talk.services.threads import Words
from tests.factories.accounts import make_person
from tests.factories.listings import make_listing
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.pictures import picture


def refuses(statement, match="never changed"):
    """Assert that the database itself refuses a statement."""
    with (
        pytest.raises(IntegrityError, match=match),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def words(text="Is it still there?", **more) -> Words:
    """What one form holds, with a key of its own."""
    more.setdefault("key", str(uuid.uuid4()))
    return Words(text=text, **more)


def make_message(listing=None, *, buyer=None, at=NOON, **more) -> Message:
    """A buyer's message about goods."""
    listing = listing or make_listing()
    buyer = buyer or make_person()
    return threads.ask_about_listing(
        listing_id=listing.pk, by_id=buyer.pk, words=words(**more), at=at
    )


def make_answer(message=None, *, at=NOON, **more) -> Message:
    """The shop's answer to a message."""
    message = message or make_message(at=at)
    more.setdefault("text", "Yes, three of them.")
    owner_id = message.thread.shop.owner_id
    return threads.send(thread_id=message.thread_id, by_id=owner_id, words=words(**more), at=at)


def make_question(listing=None, *, by=None, text="How wide is it?", at=NOON) -> Question:
    """A question that waits for its answer."""
    listing = listing or make_listing()
    by = by or make_person()
    return questions.ask(
        listing_id=listing.pk, by_id=by.pk, key=str(uuid.uuid4()), text=text, at=at
    )


def make_reply(shop, *, title="Thanks", text="Thank you, {buyer}!", at=NOON) -> SavedReply:
    """A saved reply of a shop."""
    return replies.add(shop_id=shop.pk, by_id=shop.owner_id, title=title, text=text, at=at)


def make_report(message=None, *, reason="fraud", at=NOON) -> Report:
    """The buyer's report of a message of the shop."""
    message = message or make_answer(at=at)
    by_id = message.thread.buyer_id
    return reports.report(message_id=message.pk, by_id=by_id, reason=reason, at=at)


def one_of_each(shop, buyer) -> dict[str, object]:
    """One of everything of this room between a shop and a buyer, by the name of its id."""
    at = timezone.now()
    order = make_order(make_goods(shop=shop), buyer=buyer, at=at)
    listing = make_listing(shop=shop)
    asked = make_message(listing, buyer=buyer, at=at, photos=[picture(9)])
    answered = make_answer(asked, at=at)
    reported = make_report(answered, at=at)
    return {
        "talk": asked.thread_id,
        "talk_photo": MessagePhoto.objects.get(message=asked).name,
        "answered_message": answered.pk,
        "talk_listing": listing.pk,
        "talk_order": order.pk,
        "question": make_question(listing, by=buyer, at=at).pk,
        "reply": make_reply(shop, at=at).pk,
        "talk_report": reported.pk,
    }
