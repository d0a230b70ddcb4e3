"""The goods' page tells what many at once cost, the smallest order, and what sending costs."""

import re

import pytest
from django.urls import reverse

from marketplace.listings.models import PriceTier
from marketplace.shops.models import ShippingMethod
from tests.factories.orders import make_goods

pytestmark = pytest.mark.django_db


def words(client, variant):
    page = client.get(reverse("storefront:listing", args=[variant.listing_id]))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_the_ladder_and_the_smallest_order_are_shown(client):
    tea = make_goods(price_minor=1_000, least_quantity=5)
    PriceTier.objects.create(variant=tea, from_quantity=10, price_minor=900)
    page = words(client, tea)
    assert "sold from 5 pieces" in page
    assert "From 10 pieces" in page
    assert "€9.00 each" in page


def test_the_cheapest_way_of_sending_is_named_with_its_days(client):
    tea = make_goods(shipping_minor=70)
    assert "+ shipping €0.70 an order" in words(client, tea)
    for name, first in (("Courier", 900), ("Letter", 300)):
        ShippingMethod.objects.create(
            shop=tea.listing.shop, name=name, first_minor=first, days_min=3, days_max=9
        )
    page = words(client, tea)
    assert "+ shipping from €3.00" in page
    assert "3–9 days" in page
    assert "duty and import tax not included" in page
