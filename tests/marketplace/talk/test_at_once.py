"""Eight threads at once: one talk, one message a form, counts that add up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from marketplace.inbox.models import Message as InboxMessage
from marketplace.talk.models import Message, Thread
from marketplace.talk.services import threads
from tests.factories.accounts import make_person
from tests.factories.listings import make_listing
from tests.factories.orders import NOON
from tests.factories.talk import words

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(keys):
    listing, buyer = make_listing(), make_person()

    def send(key):
        try:
            told = words(key=key)
            return threads.ask_about_listing(
                listing_id=listing.pk, by_id=buyer.pk, words=told, at=NOON
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(len(keys)) as pool:
        return set(pool.map(send, keys))


def test_one_form_sent_eight_times_at_once_is_one_message():
    assert len(at_once(["one"] * 8)) == 1
    assert Message.objects.count() == 1
    assert Thread.objects.get().shop_unread == 1


def test_five_forms_sent_at_once_are_five_messages_in_one_talk_and_one_note():
    assert len(at_once([f"key-{number}" for number in range(5)])) == 5
    assert Thread.objects.get().shop_unread == 5
    assert InboxMessage.objects.filter(kind="talk.message").count() == 1
