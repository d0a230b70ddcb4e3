"""What no browser sends by itself must get a clear answer too: never a crash, never a stack."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.listings.models import ListingState
from tests.factories.accounts import make_staff, make_user
from tests.factories.listings import make_category, make_listing, make_photo, make_variant
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db

HUGE = 10**30
ODD_NUMBERS = ["²", "٣", "-1", "0", "1e9", str(HUGE), "9" * 5000, "\x00", "", "1.5", "NaN"]


@pytest.fixture
def client():
    """A browser that shows error pages as people would see them."""
    return Client(raise_request_exception=False)


@pytest.fixture
def seller():
    return make_user(email="seller@example.org")


@pytest.fixture
def shop(seller):
    return make_shop(owner=seller)


@pytest.fixture
def draft(shop):
    return make_listing(shop=shop, state=ListingState.DRAFT)


def rows(**fields):
    return {
        "choice-TOTAL_FORMS": "1",
        "choice-INITIAL_FORMS": "0",
        **{f"choice-0-{name}": value for name, value in fields.items()},
    }


@pytest.mark.parametrize("page", ODD_NUMBERS)
@pytest.mark.parametrize(
    "name",
    ["storefront:search", "inbox:list", "orders:mine", "cases:mine", "listings:mine"],
)
def test_odd_page_numbers_show_a_page(client, seller, shop, name, page):
    client.force_login(seller)
    assert client.get(reverse(name), {"page": page}).status_code in {200, 400}


@pytest.mark.parametrize("number", ODD_NUMBERS)
def test_odd_numbers_in_addresses_are_not_found_or_ignored(client, seller, shop, number):
    client.force_login(seller)
    asked = [
        client.get(reverse("listings:new"), {"shop": number}),
        client.get(reverse("scoring:score"), {"shop": number}),
        client.get(reverse("orders:add"), {"variant_id": number, "quantity": 1}),
        client.get(reverse("orders:add"), {"variant_id": 1, "quantity": number}),
    ]
    assert [answer.status_code for answer in asked if answer.status_code >= 500] == []


@pytest.mark.parametrize(
    "path",
    [
        f"/l/{HUGE}/",
        f"/sell/{HUGE}/",
        f"/sell/shop/{HUGE}/counts/",
        f"/orders/{HUGE}/",
        f"/checkout/{HUGE}/",
        f"/decisions/{HUGE}/",
        "/s/%00/",
        "/reasons/%00/",
    ],
)
def test_ids_that_no_row_can_have_are_not_found(client, seller, path):
    client.force_login(seller)
    assert client.get(path).status_code in {400, 404}


@pytest.mark.parametrize(
    ("name", "args", "data"),
    [
        ("inbox:read", [HUGE], {}),
        ("accounts:delete_address", [HUGE], {}),
        ("orders:quantity", [HUGE], {"quantity": 1}),
        ("orders:pay", [HUGE], {"card": "tok_ok"}),
        ("orders:ship", [HUGE], {}),
        ("cases:appeal", [HUGE], {"text": "It is mine, look at the label."}),
        ("listings:end", [HUGE], {}),
    ],
)
def test_acts_on_ids_that_no_row_can_have_are_refused(client, seller, name, args, data):
    client.force_login(seller)
    assert client.post(reverse(name, args=args), data).status_code in {302, 404}


@pytest.mark.parametrize("value", ODD_NUMBERS)
@pytest.mark.parametrize("field", ["price", "on_hand", "variant", "seen"])
def test_odd_numbers_in_a_row_are_errors_of_the_row(client, seller, draft, field, value):
    client.force_login(seller)
    known = {"name": "red", "price": "12.50", "on_hand": "3"}
    sent = {"title": "Basket", "category": draft.category_id, **rows(**{**known, field: value})}
    assert client.post(reverse("listings:edit", args=[draft.pk]), sent).status_code < 500


@pytest.mark.parametrize("seen", [-HUGE, -(2**62), 2**62, HUGE])
def test_a_made_up_stock_that_was_seen_is_an_error_of_the_row(client, seller, draft, seen):
    variant = make_variant(listing=draft, on_hand=5)
    client.force_login(seller)
    fields = {"variant": variant.pk, "seen": seen, "price": "12.50", "on_hand": "3"}
    sent = {"title": "Basket", "category": draft.category_id, **rows(**fields)}
    assert client.post(reverse("listings:edit", args=[draft.pk]), sent).status_code < 500
    variant.refresh_from_db()
    assert 0 <= variant.on_hand <= 1_000_000


@pytest.mark.parametrize("taken", ODD_NUMBERS)
def test_odd_photo_numbers_take_nothing_off(client, seller, draft, taken):
    photo = make_photo(listing=draft)
    client.force_login(seller)
    sent = {"title": "Basket", "category": draft.category_id, "remove_photo": taken, **rows()}
    assert client.post(reverse("listings:edit", args=[draft.pk]), sent).status_code < 500
    assert draft.photos.get() == photo


@pytest.mark.parametrize("number", ODD_NUMBERS)
def test_the_demo_s_door_knows_no_odd_numbers(client, settings, number):
    settings.DEMO = True
    assert client.post(reverse("accounts:demo"), {"user": number}).status_code == 404


@pytest.mark.parametrize("count", ["-5", "999999999", "x", "", str(HUGE)])
def test_a_made_up_number_of_rows_is_an_error(client, seller, draft, count):
    client.force_login(seller)
    sent = {"title": "Basket", "category": draft.category_id, **rows(name="red")}
    sent["choice-TOTAL_FORMS"] = count
    assert client.post(reverse("listings:edit", args=[draft.pk]), sent).status_code < 500


NUL = "a\x00b"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("accounts:profile", {"display_name": NUL, "country": NUL, "language": NUL}),
        ("accounts:add_address", {"recipient": NUL, "lines": NUL, "country": "GH"}),
        ("shops:apply", {"name": NUL, "country": "GH", "currency": "GHS", "story": NUL}),
        ("orders:checkout", {"cart": NUL, "seen": NUL, "recipient": NUL, "lines": NUL}),
        ("orders:add", {"variant_id": NUL, "quantity": NUL}),
        ("listings:new", {"title": NUL, "description": NUL, "category": NUL, "key": NUL}),
        ("account_login", {"login": NUL, "password": NUL}),
        ("account_signup", {"phone": NUL, "email": NUL, "password1": NUL}),
        ("account_reset_password", {"email": NUL}),
        ("account_request_login_code", {"email": NUL, "phone": NUL}),
        ("account_change_phone", {"phone": NUL}),
        ("account_email", {"email": NUL, "action_add": ""}),
        ("admin:login", {"username": NUL, "password": NUL}),
    ],
)
def test_a_nul_in_a_text_is_an_error_of_the_form(client, shop, seller, name, data):
    make_category()
    if not name.startswith(("account_login", "account_signup", "account_re", "admin")):
        client.force_login(seller)
    if name == "listings:new":
        data = {**data, **rows(name=NUL, price=NUL)}
    assert client.post(reverse(name), data).status_code < 500


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=%00",
        "/search?category=%00",
        "/?x=%00",
        "/account/login/?next=%00",
        "/credit/?shop=%00",
        "/admin/listings/listing/?q=%00",
        "/admin/listings/listing/?title=%00",
        "/admin/accounts/user/?email__startswith=%00",
        "/admin/cases/case/%00/change/",
        "/admin/cases/case/abc/change/",
        "/admin/cases/appeal/abc/change/",
        f"/admin/cases/case/{HUGE}/change/",
        "/admin/cases/scan/abc/change/",
        "/admin/shops/shop/abc/change/",
        "/admin/references/referencephoto/picture/abc.webp",
        "/admin/listings/listing/?p=x&o=9.99.-1",
        "/admin/listings/listing/?shop__owner__password__startswith=a",
    ],
)
def test_odd_addresses_are_answered(client, address):
    client.force_login(make_staff())
    assert client.get(address).status_code < 500


def test_a_nul_that_reaches_the_database_is_a_bad_request(client):
    client.force_login(make_staff())
    assert client.get("/admin/listings/listing/?title=%00").status_code == 400


@pytest.mark.parametrize("act", ["approve", "refuse"])
def test_buttons_of_a_shop_that_is_not_there_are_not_found(client, act):
    client.force_login(make_staff())
    assert client.post(f"/admin/shops/shop/{HUGE}/{act}/", {"reason": "x"}).status_code == 404
    assert client.post(f"/admin/shops/shop/9/{act}/", {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken", "messages"])
def test_a_nul_in_a_cookie_is_refused(client, cookie):
    answer = client.get("/me/", headers={"Cookie": f'{cookie}="abcdefgh\\000ijklmnop"'})
    assert answer.status_code == 400


def test_ending_goods_twice_or_while_withheld_is_no_crash(client, seller, shop):
    client.force_login(seller)
    for state in ListingState.values:
        listing = make_listing(shop=shop, state=state)
        for _again in range(2):
            assert client.post(reverse("listings:end", args=[listing.pk])).status_code == 302
