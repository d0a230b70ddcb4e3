"""What a public page costs does not grow with the market: queries, bytes, the first visit."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.listings.models import Listing, Photo, Variant
from marketplace.listings.services import search
from tests.factories.listings import make_category
from tests.factories.shops import LONG_AGO, make_shop

pytestmark = pytest.mark.django_db

# Before the first photo: the page itself, style and scripts, as they travel.
FIRST_VISIT_BYTES = 60_000
# Pages go out as they are; a proxy may pack them, so what is counted is the worst case.
PAGE_BYTES = 34_000
QUERIES = {"home": 6, "browse": 6, "category": 7, "search": 9, "listing": 9, "shop": 11}
CARDS_A_PAGE = 24


def goods(number, *, shop, shelf):
    """So many goods on sale, written at once."""
    first = Listing.objects.count()
    made = Listing.objects.bulk_create(
        Listing(
            shop=shop,
            category=shelf,
            title=f"Woven basket of banana leaf, number {first + at}",
            description="Made by hand, from what grows here. " * 10,
            state="live",
            created_at=LONG_AGO,
            posted_at=LONG_AGO,
            published_at=LONG_AGO,
            checked_version=1,
        )
        for at in range(number)
    )
    Variant.objects.bulk_create(
        Variant(listing=one, price_minor=1_000 + one.pk, on_hand=5) for one in made
    )
    Photo.objects.bulk_create(
        Photo(
            listing=one,
            position=0,
            sha256="0" * 64,
            name=f"{one.pk:032x}",
            width=1200,
            height=900,
            added_at=LONG_AGO,
        )
        for one in made
    )
    search.index(listing_ids=[one.pk for one in made], at=LONG_AGO)
    return made


def addresses(listing):
    return {
        "home": reverse("storefront:home"),
        "browse": reverse("storefront:search"),
        "category": reverse("storefront:category", args=[listing.category.slug]),
        "search": reverse("storefront:search") + "?q=woven+basket&stock=1&sort=newest",
        "listing": reverse("storefront:listing", args=[listing.pk]),
        "shop": reverse("storefront:shop", args=[listing.shop.slug]),
    }


def cost(client, path):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(queries), len(answer.content)


def test_a_page_costs_the_same_with_ten_a_hundred_and_a_thousand_goods(client):
    shop, shelf = make_shop(story="Six women weave. " * 10), make_category()
    costs = {}
    made = []
    for number in (10, 90, 900):
        made += goods(number, shop=shop, shelf=shelf)
        costs[len(made)] = {name: cost(client, path) for name, path in addresses(made[0]).items()}
    print(costs)
    for name, most in QUERIES.items():
        queries = {size: costs[size][name][0] for size in costs}
        assert max(queries.values()) <= most, (name, queries)
        assert queries[100] == queries[1_000], (name, queries)
        sizes = {size: costs[size][name][1] for size in costs}
        assert max(sizes.values()) <= PAGE_BYTES, (name, sizes)
        # The pager and longer numbers; never more goods.
        assert abs(sizes[1_000] - sizes[100]) <= 1_000, (name, sizes)


def test_the_first_visit_stays_below_sixty_kilobytes(client):
    made = goods(CARDS_A_PAGE + 1, shop=make_shop(story="We weave. " * 20), shelf=make_category())
    static = Path(settings.BASE_DIR) / "static"
    costs = {}
    for name, path in addresses(made[0]).items():
        page = client.get(path).content.decode()
        linked = re.findall(r'(?:href|src)="[^"]*?/?static/([^"]+?\.(?:css|js))"', page)
        assert len(linked) >= 3, name
        files = [static / re.sub(r"\.[0-9a-f]{12}\.(css|js)$", r".\1", one) for one in linked]
        packed = sum(len(gzip.compress(one.read_bytes())) for one in files)
        costs[name] = packed + len(page.encode())
    print(costs)
    assert max(costs.values()) <= FIRST_VISIT_BYTES, costs


def test_a_visitor_s_page_asks_nothing_about_who_he_is(client):
    made = goods(3, shop=make_shop(), shelf=make_category())
    for path in addresses(made[0]).values():
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        asked = " ".join(one["sql"] for one in queries)
        for table in ("accounts_session", "accounts_user", "orders_cart", "inbox_message"):
            assert table not in asked, path
