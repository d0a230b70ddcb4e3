"""What buyers find: exact words first, begun and misspelt ones, every script, facets, order."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.listings.queries.search import DEEPEST, Wish, find, newest
from marketplace.listings.services import listing as listings
from marketplace.listings.services import search
from marketplace.shops.models import Standing
from marketplace.shops.services import set_sanction_level
from tests.factories.listings import (
    make_category,
    make_listing,
    make_ready_draft,
    make_statement,
    make_variant,
)
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def on_sale(title, *, price=1250, on_hand=10, **fields):
    listing = make_listing(title=title, **fields)
    make_variant(listing=listing, price_minor=price, on_hand=on_hand)
    return listing


@pytest.fixture
def titles(now):
    return lambda text, **wish: [row.title for row in find(Wish(text=text, **wish), at=now).rows]


def test_all_words_must_be_held_and_the_title_counts_more(titles):
    shop = make_shop()
    on_sale("Red cup", shop=shop, description="goes with a bamboo basket")
    on_sale("Bamboo basket", shop=shop)
    on_sale("Cotton basket", shop=shop)

    assert titles("bamboo basket") == ["Bamboo basket", "Red cup"]


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Bamboo baskets", "basket"),
        ("Canasta de mimbre", "canastas"),
        ("Jabón de oliva", "jabon"),
        ("Cafetière émaillée", "cafetieres emaillees"),
        ("سَلّة خيزران", "السلة"),
        ("وسادات قطن", "وسادة"),
        ("手工竹篮", "竹篮"),
        ("手工竹篮", "篮"),
        ("Vikapu vya ukindu", "kikapu"),
        ("竹のかご", "かご"),
        ("टोकरियाँ", "टोकरियाँ"),
    ],
)
def test_other_forms_and_other_scripts_are_found(titles, title, asked):
    on_sale(title)
    on_sale("Something else")
    on_sale("其他东西")

    assert titles(asked) == [title]


@pytest.mark.parametrize(
    ("asked", "corrected"),
    [
        ("baskte", "basket"),
        ("bskt", ""),
        ("bamboo baskwt", "bamboo basket"),
        ("竹编蓝子", "竹编篮子"),
    ],
)
def test_a_wrong_letter_is_put_right_and_said(now, asked, corrected):
    on_sale("Bamboo basket")
    on_sale("竹编篮子")

    found = find(Wish(text=asked), at=now)

    assert found.corrected == corrected
    assert found.said == asked
    assert bool(found.rows) == bool(corrected)
    assert not find(Wish(text=asked), at=now, literally=True).rows


def test_a_word_that_goods_hold_is_never_put_right(now):
    on_sale("Casket of oak")
    for _ in range(3):
        on_sale("Basket of reed")

    found = find(Wish(text="casket "), at=now)

    assert [row.title for row in found.rows] == ["Casket of oak"]
    assert found.corrected == ""


def test_a_begun_last_word_goes_on(titles):
    on_sale("Bamboo basket")
    on_sale("Bamboo bowl")

    assert titles("bamboo bas") == ["Bamboo basket"]
    assert sorted(titles("bamb")) == ["Bamboo basket", "Bamboo bowl"]


def test_when_no_goods_hold_all_words_those_that_hold_all_but_one_are_said_to_be_so(now):
    on_sale("Blue bamboo basket")
    on_sale("Red bowl")

    found = find(Wish(text="red bamboo basket"), at=now)

    assert [row.title for row in found.rows] == ["Blue bamboo basket"]
    assert found.relaxed


def test_little_words_are_not_needed(titles):
    on_sale("Bamboo basket")

    assert titles("the basket of bamboo") == ["Bamboo basket"]


def test_a_suspended_shop_is_gone_from_search_at_once_and_comes_back(now):
    row = on_sale("Bamboo basket")
    wish = Wish(text="basket")

    set_sanction_level(shop_id=row.shop_id, level=3, at=now)
    gone = find(wish, at=now)
    assert (gone.rows, gone.total, gone.facets.category) == ([], 0, [])
    assert not find(Wish(), at=now).rows
    assert not newest(9)

    set_sanction_level(shop_id=row.shop_id, level=0, at=now)
    assert find(wish, at=now).total == 1


def test_a_withheld_listing_is_gone_at_once(now):
    row = on_sale("Bamboo basket")
    statement = make_statement(listing=row)

    listings.withhold(listing_id=row.pk, source="scan:1", statement_id=statement.pk, at=now)
    assert not find(Wish(text="basket"), at=now).rows

    listings.lift(listing_id=row.pk, source="scan:1", at=now)
    assert find(Wish(text="basket"), at=now).total == 1


def test_each_facet_counts_with_all_the_other_filters(now):
    home, toys = make_category(name="Home"), make_category(name="Toys")
    kenya = make_shop(country="KE", currency="EUR")
    ghana = make_shop(country="GH", currency="EUR", standing=Standing.TRUSTED)
    on_sale("Basket one", shop=kenya, category=home, price=900)
    on_sale("Basket two", shop=kenya, category=toys, price=1500, on_hand=0)
    on_sale("Basket three", shop=ghana, category=home, price=4000)

    def counted(**wish):
        facets = find(Wish(text="basket", **wish), at=now).facets
        return {
            name: {one.value: one.count for one in getattr(facets, name)}
            for name in ("category", "country", "standing", "currency", "in_stock", "price")
        }

    free = counted()
    assert free["category"] == {home.slug: 2, toys.slug: 1}
    assert free["country"] == {"KE": 2, "GH": 1}
    assert free["standing"] == {"new": 2, "trusted": 1}
    assert free["in_stock"] == {"yes": 2, "no": 1}
    assert free["price"] == {"500-999": 1, "1000-1999": 1, "2000-4999": 1}
    chosen = counted(country="KE", category=home.slug)
    assert chosen["country"] == {"KE": 1, "GH": 1}
    assert chosen["category"] == {home.slug: 1, toys.slug: 1}
    assert chosen["in_stock"] == {"yes": 1}
    dear = counted(currency="EUR", price_from_minor=1000)
    assert dear["price"] == free["price"]
    assert dear["country"] == {"KE": 1, "GH": 1}


def test_every_order_is_kept_and_total_tells_all(titles, now):
    shop = make_shop()
    for number, price in enumerate((300, 100, 200)):
        on_sale(
            f"Basket {number}", shop=shop, price=price, published_at=now - timedelta(days=number)
        )

    assert titles("basket", sort="newest") == ["Basket 0", "Basket 1", "Basket 2"]
    assert titles("basket", sort="price_up", currency="EUR") == ["Basket 1", "Basket 2", "Basket 0"]
    assert titles("", sort="price_down", currency="EUR") == ["Basket 0", "Basket 2", "Basket 1"]
    page = find(Wish(text="basket", sort="newest"), at=now, first=1, count=1)
    assert ([row.title for row in page.rows], page.total) == (["Basket 1"], 3)
    assert not find(Wish(text="basket"), at=now, first=DEEPEST).rows


def test_sold_out_goods_come_last(titles):
    shop = make_shop()
    on_sale("Basket sold out", shop=shop, on_hand=0)
    on_sale("Basket there", shop=shop)

    assert titles("basket") == ["Basket there", "Basket sold out"]


def test_a_page_costs_the_same_queries_for_two_goods_as_for_sixty(now):
    shop, shelf = make_shop(), make_category()

    def cost(text):
        find(Wish(text=text), at=now)
        with CaptureQueriesContext(connection) as queries:
            for row in find(Wish(text=text), at=now).rows:
                assert all((row.title, row.shop_name, row.category_name))
                assert row.thumb_url == ""
        return len(queries)

    for number in range(2):
        on_sale(f"Basket {number}", shop=shop, category=shelf)
    few = cost("basket"), cost("")
    for number in range(58):
        on_sale(f"Basket {number}", shop=shop, category=shelf)

    assert (cost("basket"), cost("")) == few
    assert few == (4, 3)


def test_the_clocks_count_of_a_large_market_is_that_of_a_look(now, monkeypatch):
    shop = make_shop()
    for number in range(4):
        on_sale(f"Basket {number}", shop=shop, price=100 * 3**number)
    wishes = [Wish(), Wish(currency="EUR"), Wish(in_stock=True, country="RW")]
    looked = [find(wish, at=now) for wish in wishes]
    monkeypatch.setattr(search, "EXACT_UP_TO", 3)
    search.recount(at=now)

    for wish, before in zip(wishes, looked, strict=True):
        counted = find(wish, at=now)
        assert (counted.total, counted.facets) == (before.total, before.facets)
        assert [row.pk for row in counted.rows] == [row.pk for row in before.rows]


@pytest.mark.parametrize(
    "text", ["", "   ", "!!!", "the", "'; DROP TABLE", "\x00", "%", "a" * 5000]
)
def test_odd_questions_are_answered(now, text):
    make_ready_draft()
    on_sale("Basket")
    find(Wish(text=text, sort="nonsense", category="none"), at=now)


def test_a_shelf_that_is_new_this_minute_is_known_at_once(now):
    on_sale("Basket", category=make_category())
    assert find(Wish(), at=now).total == 1

    on_sale("Basket of willow", category=make_category())

    assert len(find(Wish(text="basket"), at=now).facets.category) == 2
