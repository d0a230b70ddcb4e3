"""What people do in more than one story: press, sign up, open a shop, sell, buy, be looked at."""

from __future__ import annotations

import re
from pathlib import Path
from secrets import token_hex

from playwright.sync_api import Page, expect

from marketplace.accounts.models import TraderIdentity
from marketplace.listings.models import Listing
from marketplace.orders.models import Order, OrderState
from marketplace.shops.models import Shop, ShopState
from marketplace.shops.queries import missing_for_opening
from tests.e2e import checks
from tests.e2e.stops import PASSWORD
from tests.e2e.tour import click_through
from tests.live import until
from tests.walks.conftest import IBAN, IDENTITY


def send(page: Page, button: str) -> None:
    """Press a button of the page."""
    page.get_by_role("main").get_by_role("button", name=button, exact=True).first.click()


def press(page: Page, button: str) -> None:
    """Press a button that leads to another page, and wait for that page."""
    click_through(page.get_by_role("main").get_by_role("button", name=button, exact=True).first)


def follow(page: Page, link: str | re.Pattern[str]) -> None:
    """Follow a link of the page, and wait for where it leads."""
    click_through(page.get_by_role("main").get_by_role("link", name=link).first)


def read(page: Page, *words: str) -> None:
    """See that the page says all of this."""
    for said in words:
        expect(page.get_by_role("main")).to_contain_text(said)


def look(page: Page) -> None:
    """See that a page fits its screen and that axe finds nothing, in light and in dark."""
    faults = [*checks.too_wide(page), *checks.axe(page)]
    assert not faults, f"{page.url}\n" + "\n".join(faults)


def sign_up(page: Page, mail: str) -> None:
    """Open an account; the page shows the code that was mailed, as in the demo."""
    page.goto("/account/signup/")
    page.get_by_label("E-mail address").fill(mail)
    page.get_by_label("Password").fill(PASSWORD)
    for box in page.locator("main form input[type=checkbox][required]").all():
        box.check()
    send(page, "Sign up")
    # In the demo no message leaves the machine: the page shows the mailed code itself.
    said = page.get_by_role("main").get_by_text(re.compile(r"code is (\S+)\."))
    code = re.search(r"code is (\S+)\.", said.inner_text())
    page.get_by_label("Code").fill(code[1])
    press(page, "Confirm")
    page.goto("/me/")
    if "/terms/" in page.url:
        press(page, "I accept these terms")
    expect(page).to_have_url("/me/")


def open_shop(seller: Page, staff: Page, name: str = "Owl Corner") -> Shop:
    """A new seller signs up and applies; staff verify and approve in the admin."""
    sign_up(seller, f"seller-{token_hex(4)}@example.org")
    seller.goto("/shops/apply/")
    name = f"{name} {token_hex(4)}"
    seller.locator("[name=name]").fill(name)
    seller.locator("select[name=country]").select_option("DE")
    seller.locator("[name=currency]").select_option("EUR")
    seller.locator("[name=payout_account]").fill(IBAN)
    seller.locator("[name=shipping]").fill("5.00")
    seller.locator("main form button[type=submit]").first.click()
    seller.goto("/me/identity/")
    for field, value in {**IDENTITY, "legal_name": name}.items():
        field_of = seller.locator(f"main [name={field}]")
        if value == "on":
            field_of.check()
        elif field == "country":
            field_of.select_option(value)
        else:
            field_of.fill(value)
    send(seller, "Send for verification")
    identity = TraderIdentity.objects.latest("pk")
    staff.goto(f"/admin/accounts/traderidentity/{identity.pk}/change/")
    staff.get_by_role("button", name="Verify this identity").click()
    until(lambda: not missing_for_opening(Shop.objects.get(name=name)), "the verification")
    shop = Shop.objects.get(name=name)
    staff.goto(f"/admin/shops/shop/{shop.pk}/change/")
    staff.get_by_role("button", name="Approve this shop").click()
    until(lambda: Shop.objects.get(pk=shop.pk).state == ShopState.APPROVED, "the approval")
    return Shop.objects.get(pk=shop.pk)


def put_on_sale(seller: Page, title: str, photo: Path) -> Listing:
    """Fill the one form, with a photo; the check of the goods comes after."""
    seller.goto("/sell/new/")
    seller.locator("main [name=photos]").set_input_files(photo)
    seller.locator("main [name=title]").fill(title)
    seller.locator("main [name=description]").fill("Pine, oiled. 12 cm tall.")
    seller.locator("[name$=-price]").first.fill("25.00")
    seller.locator("[name$=-on_hand]").first.fill("10")
    press(seller, "Put on sale")
    return Listing.objects.filter(title=title).latest("pk")


def buy(buyer: Page, goods: Listing) -> Order:
    """Order one piece and pay; the money is held safe."""
    buyer.goto(f"/l/{goods.pk}/")
    press(buyer, "Add to cart")
    follow(buyer, "Check out")
    press(buyer, "Order and pay")
    buyer.wait_for_url("**/checkout/*/")
    group_id = int(buyer.url.rstrip("/").rpartition("/")[2])
    until(lambda: Order.objects.get(group_id=group_id).state == OrderState.PAID_HELD, "the payment")
    return Order.objects.get(group_id=group_id)
