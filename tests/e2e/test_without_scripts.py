"""Whole stories with JavaScript switched off: every form is a form, every link a link."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from antifake.cases.models import Appeal, Case, Decision, Verdict
from antifake.references import services as references
from ewtp.demo import world
from marketplace.listings.models import Listing
from marketplace.orders.models import Order, OrderState
from tests.e2e.acts import open_shop, put_on_sale, send, sign_up
from tests.e2e.stops import PASSWORD
from tests.factories.pictures import picture, resaved
from tests.live import until

BRAND = "Kiefernhain"


@pytest.fixture
def plain(opened: Callable[..., BrowserContext]) -> Callable[[str | None], Page]:
    """Open a phone without JavaScript as somebody, or as a visitor."""
    return lambda mail: opened(mail, java_script_enabled=False).new_page()


def test_a_person_signs_up_signs_out_and_signs_in(plain):
    page = plain(None)
    mail = f"plain-{token_hex(4)}@example.org"
    sign_up(page, mail)
    page.goto("/account/logout/")
    send(page, "Sign out")
    page.goto("/me/")
    page.get_by_label("Phone number or e-mail address").fill(mail)
    page.get_by_label("Password").fill(PASSWORD)
    send(page, "Sign in")
    expect(page).to_have_url("/me/")


def test_a_buyer_searches_fills_the_cart_checks_out_and_pays(plain):
    page = plain(world.BUYERS[0].mail)
    _empty_the_cart(page)
    goods = Listing.objects.live().order_by("pk").first()
    page.goto("/")
    page.get_by_role("searchbox").fill(goods.title)
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("main").get_by_role("link", name=goods.title).first.click()
    page.get_by_label("Quantity").fill("2")
    send(page, "Add to cart")
    expect(page.get_by_role("main")).to_contain_text("It is in your cart.")
    page.get_by_role("main").get_by_role("link", name="Check out").click()
    send(page, "Order and pay")
    page.wait_for_url("**/checkout/*/")
    group_id = int(page.url.rstrip("/").rpartition("/")[2])
    until(lambda: Order.objects.get(group_id=group_id).state == OrderState.PAID_HELD, "the payment")
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Paid, money held safe")


def test_a_visitor_orders_without_an_account_and_then_opens_one(plain):
    page = plain(None)
    page.goto(f"/l/{Listing.objects.live().order_by('pk').first().pk}/")
    send(page, "Add to cart")
    page.get_by_role("main").get_by_role("link", name="Check out").click()
    page.get_by_label("Who receives it").fill("Nora Lind")
    page.get_by_label("E-mail address or phone number").fill(f"nora-{token_hex(4)}@example.org")
    page.get_by_label("Street, town, postcode").fill("Storgatan 1, Stockholm")
    page.get_by_label("Country").select_option("SE")
    send(page, "Show the prices for this address")
    send(page, "Order and pay")
    page.wait_for_url("**/checkout/*/")
    expect(page.get_by_role("main")).to_contain_text("You ordered as a guest.")
    page.goto("/sell/")
    expect(page).to_have_url("/me/guest/")
    send(page, "Open my account")
    code = re.search(r"code is (\S+)\.", page.get_by_role("main").inner_text())
    page.get_by_label("Code").fill(code[1])
    send(page, "Confirm")
    expect(page).to_have_url("/me/")


def _empty_the_cart(page: Page) -> None:
    page.goto("/cart/")
    while page.locator("main input[name=quantity]").count():
        field = page.locator("main input[name=quantity]").first
        field.evaluate("one => { one.min = '0' }")
        field.fill("0")
        field.press("Enter")


def test_a_fake_is_listed_taken_down_in_the_admin_and_appealed(plain, tmp_path):
    photo = _register_brand(tmp_path)
    seller, staff = plain(None), plain(world.STAFF.mail)
    open_shop(seller, staff)
    goods = put_on_sale(seller, f"{BRAND} wooden owl", photo)
    until(lambda: Case.objects.filter(listing=goods).exists(), "the scan to open a case")
    seller.goto("/sell/")
    expect(seller.get_by_role("main")).to_contain_text("Withheld")

    case = Case.objects.get(listing=goods)
    staff.goto(f"/admin/cases/case/{case.pk}/change/")
    send(staff, "Claim this case")
    staff.get_by_text("Say it otherwise").click()
    staff.get_by_label("Rule").select_option("counterfeit")
    staff.get_by_label("How it came about").select_option("knowing")
    staff.get_by_label("Reason in words").fill(f"A copy of {BRAND}'s owl, name and photo.")
    send(staff, "Remove")
    until(lambda: Decision.objects.filter(case=case).exists(), "the decision")
    decision = Decision.objects.get(case=case)
    assert decision.verdict == Verdict.REMOVE

    seller.goto("/decisions/")
    seller.locator(f"main a[href='/decisions/{decision.pk}/']").first.click()
    seller.get_by_label("Why is the decision wrong?").fill("We carve for them since 1990.")
    seller.locator("form[action$='/appeal/'] button").click()
    until(Appeal.objects.filter(decision=decision).exists, "the appeal")
    expect(seller.get_by_role("main")).to_contain_text("We carve for them since 1990.")


def _register_brand(folder: Path) -> Path:
    """A holder's name and photo; return the file a copier would upload."""
    now, original = timezone.now(), picture(77)
    brand = references.register_brand(name=BRAND, holder=BRAND, at=now)
    references.add_reference_photo(brand_id=brand.pk, data=original, at=now)
    copied = folder / "owl.jpg"
    copied.write_bytes(resaved(original))
    return copied
