"""A way of sending that does not lead to the country just chosen gives way to the cheapest."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.orders.models import Order
from marketplace.shops.rules import Sending
from marketplace.shops.services import shipping
from tests.factories.orders import make_goods
from tests.live import prefilled

pytestmark = pytest.mark.django_db
WAYS = (Sending("By road", 400, countries=("RW", "KE")), Sending("By air", 900))


def test_a_guest_from_elsewhere_sees_the_new_price_and_orders_at_it():
    goods = make_goods(price_minor=11_000, on_hand=5)
    shop = goods.listing.shop
    for way in WAYS:
        at = timezone.now()
        shipping.add_method(shop_id=shop.pk, by_id=shop.owner_id, sending=way, at=at)
    visitor, there = Client(), reverse("orders:guest_checkout")
    visitor.post(reverse("orders:add"), {"variant_id": goods.pk, "quantity": 1})
    first = _form(visitor.get(there))
    nora = {"recipient": "Nora", "contact": "nora@example.org", "lines": "Storgatan 1"}

    anew = _form(visitor.post(there, {**first, **nora, "country": "SE", "refresh": "1"}))
    answer = visitor.post(there, anew)

    assert answer.status_code == 302
    order = Order.objects.get()
    assert (order.shipping_name, order.total_minor) == ("By air", 11_900)


def _form(answer):
    page = BeautifulSoup(answer.content, "html.parser")
    return prefilled(page.find("form", id="checkout"))
