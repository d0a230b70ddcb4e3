"""What changes many goods in one transaction takes all its locks in order, before any change."""

import threading
import time

import pytest
from django.db import connection, transaction

from marketplace.listings.importing import services, steps
from marketplace.listings.models import SearchRow, Variant
from marketplace.listings.services import search
from marketplace.shops.models import Shop
from tests.factories.developers import make_market
from tests.factories.importing import HEAD, a_row, checked, csv_of, imported, work
from tests.factories.listings import make_category, make_listing, make_variant
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db(transaction=True)
_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def shop():
    make_category(slug="home", name="Home")
    return make_shop()


def two_choices(shop, at):
    """Choices of two goods on sale, the lower primary key first."""
    pair = [make_variant(listing=make_listing(shop=shop, title=t), on_hand=9) for t in "ab"]
    search.index(listing_ids=[one.listing_id for one in pair], at=at)
    return pair


def meets_a_checkout(work_of_seller, low, high):
    """While a checkout holds `low`, the seller's work waits for it and holds nothing of `high`."""
    ended = []

    def run():
        try:
            ended.append(work_of_seller())
        finally:
            connection.close()

    seller = threading.Thread(target=run)
    with transaction.atomic():
        Variant.objects.select_for_update(no_key=True).get(pk=low.pk)
        seller.start()
        deadline = time.monotonic() + 30
        while not is_waiting():
            assert seller.is_alive(), ended
            assert time.monotonic() < deadline
            time.sleep(0.01)
        Variant.objects.select_for_update(no_key=True, nowait=True).get(pk=high.pk)
        for one in (low, high):
            SearchRow.objects.select_for_update(no_key=True, nowait=True).get(pk=one.listing_id)
    seller.join(timeout=30)
    return ended


def is_waiting():
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return bool(cursor.fetchone()[0])


def rows_of(low, high, price):
    """Rows of two goods, the higher primary key first."""
    return [
        a_row(n, sku=f"choice-{one.pk}", title="", shelf="", price=price, stock="5")
        for n, one in enumerate((high, low))
    ]


def test_an_import_waits_for_a_checkout_without_holding_its_other_goods(shop, now):
    low, high = two_choices(shop, now)
    there = checked(shop, csv_of(HEAD, *rows_of(low, high, "8.00")), at=now)
    services.run(import_id=there.pk, by_id=shop.owner_id, put_on_sale=False, at=now)

    assert meets_a_checkout(lambda: steps.step(import_id=there.pk, at=now), low, high) == [True]
    assert work(there, at=now).state == "done"
    assert set(Variant.objects.values_list("price_minor", "on_hand")) == {(800, 5)}


def test_an_undo_waits_for_a_checkout_without_holding_its_other_goods(shop, now):
    low, high = two_choices(shop, now)
    done = imported(shop, csv_of(HEAD, *rows_of(low, high, "8.00")), at=now)
    services.undo(import_id=done.pk, by_id=shop.owner_id, at=now)

    assert meets_a_checkout(lambda: steps.step(import_id=done.pk, at=now), low, high) == [True]
    assert work(done, at=now).state == "undone"
    assert set(Variant.objects.values_list("on_hand", flat=True)) == {9}


def test_counting_many_goods_waits_for_a_checkout_without_holding_the_others(now):
    market = make_market()
    shop = Shop.objects.get(slug=market.slugs["shop"])
    # The lower choice belongs to the higher listing: the order of listings is not that of choices.
    first, second = (make_listing(shop=shop, title=title) for title in "ab")
    low, high = make_variant(listing=second, on_hand=9), make_variant(listing=first, on_hand=9)
    search.index(listing_ids=[first.pk, second.pk], at=now)
    counts = [{"variant_id": one.pk, "counted": 4, "seen": 9} for one in (high, low)]

    [answer] = meets_a_checkout(lambda: market.api.post("stock", {"counts": counts}), low, high)
    assert answer.status_code == 200, answer.content
    pair = Variant.objects.filter(pk__in=[low.pk, high.pk])
    assert set(pair.values_list("on_hand", flat=True)) == {4}
