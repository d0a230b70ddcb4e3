"""What the order's page costs to show, and its forms pressed eight times at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from marketplace.orders.models import Extension, Refund, Shipment
from marketplace.orders.providers.carriers import CarrierNews
from marketplace.orders.services import payment, shipment, tracking
from tests.factories.orders import make_goods, make_group, make_order
from tests.marketplace.orders.books import assert_books_agree

pytestmark = pytest.mark.django_db
CEILING = 20


@pytest.mark.parametrize("count", [1, 10, 100])
def test_the_page_costs_as_many_queries_with_many_lines_and_parcels(client, count):
    now = timezone.now()
    first = make_goods(on_hand=9)
    more = [make_goods(on_hand=9, shop=first.listing.shop) for _ in range(count - 1)]
    order = make_order(first, *more, state="paid_held", at=now - timedelta(hours=5))
    seller = order.shop.owner
    for number, line in enumerate(order.lines.order_by("pk")):
        shipment.ship(
            order_id=order.pk,
            by_id=seller.pk,
            tracking=f"RW{number}",
            quantities={line.pk: 1},
            key=str(number),
            at=now,
        )
        parcel = Shipment.objects.order_by("pk").last()
        told = CarrierNews(f"e{number}", parcel.ref, "on_the_way", "Hub", now)
        tracking.receive(told=told, at=now)
    for person in (order.buyer, seller):
        client.force_login(person)
        with CaptureQueriesContext(connection) as made:
            assert client.get(reverse("orders:detail", args=[order.pk])).status_code == 200
        assert len(made) <= CEILING, [one["sql"][:90] for one in made]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["ship", "extend", "give_back", "call_off_lines"])
def test_eight_at_once_have_one_effect(name):
    group = make_group(make_goods(price_minor=10_000, on_hand=50), quantity=3, at=timezone.now())
    payment.pay(group_id=group.pk, card="tok_ok", at=timezone.now())
    order = group.orders.get()
    seller, line = order.shop.owner, order.lines.get()
    if name == "extend":
        at = timezone.now()
        shipment.ship(order_id=order.pk, by_id=seller.pk, tracking="", at=at)
    facts = {"key": "form-0", "reason": "x"}
    if name in ("ship", "call_off_lines"):
        facts[f"line-{line.pk}"] = "1"
    if name == "give_back":
        facts["goods"] = "5"
    browsers = [Client() for _ in range(8)]
    for browser in browsers:
        browser.force_login(seller)

    def press(browser):
        try:
            return browser.post(reverse(f"orders:{name}", args=[order.pk]), facts).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(press, browsers)) == {302}
    line.refresh_from_db()
    assert (
        line.shipped_quantity % 3,
        Extension.objects.count(),
        Refund.objects.count(),
    ) == {
        "ship": (1, 0, 0),
        "extend": (0, 1, 0),
        "give_back": (0, 0, 1),
        "call_off_lines": (0, 0, 1),
    }[name]
    assert_books_agree()
