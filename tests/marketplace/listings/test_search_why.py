"""A seller reads why goods rank where they do; nobody else does."""

import pytest
from django.urls import reverse

from marketplace.listings.models import SearchRow
from marketplace.listings.queries.search import Wish, find
from marketplace.listings.queries.why import why
from marketplace.listings.rules import ranking
from marketplace.listings.services import search
from marketplace.rulebook import queries as rulebook
from tests.factories.accounts import make_person
from tests.factories.listings import make_listing, make_ready_draft, make_variant
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def goods(now):
    """Three listings that answer "oak bowl", in the order in which they rank."""
    shop = make_shop()
    made = []
    for title, text, on_hand in (
        ("Oak bowl", "", 3),
        ("Bowl", "of oak", 3),
        ("Dish", "a bowl of oak", 0),
    ):
        listing = make_listing(shop=shop, title=title, description=text)
        make_variant(listing=listing, on_hand=on_hand)
        made.append(listing)
    search.refresh_all(at=now)
    return made


def test_place_and_factors_are_those_of_the_search_itself(goods, now):
    found = find(Wish(text="oak bowl"), at=now)
    weights = ranking.Weights.of(rulebook.values(ranking.KEYS, at=now))

    assert [row.pk for row in found.rows] == [one.pk for one in goods]
    for place, listing in enumerate(goods, 1):
        told = why(listing, text="oak bowl", at=now)
        assert (told.place, told.total, told.page) == (place, 3, 1)
    told = why(goods[1], text="oak bowl", at=now)
    assert [(word.text, word.where) for word in told.words] == [
        ("oak", "description"),
        ("bowl", "title"),
    ]
    assert told.factors[0].hundredths == (1000 + weights.description_permille) // 2 // 10
    row = SearchRow.objects.get(pk=goods[2].pk)
    product = 1000.0
    for factor in why(goods[2], text="", at=now).factors:
        product *= factor.hundredths / 100
    assert product == pytest.approx(row.rank, rel=0.02)


def test_a_word_that_is_missing_is_named(goods, now):
    told = why(goods[0], text="oak spoon", at=now)

    assert told.place == 0
    assert [(word.text, word.where) for word in told.words] == [
        ("oak", "title"),
        ("spoon", "missing"),
    ]


def test_the_page_tells_the_shops_people_and_nobody_else(client, goods):
    page = reverse("listings:ranking", args=[goods[1].pk])
    assert client.get(page).status_code == 302
    client.force_login(make_person())
    assert client.get(page).status_code == 404
    client.force_login(goods[1].shop.owner)

    answer = client.get(page, {"q": "oak bowl"})

    assert answer.status_code == 200
    text = answer.content.decode()
    assert "Place 2" in text
    assert "in the description only" in text
    assert "Place" not in client.get(page, {"q": "zzzzzz qqqq"}).content.decode()
    assert page in client.get(reverse("listings:mine")).content.decode()


def test_goods_that_are_not_on_sale_have_no_place(client):
    draft = make_ready_draft()
    client.force_login(draft.shop.owner)

    answer = client.get(reverse("listings:ranking", args=[draft.pk]))

    assert "not in search" in answer.content.decode()
