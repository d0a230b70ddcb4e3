"""Messages: who may write to whom, once a form, counted, told, sealed, never changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message as InboxMessage
from marketplace.listings.models import ListingState
from marketplace.outbox.models import Event, Job
from marketplace.shops.models import ShopState
from marketplace.talk import queries, rules
from marketplace.talk.models import Message, Thread
from marketplace.talk.services import limits, photos, threads
from marketplace.talk.services.warnings import LeaksFound
from tests.factories.accounts import make_person
from tests.factories.guests import make_guest
from tests.factories.listings import make_listing
from tests.factories.orders import NOON, make_order
from tests.factories.pictures import picture
from tests.factories.shops import make_member, make_shop
from tests.factories.talk import make_answer, make_message, refuses, words

pytestmark = pytest.mark.django_db
SECRET = "The blue one with the star"


def write(order, by_id, at=NOON, **more):
    return threads.write_about_order(order_id=order.pk, by_id=by_id, words=words(**more), at=at)


def test_a_message_makes_the_talk_and_the_next_one_joins_it():
    first = make_message()
    again = make_message(first.thread.listing, buyer=first.by)
    assert again.thread_id == first.thread_id
    assert Thread.objects.get().shop_unread == 2


def test_the_same_form_sent_twice_counts_once():
    message = make_message(key="one", photos=[picture(1)])
    again = make_message(message.thread.listing, buyer=message.by, key="one", photos=[picture(1)])
    assert again == message
    assert Message.objects.count() == 1
    assert Thread.objects.get().shop_unread == 1
    assert message.photos.count() == 1


def test_the_words_lie_sealed_and_stand_in_no_note_event_or_job():
    message = make_message(text=SECRET + ", write to me on WhatsApp", accepted=["messenger"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT text_sealed FROM talk_message WHERE id = %s", [message.pk])
        assert SECRET not in cursor.fetchone()[0]
    assert message.text_sealed.startswith(SECRET)
    told = [str(row) for row in InboxMessage.objects.values()]
    told += [str(row) for row in [*Job.objects.values(), *Event.objects.values()]]
    assert not [row for row in told if SECRET in row]


@pytest.mark.parametrize(
    "change", ["text_sealed = text_sealed, at = now()", "side = 'shop'", "found = '{phone}'"]
)
def test_the_database_refuses_to_change_what_was_written(change):
    make_message()
    refuses(f"UPDATE talk_message SET {change}")
    refuses("DELETE FROM talk_message")


def test_owner_and_packer_answer_a_bookkeeper_and_a_stranger_do_not():
    message = make_message()
    thread, shop = message.thread, message.thread.shop
    for role in ("owner", "packer"):
        member = make_member(shop=shop, role=role)
        assert threads.send(thread_id=thread.pk, by_id=member.user_id, words=words(), at=NOON)
        assert thread in queries.threads_for(member.user_id)
    for person in (make_member(shop=shop, role="bookkeeper").user, make_person()):
        assert thread not in queries.threads_for(person.pk)
        with pytest.raises(NotAllowed):
            threads.send(thread_id=thread.pk, by_id=person.pk, words=words(), at=NOON)


def test_a_shop_s_own_people_and_guests_do_not_ask_about_goods():
    listing = make_listing()
    for person in (listing.shop.owner, make_guest()):
        with pytest.raises(NotAllowed):
            make_message(listing, buyer=person)
    assert not Thread.objects.exists()


def test_a_guest_and_the_shop_write_about_the_guest_s_order():
    order = make_order(buyer=make_guest(), state="paid_held")
    asked = write(order, order.buyer_id)
    answered = write(order, order.shop.owner_id)
    assert [asked.side, answered.side] == ["buyer", "shop"]
    assert asked.thread == answered.thread
    with pytest.raises(NotAllowed):
        write(order, make_person().pk)


def test_unread_counts_are_each_side_s_own_and_one_query(django_assert_num_queries):
    asked = make_message()
    make_message(buyer=asked.by)
    answered = make_answer(asked)
    buyer, owner = asked.by, asked.thread.shop.owner
    with django_assert_num_queries(1):
        assert queries.unread_of(buyer.pk) == queries.Unread(bought=1, sold=0)
    assert queries.unread_of(owner.pk) == queries.Unread(bought=0, sold=1)
    for _twice in range(2):
        threads.mark_read(thread_id=asked.thread_id, by_id=buyer.pk, seen_id=answered.pk)
        assert not queries.unread_of(buyer.pk)


def test_what_came_after_the_page_was_shown_stays_unread():
    asked = make_message()
    seen = make_answer(asked)
    make_answer(asked)
    threads.mark_read(thread_id=asked.thread_id, by_id=asked.by_id, seen_id=seen.pk)
    assert queries.unread_of(asked.by_id).bought == 1
    threads.mark_read(thread_id=asked.thread_id, by_id=make_person().pk, seen_id=10**9)
    assert queries.unread_of(asked.by_id).bought == 1


def test_many_unread_messages_are_one_note_to_each_who_answers():
    listing = make_listing()
    make_member(shop=listing.shop, role="packer")
    make_member(shop=listing.shop, role="bookkeeper")
    asked = make_message(listing)
    for _more in range(3):
        make_message(listing, buyer=asked.by)
    assert InboxMessage.objects.filter(kind="talk.message").count() == 2
    threads.mark_read(thread_id=asked.thread_id, by_id=listing.shop.owner_id, seen_id=10**9)
    make_message(listing, buyer=asked.by)
    assert InboxMessage.objects.filter(kind="talk.message").count() == 4


def test_a_buyer_waits_for_an_answer_after_five_messages_about_goods():
    asked = make_message()
    for _more in range(rules.UNANSWERED_MAX - 1):
        make_message(asked.thread.listing, buyer=asked.by)
    with pytest.raises(WrongState, match="once it has answered"):
        make_message(asked.thread.listing, buyer=asked.by)
    make_answer(asked)
    assert make_message(asked.thread.listing, buyer=asked.by)


def test_a_person_makes_few_first_contacts_a_day():
    buyer = make_person()
    for _shop in range(limits.FIRST_CONTACTS.most):
        make_message(buyer=buyer)
    with pytest.raises(WrongState, match="try again later"):
        make_message(buyer=buyer)
    assert Thread.objects.count() == limits.FIRST_CONTACTS.most
    assert make_message(buyer=buyer, at=NOON + timedelta(days=1, minutes=1))


def test_nobody_floods_a_talk_about_an_order():
    order = make_order()
    for _more in range(limits.MESSAGES.most):
        write(order, order.buyer_id)
    with pytest.raises(WrongState, match="try again later"):
        write(order, order.buyer_id)


@pytest.mark.parametrize("state", [ShopState.SUSPENDED, ShopState.CLOSING])
def test_a_shop_that_cannot_sell_takes_no_questions_but_answers_for_its_orders(state):
    asked, order = make_message(), make_order()
    for shop in (asked.thread.shop, order.shop):
        type(shop).objects.filter(pk=shop.pk).update(state=state, closing_from=NOON)
    with pytest.raises(WrongState, match="cannot sell"):
        make_message(asked.thread.listing, buyer=asked.by)
    assert asked.thread in queries.threads_for(asked.by_id)
    assert write(order, order.buyer_id)


def test_goods_that_are_not_on_sale_start_no_talk_but_end_none():
    asked = make_message()
    listing = asked.thread.listing
    type(listing).objects.filter(pk=listing.pk).update(state=ListingState.ENDED)
    with pytest.raises(WrongState, match="not on sale"):
        make_message(listing)
    assert make_message(listing, buyer=asked.by)


def test_a_leak_is_sent_only_after_its_warning_and_keeps_its_mark():
    order = make_order()
    text = "Call +250 788 123 456 and pay by Western Union"
    with pytest.raises(LeaksFound) as warned:
        write(order, order.shop.owner_id, text=text, accepted=["phone"])
    assert {one.kind for one in warned.value.found} == {"phone", "payment"}
    assert not Message.objects.exists()
    sent = write(order, order.shop.owner_id, text=text, accepted=["phone", "payment"])
    assert sent.found == ["phone", "payment"]
    event = Event.objects.get(name="message.flagged")
    assert event.data["found"] == ["phone", "payment"]


def test_an_empty_or_endless_message_is_refused_and_leaves_no_picture():
    order = make_order()
    for text in ("  ", "x" * (rules.TEXT_MAX + 1)):
        with pytest.raises(BadInput):
            write(order, order.buyer_id, text=text)
    many = [picture(1)] * (rules.PHOTOS_AT_ONCE + 1)
    with pytest.raises(BadInput, match="at a time"):
        write(order, order.buyer_id, photos=many)
    with pytest.raises(NotAllowed):
        write(order, make_person().pk, photos=[picture(1)])
    assert not Thread.objects.exists()


def test_a_picture_alone_is_a_message_and_belongs_to_both_sides():
    sent = make_message(text="", photos=[picture(1)])
    photo = sent.photos.get()
    assert default_storage.exists(photos.PHOTOS.file_of(name=photo.name, size="large"))
    shown = {"is_staff": False, "at": NOON}
    for person in (sent.by, sent.thread.shop.owner):
        assert photo in queries.photos_for(user_id=person.pk, **shown)
    assert not queries.photos_for(user_id=make_person().pk, is_staff=True, at=NOON)


def test_two_talks_about_one_thing_cannot_be():
    thread = make_message().thread
    with pytest.raises(IntegrityError), transaction.atomic():
        Thread.objects.create(
            buyer=thread.buyer,
            shop=thread.shop,
            listing=thread.listing,
            started_at=NOON,
            last_at=NOON,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Thread.objects.create(buyer=thread.buyer, shop=make_shop(), started_at=NOON, last_at=NOON)
