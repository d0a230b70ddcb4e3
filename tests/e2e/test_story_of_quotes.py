"""A quotation from the first question to the paid order, on a phone, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ewtp.demo import world
from marketplace.orders.models import Order, OrderState
from marketplace.quotes.models import Quote, QuoteRequest
from tests.e2e.tour import click_through
from tests.live import until

COFFEE, CLAY = world.SHOPS[0], world.SHOPS[3]
BASKET, LANTERN = "Hand-woven coffee basket, sisal", "Clay lantern with stars"


def send(page: Page, button: str) -> None:
    click_through(page.get_by_role("main").get_by_role("button", name=button, exact=True).first)


def follow(page: Page, link: str) -> None:
    click_through(page.get_by_role("main").get_by_role("link", name=link).first)


def fits(page: Page) -> None:
    """Nothing on the page is wider than the phone."""
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), page.url


def ask(page: Page, title: str, shelf: str) -> None:
    page.goto("/quotes/ask/")
    page.get_by_label("What do you look for?").fill(title)
    page.get_by_label("Say more about it").fill("For twelve rooms, natural colours, 30 cm.")
    page.get_by_label("Category").select_option(label=shelf)
    page.get_by_label("How many?").fill("3")
    fits(page)
    send(page, "Send the request")
    expect(page.get_by_role("main")).to_contain_text("No shop has answered yet.")


def quote(page: Page, title: str, goods: str, price: str) -> None:
    page.goto("/quotes/desk/")
    fits(page)
    follow(page, title)
    follow(page, "Write a quote for")
    page.get_by_label("Your goods").select_option(label=goods)
    page.locator("[name=unit_price]").fill(price)
    page.locator("[name=shipping]").fill("5000")
    page.locator("[name=transit_days]").fill("12")
    fits(page)
    send(page, "Send the quote")
    expect(page.get_by_role("main")).to_contain_text("The buyer has your quote.")
    fits(page)


def story(buyer: Page, first: Page, second: Page, shelf: str) -> Order:
    """A request, two quotes, a question, a new version, the yes, the payment."""
    title = f"Baskets for a hotel {token_hex(3)}"
    ask(buyer, title, shelf)
    quote(first, title, BASKET, "16000")
    quote(second, title, LANTERN, "480")
    request = QuoteRequest.objects.get(title=title)
    buyer.goto(f"/quotes/requests/{request.pk}/")
    expect(buyer.get_by_role("main")).to_contain_text("2 quotes")
    fits(buyer)
    follow(buyer, first_shop(request))
    buyer.get_by_label("Your words").fill("Could three of them cost less?")
    send(buyer, "Send")
    first.reload()
    expect(first.get_by_role("main")).to_contain_text("Could three of them cost less?")
    follow(first, "Send a new version")
    first.locator("[name=unit_price]").fill("14500")
    send(first, "Send the quote")
    buyer.reload()
    expect(buyer.get_by_role("main")).to_contain_text("Version 2")
    fits(buyer)
    follow(buyer, "Accept 3 for")
    if buyer.get_by_label("Who receives it").is_visible():
        buyer.get_by_label("Who receives it").fill("Omar Haddad")
        buyer.get_by_label("Street, town, postcode").fill("Rue du Port 1, Tanger")
    fits(buyer)
    send(buyer, "Accept and pay")
    buyer.wait_for_url("**/checkout/*/")
    order = Order.objects.get(group_id=int(buyer.url.rstrip("/").rpartition("/")[2]))
    until(lambda: Order.objects.get(pk=order.pk).state == OrderState.PAID_HELD, "the payment")
    buyer.goto(f"/orders/{order.pk}/")
    expect(buyer.get_by_role("main")).to_contain_text("At the price agreed in a quote")
    follow(buyer, "At the price agreed in a quote")
    expect(buyer.get_by_role("main")).to_contain_text("Accepted")
    return order


def first_shop(request: QuoteRequest) -> str:
    return Quote.objects.filter(request=request).order_by("pk")[0].shop.name


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_two_shops_quote_one_gives_in_and_the_order_has_exactly_its_price(
    opened: Callable[..., BrowserContext], scripts: bool
):
    mails = (world.BUYERS[8].mail, COFFEE.owner.mail, CLAY.owner.mail)
    pages = [opened(mail, java_script_enabled=scripts).new_page() for mail in mails]
    order = story(*pages, world.CATEGORIES["home"])
    line = order.lines.get()
    assert (line.quantity, line.unit_price_minor) == (3, 14_500)
    assert (order.shipping_minor, order.total_minor) == (5_000, 48_500)
    other = Quote.objects.get(request=Quote.objects.get(order=order).request, order=None)
    assert other.declined_for == "other_chosen"
