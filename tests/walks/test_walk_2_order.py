"""Walk 2: a cart over two shops, money in escrow, goods received, sellers paid and scored."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from credit.scoring.models import Score
from marketplace.ledger import queries as ledger
from marketplace.listings.models import Listing, ListingState, Variant
from marketplace.orders.models import EscrowState, Order, OrderState, Payout, PayoutState
from marketplace.shops.models import Shop
from tests.factories.pictures import picture
from tests.live import until
from tests.walks.conftest import balance, clocks, open_shop, put_on_sale

pytestmark = pytest.mark.walks


def on_sale(title: str) -> bool:
    return Listing.objects.get(title=title).state == ListingState.LIVE


def test_money_waits_until_the_goods_are_there(live, person):
    staff = person("staff@example.org", staff=True)
    titles = {"Train makers": "Wooden train", "Top makers": "Spinning top"}
    sellers = {}
    for number, (name, title) in enumerate(titles.items(), 1):
        sellers[name] = person(f"seller{number}@example.org")
        open_shop(sellers[name], staff, name)
        put_on_sale(sellers[name], title, picture(number))
        until(lambda t=title: on_sale(t), f"{title} to be on sale")

    # One cart over two shops, one checkout, one charge.
    buyer = person("buyer@example.org")
    for title in titles.values():
        listing = Listing.objects.get(title=title)
        page = buyer.open(f"/l/{listing.pk}/")
        buyer.send(page, "/cart/add/", {"quantity": "2"})
    page = buyer.open("/checkout/")
    assert "Duty and import tax not included" in page.text
    address = {"recipient": "Nora Lind", "lines": "Storgatan 1\n111 22 Stockholm", "country": "SE"}
    form = page.form("/checkout/")
    if form.find("input", attrs={"name": "saved", "value": "new"}):
        address["saved"] = "new"
    buyer.send(page, "/checkout/", {**address, "card": "tok_ok"})
    until(lambda: Order.objects.filter(state=OrderState.PAID_HELD).count() == 2, "the payment")
    held = [balance("escrow", order.ref) for order in Order.objects.all()]
    assert held == [5_500, 5_500]  # two at 25.00, shipping 5.00
    assert Variant.objects.filter(on_hand=8, reserved=0, sold=2).count() == 2

    # The sellers ship; one parcel is confirmed by the buyer, the other by the clock.
    first, second = Order.objects.order_by("pk")
    for order in (first, second):
        seller = sellers[order.shop.name]
        page = seller.open(f"/orders/{order.pk}/")
        seller.send(page, "/ship/", {"tracking": f"TRACK{order.pk}"})
    assert "TRACK" in buyer.open(f"/orders/{first.pk}/").text
    assert "seller" in buyer.open(f"/orders/{first.pk}/").text
    page = buyer.open(f"/orders/{first.pk}/")
    buyer.send(page, "/confirm/")
    first.refresh_from_db()
    assert (first.state, first.completed_by) == (OrderState.SETTLED, "buyer")
    assert first.escrow.state == EscrowState.RELEASED
    commission = first.commission_minor
    assert balance("seller_payable", first.shop.ref) == 5_500 - commission > 0
    assert balance("escrow", first.ref) == 0

    clocks(live, timezone.now() + timedelta(days=30))
    second.refresh_from_db()
    assert (second.state, second.completed_by) == (OrderState.SETTLED, "clock")

    shops = set(Shop.objects.values_list("pk", flat=True))
    # Both are paid out, and both scores have moved.
    clocks(live, timezone.now() + timedelta(days=31))
    paid = Payout.objects.filter(state=PayoutState.PAID)
    until(lambda: set(paid.values_list("shop", flat=True)) == shops, "the payouts")
    # A new shop leaves a part with us for a while.
    clocks(live, timezone.now() + timedelta(days=120))
    until(
        lambda: all(balance("seller_payable", s.ref) == 0 for s in Shop.objects.all()), "the rest"
    )
    for shop in Shop.objects.all():
        until(
            lambda s=shop: Score.objects.filter(shop=s, cause="order.settled").exists(),
            "the score to follow the trade",
        )
    assert "TRACK" in sellers["Top makers"].open(f"/orders/{second.pk}/").text
    assert ledger.trial_balance() == {"EUR": 0}
