"""The price of one piece beside its like: same shelf, brand, condition, currency; other shops."""

import math

import pytest

from antifake.references import services
from antifake.references.queries.prices import pieces_in, price_view
from marketplace.listings.models import ListingState, PriceTier
from tests.factories.listings import make_category, make_listing, make_variant
from tests.factories.shops import LONG_AGO, make_shop

pytestmark = pytest.mark.django_db


def offer(price_minor, *, shop=None, title="Casio watch", **fields):
    variant = {key: fields.pop(key) for key in ("least_quantity",) if key in fields}
    listing = make_listing(shop=shop or make_shop(), title=title, **fields)
    make_variant(listing=listing, price_minor=price_minor, **variant)
    return listing


@pytest.fixture
def shelf():
    return make_category(name="Watches")


@pytest.fixture
def casio():
    return services.register_brand(name="Casio", holder="Casio K. K.", at=LONG_AGO)


@pytest.fixture
def market(shelf, casio):
    """Ten shops that ask 90 to 99 for the like."""
    return [offer(9000 + 100 * number, category=shelf) for number in range(10)]


def test_a_price_stands_beside_the_median_of_its_like(market, shelf, casio):
    view = price_view(offer(900, category=shelf).pk)
    assert (view.unit_minor, view.brand_id, view.like_count) == (900, casio.pk, 10)
    assert math.exp(view.usual_log) == pytest.approx(9450, rel=0.01)


def test_too_few_of_its_like_are_no_comparison(shelf, casio):
    for number in range(7):
        offer(9000 + number, category=shelf)
    assert price_view(offer(900, category=shelf).pk) is None


def test_many_listings_of_one_shop_are_one_voice(shelf, casio):
    shop = make_shop()
    for number in range(20):
        offer(9000 + number, category=shelf, shop=shop)
    assert price_view(offer(900, category=shelf).pk) is None


@pytest.mark.parametrize(
    "unlike",
    [
        {"title": "Used Casio watch"},
        {"title": "Wooden watch"},
        {"title": "Strap for Casio"},
        {"least_quantity": 50},
    ],
)
def test_other_goods_are_not_its_like(market, shelf, unlike):
    assert price_view(offer(900, category=shelf, **unlike).pk) is None


def test_another_shelf_and_another_currency_are_not_its_like(market, shelf):
    assert price_view(offer(900, category=make_category()).pk) is None
    shop = make_shop(currency="JPY")
    assert price_view(offer(900, category=shelf, shop=shop).pk) is None


def test_own_listings_and_those_off_sale_do_not_count(market, shelf):
    mine = market[0]
    offer(1, category=shelf, shop=mine.shop)
    for state in (ListingState.DRAFT, ListingState.WITHHELD):
        offer(1, category=shelf, state=state)
    assert price_view(mine.pk).like_count == 9


def test_a_pack_is_priced_by_the_piece_and_a_near_tier_counts(market, shelf):
    pack = offer(9000, category=shelf, title="Casio watch, pack of 10")
    assert price_view(pack.pk).unit_minor == 900
    listing = offer(9000, category=shelf)
    PriceTier.objects.create(variant=listing.variants.get(), from_quantity=2, price_minor=500)
    assert price_view(listing.pk).unit_minor == 500


def test_a_draft_without_a_price_has_no_view(shelf):
    assert price_view(make_listing(category=shelf).pk) is None
    assert price_view(0) is None


def test_the_number_of_queries_does_not_grow(market, shelf, django_assert_num_queries):
    with django_assert_num_queries(3):
        price_view(market[0].pk)


@pytest.mark.parametrize(
    ("title", "pieces"),
    [
        ("Socks, pack of 10", 10),
        ("Teller 6er Set", 6),
        ("3 x cotton towels", 3),
        ("100 pcs beads", 100),
        ("Casio F-91W", 1),
        ("Set of knives", 1),
        ("Pack of 99999", 1),
    ],
)
def test_pieces_are_read_from_the_title(title, pieces):
    assert pieces_in(title) == pieces
