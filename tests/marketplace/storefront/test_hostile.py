"""Whatever an address holds, a visitor gets a clear page; what is kept from view is nowhere."""

import pytest
from django.urls import reverse

from marketplace.listings.models import Listing, ListingState
from marketplace.listings.services import search
from marketplace.shops.models import Shop, ShopState
from marketplace.storefront import queries
from tests.factories.listings import make_category, make_listing, make_photo, make_variant
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db

PARAMETERS = [
    {"q": "a\x00b"},
    {"q": "x" * 10_240},
    {"q": "词" * 3_000},
    {"q": "' OR 1=1 --"},
    {"q": "\u202e\u0000\ud7ff"},
    {"page": "-1"},
    {"page": "99999999999999999999"},
    {"page": "٣"},
    {"category": "none"},
    {"category": "\x00"},
    {"country": "XX"},
    {"country": "<script>"},
    {"standing": "emperor"},
    {"currency": "EUR", "from": "NaN", "to": "Infinity"},
    {"currency": "EUR", "from": "1e999999", "to": "-1e5"},
    {"currency": "EUR", "from": "9" * 400},
    {"currency": "\u00e9\u00e9\u00e9", "from": "1"},
    {"currency": "ZZZ", "from": "1", "to": "2"},
    {"from": "1", "to": "0"},
    {"sort": "random()"},
    {"stock": "maybe", "nonsense[]": "1"},
]


@pytest.fixture
def market():
    shelf = make_category(slug="bowls", name="Bowls")
    shop = make_shop(slug="potter", name="The Potter", story="We throw clay.")
    goods = make_listing(shop=shop, category=shelf, title="Clay bowl")
    make_variant(listing=goods)
    make_photo(listing=goods)
    return goods


@pytest.mark.parametrize("said", PARAMETERS, ids=lambda said: ascii(said)[:40])
def test_any_search_gets_a_clear_page(client, market, said):
    for path in (
        reverse("storefront:search"),
        reverse("storefront:category", args=["bowls"]),
        reverse("storefront:shop", args=["potter"]),
        reverse("storefront:home"),
    ):
        answer = client.get(path, said)
        assert answer.status_code == 200, path
        assert b"</html>" in answer.content


def test_a_shelf_that_is_not_there_is_not_found(client):
    assert client.get(reverse("storefront:category", args=["none"])).status_code == 404


def test_nothing_a_visitor_types_is_markup(client, market):
    page = client.get(reverse("storefront:search"), {"q": "</title><script>alert(1)</script>"})
    assert b"<script>alert" not in page.content


@pytest.mark.parametrize("number", [2**31, 2**63 - 1, 2**63, 10**30])
def test_a_number_too_large_for_a_key_is_not_found(client, number):
    for name in ("listing", "sitemap_page"):
        parts = ["goods", number] if name == "sitemap_page" else [number]
        assert client.get(reverse(f"storefront:{name}", args=parts)).status_code == 404
    for name in ("keep_wish", "watch"):
        answer = client.post(reverse(f"storefront:{name}", args=[number]))
        assert answer.status_code in (302, 404)


def every_public_page(client, goods):
    paths = [
        reverse("storefront:home"),
        reverse("storefront:search"),
        reverse("storefront:search") + "?q=clay",
        reverse("storefront:category", args=["bowls"]),
        reverse("storefront:shop", args=["potter"]),
        reverse("storefront:listing", args=[make_beside(goods).pk]),
        reverse("storefront:sitemap_page", args=["goods", goods.pk // queries.URLS_A_MAP]),
        reverse("storefront:sitemap_page", args=["shops", goods.shop_id // queries.URLS_A_MAP]),
    ]
    answers = [client.get(path) for path in paths]
    return "".join(
        (b"".join(answer) if answer.streaming else answer.content).decode() for answer in answers
    )


def make_beside(goods):
    """Other goods on the same shelf, on whose page `goods` would be similar."""
    beside = make_listing(category=goods.category, title="Wooden plate")
    make_variant(listing=beside)
    return beside


def test_goods_on_sale_are_everywhere(client, market):
    page = every_public_page(client, market)
    assert page.count("Clay bowl") >= 5
    assert f"/l/{market.pk}/</loc>" in page
    assert "/s/potter/</loc>" in page


@pytest.mark.parametrize("state", sorted(set(ListingState) - {ListingState.LIVE}))
def test_goods_that_are_not_on_sale_are_nowhere(client, market, state, now):
    Listing.objects.filter(pk=market.pk).update(state=state)
    search.index(listing_ids=[market.pk], at=now)  # as every service that changes a state does
    page = every_public_page(client, market)
    assert "Clay bowl" not in page
    assert f"/l/{market.pk}/" not in page


@pytest.mark.parametrize("state", [ShopState.SUSPENDED, ShopState.CLOSED])
def test_a_shop_that_is_not_open_is_nowhere_from_that_moment(client, market, state, now):
    closed = {"closed_at": now, "closing_from": now} if state == ShopState.CLOSED else {}
    Shop.objects.filter(pk=market.shop_id).update(state=state, **closed)
    page = every_public_page(client, market)
    assert "Clay bowl" not in page
    assert "We throw clay." not in page
    assert "/s/potter/" not in page
