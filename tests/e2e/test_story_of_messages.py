"""A buyer asks on the phone, the shop answers with a saved reply, a warning is read, an order made.

Then they write about the order, the shop asks for money outside, and the buyer reports it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ewtp.demo import world
from marketplace.listings.models import Listing
from marketplace.talk.models import Message, Report
from tests.e2e.acts import buy, follow, send
from tests.e2e.tour import Width

BUYER, SHOP = world.BUYERS[6], world.SHOPS[0]
QUESTION = "Are the handles strong enough for firewood?"


@pytest.fixture
def pages(opened: Callable[..., BrowserContext]) -> tuple[Page, Page]:
    """The buyer's phone and the shop's desk."""
    return opened(BUYER.mail).new_page(), opened(SHOP.owner.mail, Width.DESK).new_page()


def write(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    send(page, "Send")


def test_a_question_a_saved_reply_a_warning_an_order_and_a_report(pages):
    phone, desk = pages
    goods = Listing.objects.get(title=SHOP.goods[2].title)

    phone.goto(f"/l/{goods.pk}/message/")
    write(phone, QUESTION)
    expect(phone.get_by_role("main")).to_contain_text(QUESTION)

    desk.goto("/desk/messages/")
    follow(desk, re.compile(BUYER.name))
    expect(desk.get_by_role("main")).to_contain_text(QUESTION)
    desk.get_by_label("Saved reply").select_option(label="Thanks")
    send(desk, "Put it into my message")
    expect(desk.get_by_label("Your message")).to_have_value(re.compile(f"Thank you, {BUYER.name}"))
    send(desk, "Send")

    # The open page asks by itself; nobody presses anything.
    expect(phone.locator(".said")).to_have_count(2, timeout=40_000)

    write(phone, "Great. Call me on +254 712 345 678")
    warning = phone.get_by_role("main").get_by_text("Not sent yet")
    expect(warning).to_be_visible()
    phone.get_by_label("Your message").fill("Great, I order one.")
    send(phone, "Send it all the same")
    expect(phone.locator(".said")).to_have_count(3)
    assert Message.objects.latest("pk").found == []

    order = buy(phone, goods)
    phone.goto(f"/orders/{order.pk}/")
    follow(phone, "Write to the shop")
    write(phone, "When does it leave?")

    desk.goto(f"/orders/{order.pk}/")
    follow(desk, "Write to the buyer")
    write(desk, "Tomorrow. Next time pay me by Western Union, it is cheaper.")
    expect(desk.get_by_role("main")).to_contain_text("Whoever pays outside the market")
    send(desk, "Send it all the same")

    phone.reload()
    expect(phone.get_by_role("main")).to_contain_text("is not held safe")
    follow(phone, re.compile("^Report"))
    phone.get_by_label("I am asked to pay outside the market").check()
    send(phone, "Report it")
    expect(phone.get_by_role("main")).to_contain_text("Our staff read it")
    assert Report.objects.latest("pk").message.thread.order_id == order.pk
