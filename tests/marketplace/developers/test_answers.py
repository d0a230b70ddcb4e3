"""One shape for all errors, limits that are told, lists by the page, bounded queries."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplace.developers import reference, rules
from marketplace.developers.ground import schema
from marketplace.shops.models import Shop
from tests.factories.accounts import make_user
from tests.factories.developers import Api, make_market, make_token
from tests.factories.listings import make_listing, make_photo, make_variant
from tests.factories.orders import make_goods, make_order
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db

SHAPE = {"type", "title", "status", "detail", "code", "errors", "request_id"}


def problem(answer):
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content
    body = json.loads(answer.content)
    assert set(body) == SHAPE
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["X-Request-ID"]
    return answer.status_code, body["code"]


def test_every_error_has_one_shape(settings):
    api = make_market().api
    raw = {"content_type": "application/json"}
    assert problem(api.get("nowhere")) == (404, "not_found")
    assert problem(api.get("goods/99999999999999999999")) == (404, "not_found")
    assert problem(api.client.get("/api/v2/")) == (404, "not_found")
    assert problem(api.client.get("/api/v1/a%00b")) == (400, "malformed")
    assert problem(api.send("delete", "goods")) == (405, "method_not_allowed")
    assert problem(api.client.options("/api/v1/goods")) == (405, "method_not_allowed")
    accept = {**api.headers, "Accept": "text/html"}
    assert problem(api.client.get("/api/v1/goods", headers=accept)) == (406, "not_acceptable")
    assert problem(api.post("goods", "{", **raw)) == (400, "malformed")
    assert problem(api.post("goods", "[" * 100_000, **raw)) == (400, "malformed")
    assert problem(api.post("goods", "[1]", **raw)) == (422, "invalid")
    assert problem(api.post("goods", "x", content_type="text/plain")) == (
        415,
        "unsupported_media_type",
    )
    assert problem(api.post("goods", " " * 1_000_001, **raw)) == (413, "too_large")
    assert problem(api.get("goods", size=101)) == (422, "invalid")
    assert problem(api.get("goods", colour="red")) == (422, "invalid")
    assert problem(api.get("goods", cursor="nonsense")) == (422, "invalid")
    assert problem(api.get("money/no-such-shop/payouts")) == (404, "not_found")


def test_an_error_names_the_way_to_its_field():
    market = make_market()
    counts = [{"variant_id": market.ids["variants"][0], "counted": 1}, {"variant_id": "7"}]
    errors = market.api.post("stock", {"counts": counts}).json()["errors"]
    assert {one["field"] for one in errors} == {"counts.1.variant_id", "counts.1.counted"}


@pytest.mark.parametrize(
    "text",
    [
        '{"\\ud800": 1}',
        '{"title": "\\udfff"}',
        '{"shop": ["\\ud800"]}',
        '{"counts": [{"\\ud800": 1}]}',
    ],
)
def test_half_a_sign_is_refused_as_what_cannot_be_read(text):
    api = make_market().api
    for path in ("goods", "stock", "webhooks"):
        assert problem(api.post(path, text)) == (400, "malformed")
    whole = {"title": "\U0001f600", "shop": "no", "category": "no"}
    assert problem(api.post("goods", whole)) == (422, "invalid")


def test_a_fault_is_a_problem_too(monkeypatch):
    monkeypatch.setattr(Shop.objects, "open", lambda: 1 / 0)
    answer = Client(raise_request_exception=False).get("/api/v1/catalogue/shops/any")
    assert problem(answer) == (500, "internal_error")


def test_cookies_open_nothing():
    browser = Client()
    browser.force_login(make_user())
    assert problem(browser.get("/api/v1/goods")) == (401, "not_authenticated")


def test_limits_are_told_and_hold_for_token_and_network(settings):
    settings.API_TOKEN_A_MINUTE, settings.API_NETWORK_A_MINUTE = 3, 2
    one, other = Api(make_token()[1]), Api(make_token()[1])
    left = [one.get("me").headers["RateLimit-Remaining"] for _time in range(3)]
    assert left == ["2", "1", "0"]
    refused = one.get("me")
    assert problem(refused) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Limit"] == "3"
    assert other.get("me").status_code == 200
    for expected in (401, 401, 429):  # guesses count too
        assert Api("ewtp_guess").get("me").status_code == expected
    assert Api().get("catalogue/categories").status_code == 429
    elsewhere = Client().get("/api/v1/catalogue/categories", REMOTE_ADDR="198.51.100.9")
    assert elsewhere.status_code == 200


def test_a_list_is_read_page_by_page_while_it_grows():
    owner = make_user()
    shop = make_shop(owner=owner)
    goods = [make_variant(listing=make_listing(shop=shop)).listing_id for _one in range(7)]
    api, seen, cursor = Api(make_token(user=owner)[1]), [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = api.get("goods", size=3, **more).json()
        seen += [row["id"] for row in page["items"]]
        make_variant(listing=make_listing(shop=shop))
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == goods[::-1]


def test_the_whole_catalogue_is_read_newest_first():
    moment = timezone.now()
    goods = [make_variant(listing=make_listing(published_at=moment)).listing_id for _n in range(5)]
    api, seen, cursor = Api(), [], ""
    while cursor is not None:
        page = api.get("catalogue/listings", size=2, **({"cursor": cursor} if cursor else {}))
        seen += [row["id"] for row in page.json()["items"]]
        cursor = page.json()["next"]
    assert seen == goods[::-1]


def test_a_list_costs_the_same_queries_however_many_rows_it_has():
    user = make_user()
    shop = make_shop(owner=user, payout_account_sealed="IBAN 1")
    api = Api(make_token(user=user)[1])
    costs = {"goods": [], "orders": [], "purchases": [], "catalogue/listings": []}
    for rows in (1, 3):  # what a row costs shows with few already
        for _one in range(rows):
            bought = make_order(make_goods(), buyer=user, state="shipped")
            sold = make_order(make_goods(shop=shop), state="shipped")
            for order in (bought, sold):
                make_photo(listing=order.lines.get().variant.listing)
        for path, found in costs.items():
            with CaptureQueriesContext(connection) as queries:
                assert len(api.get(path, size=100).json()["items"]) >= rows
            found.append(len(queries))
    print(costs)
    for found in costs.values():
        # The first use of a token notes its moment.
        assert found[1] <= found[0] <= 16, costs


def test_every_address_of_the_api_is_in_the_reference(client):
    operations = {
        (one.method, one.path) for group in reference.groups() for one in group.operations
    }
    described = {
        (method.upper(), path)
        for path, methods in schema.whole()["paths"].items()
        for method in methods
    }
    assert operations == described
    assert len(operations) >= 32
    for group in reference.groups():
        page = client.get(f"/developers/reference/{group.slug}/")
        assert page.status_code == 200
        for operation in group.operations:
            assert operation.path in page.content.decode()


def test_the_developer_page_explains_every_code(client):
    page = client.get("/developers/").content.decode()
    assert 'curl "http://testserver/api/v1/catalogue/listings' in page
    for code in ("invalid", "key_reused", "sold_out", "scope_missing", "too_many_requests"):
        assert f'id="problem-{code}"' in page


@pytest.mark.parametrize("text", ["", "x", "W10", "WzEsMl0", "WyJhIl0", "é", "W1swXV0", "Wy0xXQ"])
def test_only_cursors_that_were_given_are_read(text):
    with pytest.raises(ValueError, match="cursor"):
        rules.read_cursor(text, count=1)
