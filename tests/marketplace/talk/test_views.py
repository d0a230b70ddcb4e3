"""The pages over HTTP: a whole conversation, its warnings, and what nobody else may open."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from marketplace.outbox.models import LogEntry
from marketplace.talk.models import Look, Message, Outcome, Report, Thread
from marketplace.talk.services import threads
from tests.factories.accounts import make_staff, make_user
from tests.factories.care import make_dispute
from tests.factories.guests import make_guest
from tests.factories.listings import make_listing
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.pictures import picture
from tests.factories.shops import make_shop
from tests.factories.talk import (
    make_answer,
    make_message,
    make_question,
    make_reply,
    make_report,
    words,
)
from tests.live import prefilled

pytestmark = pytest.mark.django_db


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def page_of(answer, status=200):
    assert answer.status_code == status, answer.content[:300]
    return BeautifulSoup(answer.content, "html.parser")


def write(client, address, text, **more):
    """Open a page and send its message form."""
    page = page_of(client.get(address, follow=True))
    form = next(
        one for one in page.find_all("form") if one.find("textarea", attrs={"name": "text"})
    )
    return client.post(form["action"], {**prefilled(form), "text": text, **more})


@pytest.fixture
def pair():
    seller, buyer = make_user(display_name="Sela"), make_user(display_name="Bo")
    return make_shop(owner=seller), browser(seller), buyer, browser(buyer)


def test_a_conversation_from_the_first_question_to_the_report(pair):
    shop, seller, _buyer, asking = pair
    listing = make_goods(shop=shop).listing
    make_reply(shop, text="Dear {buyer}, it takes {days} days. Order {order}.")
    answer = write(asking, reverse("talk:about_listing", args=[listing.pk]), "Is it blue?")
    thread = Thread.objects.get()
    here = reverse("talk:thread", args=[thread.pk])
    assert answer.url.startswith(here)
    assert "1 new message" in seller.get(reverse("shops:desk")).content.decode()
    assert "Is it blue?" in seller.get(reverse("talk:desk")).content.decode()

    reply = shop.saved_replies.get()
    page = page_of(seller.get(here, {"reply": reply.pk}))
    assert "Dear Bo, it takes" in page.find("textarea").text
    assert write(seller, here, "Yes, as the sky.").status_code == 302

    warned = page_of(write(seller, here, "Or pay me by Western Union"), 422)
    assert "Not sent yet" in warned.text
    assert Message.objects.count() == 2
    form = next(one for one in warned.find_all("form") if one.find("textarea"))
    assert "Or pay me" in form.find("textarea").text
    assert seller.post(here, prefilled(form)).status_code == 302
    assert seller.post(here, prefilled(form)).status_code == 302
    assert Message.objects.count() == 3
    seen = asking.get(here).content.decode()
    assert "is not held safe" in seen
    assert not asking.get(here).context["talk_unread"]

    bad = Message.objects.latest("pk")
    report = reverse("talk:report", args=[bad.pk])
    assert report in seen
    assert asking.post(report, {"reason": "pay_outside", "text": ""}).url == here
    assert Report.objects.get().message == bad


def test_a_guest_writes_about_his_order_and_opens_no_desk():
    guest = make_guest()
    order = make_order(buyer=guest, state="paid_held")
    client = browser(guest)
    assert (
        reverse("talk:about_order", args=[order.pk])
        in client.get(reverse("orders:detail", args=[order.pk])).content.decode()
    )
    address = reverse("talk:about_order", args=[order.pk])
    assert write(client, address, "When does it leave?").status_code == 302
    assert client.get(reverse("talk:desk")).url == reverse("accounts:guest")


def test_news_are_asked_for_and_come_once(pair):
    shop, _seller, buyer, asking = pair
    first = make_message(make_listing(shop=shop), buyer=buyer)
    news = reverse("talk:news", args=[first.thread_id])
    assert asking.get(news, {"after": first.pk}).status_code == 204
    second = make_answer(first)
    page = page_of(asking.get(news, {"after": first.pk}))
    assert f"after={second.pk}" in page.find(id="told")["hx-get"]
    assert asking.get(news, {"after": "x" * 40}).status_code == 200
    assert browser(make_user()).get(news).status_code == 404


def test_a_photo_is_sent_cleaned_and_shown_to_both_sides_alone(pair):
    shop, seller, _buyer, asking = pair
    upload = SimpleUploadedFile("basket.jpg", picture(4), "image/jpeg")
    address = reverse("talk:about_listing", args=[make_listing(shop=shop).pk])
    assert write(asking, address, "", photos=upload).status_code == 302
    name = Message.objects.get().photos.get().name
    address = reverse("talk:photo", args=[name, "thumb"])
    for client in (seller, asking):
        answer = client.get(address)
        assert (answer["Content-Type"], b"".join(answer)[:4]) == ("image/webp", b"RIFF")
    assert browser(make_staff()).get(address).status_code in (302, 404)
    assert browser(make_user()).get(address).status_code == 404
    assert asking.get(reverse("talk:photo", args=[name, "huge"])).status_code == 404


def test_the_list_and_a_talk_cost_the_same_however_much_is_written(
    pair, django_assert_max_num_queries
):
    shop, _seller, buyer, asking = pair
    for _more in range(8):
        make_answer(make_message(make_listing(shop=shop), buyer=buyer))
    asking.get(reverse("talk:mine"))
    with django_assert_max_num_queries(9):
        page_of(asking.get(reverse("talk:mine")))
    thread = Thread.objects.first()
    for _more in range(20):
        make_answer(thread.messages.first())
    asking.get(reverse("talk:thread", args=[thread.pk]))
    with django_assert_max_num_queries(9):
        page_of(asking.get(reverse("talk:thread", args=[thread.pk])))


def test_a_question_is_asked_answered_and_read_by_everybody(pair):
    shop, seller, _buyer, asking = pair
    listing = make_goods(shop=shop).listing
    shown = reverse("talk:questions", args=[listing.pk])
    assert write(asking, reverse("talk:ask", args=[listing.pk]), "How wide?").url == shown
    assert "How wide?" not in Client().get(shown).content.decode()
    assert "has not answered yet" in asking.get(shown).content.decode()
    refused = write(seller, reverse("talk:received"), "Call +250 788 123 456")
    assert "Everybody reads this" in page_of(refused, 422).text
    assert write(seller, reverse("talk:received"), "A hand.").status_code == 302
    for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
        assert "A hand." in Client().get(shown, **headers).content.decode()


def test_saved_replies_are_written_changed_and_deleted(pair):
    shop, seller, _buyer, _asking = pair
    add = reverse("talk:add_reply", args=[shop.pk])
    assert seller.post(add, {"title": "Soon", "text": "In {days} days."}).status_code == 302
    assert seller.post(add, {"title": "Soon", "text": "Other"}).status_code == 422
    reply = shop.saved_replies.get()
    change = reverse("talk:change_reply", args=[reply.pk])
    assert seller.post(change, {"title": "Late", "text": "Sorry."}).status_code == 302
    assert "Sorry." in seller.get(reverse("talk:replies")).content.decode()
    delete = reverse("talk:delete_reply", args=[reply.pk])
    assert seller.post(delete).status_code == 302
    assert not shop.saved_replies.exists()


def test_staff_decide_a_report_and_a_colleague_lifts_the_block():
    report = make_report()
    first, second = browser(make_staff()), browser(make_staff())
    desk = reverse("admin:talk_report_change", args=[report.pk])
    assert "Yes, three of them." in first.get(desk).content.decode()
    decide = reverse("admin:talk_report_decide", args=[report.pk])
    assert first.post(decide, {"outcome": "blocked", "reason": "No"}).status_code == 422
    assert first.post(decide, {"outcome": "blocked", "reason": "Money outside."}).url == desk
    report.refresh_from_db()
    assert report.outcome == Outcome.BLOCKED
    for client, state in ((first, None), (second, "lifted")):
        client.post(reverse("admin:talk_report_lift", args=[report.pk]))
        report.block.refresh_from_db()
        assert (report.block.lifted_at is not None) == (state == "lifted")
    assert "Lifted on" in second.get(desk).content.decode()


def test_staff_withdraw_a_question():
    question = make_question()
    staff = browser(make_staff())
    for name, status in (("withdraw", 302), ("restore", 302)):
        address = reverse(f"admin:talk_question_{name}", args=[question.pk])
        assert staff.post(address, {"reason": "Not about the goods."}).status_code == status
    assert staff.get(reverse("admin:talk_question_change", args=[question.pk])).status_code == 200


def test_a_dispute_shows_what_was_written_and_staff_s_look_is_written_down():
    order = make_order(state="shipped")
    from_buyer = {"order_id": order.pk, "by_id": order.buyer_id, "at": NOON}
    threads.write_about_order(words=words("The rim is loose."), **from_buyer)
    dispute = make_dispute(order)
    for person in (order.buyer, order.shop.owner):
        shown = browser(person).get(reverse("care:dispute", args=[dispute.pk]))
        assert "The rim is loose." in shown.content.decode()
    assert not Look.objects.exists()
    desk = browser(make_staff()).get(reverse("admin:care_dispute_change", args=[dispute.pk]))
    assert "The rim is loose." in desk.content.decode()
    assert Look.objects.get().because == dispute.ref
    assert LogEntry.objects.filter(action="talk.looked_into").count() == 1
