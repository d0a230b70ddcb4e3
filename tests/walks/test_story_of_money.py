"""One purchase from onboarding to a debt that the next payout nets, over HTTP, books open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.care.models import Dispute, DisputeState
from marketplace.ledger import queries as ledger
from marketplace.listings.models import Listing, ListingState
from marketplace.orders.models import Order, OrderState, Payout, PayoutState, Refund, RefundState
from marketplace.shops.models import Shop
from tests.factories.pictures import picture
from tests.live import Browser, until
from tests.walks.conftest import balance, clocks, open_shop, put_on_sale

pytestmark = pytest.mark.walks
TRAIN, TOP, BOAT = "Wooden train", "Spinning top", "Wooden boat"
GUEST = {
    "recipient": "Nora Lind",
    "contact": "nora@example.org",
    "lines": "Storgatan 1\n111 22 Stockholm",
    "country": "SE",
    "card": "tok_ok",
}


@pytest.fixture
def books() -> Iterator[object]:
    """Ask after each step: the ledger is sound, every currency sums to zero."""
    steps: list[str] = []

    def check(step: str) -> None:
        steps.append(step)
        assert ledger.check() == [], step
        assert set(ledger.trial_balance().values()) <= {0}, step

    yield check
    assert len(steps) == 10


def put_into_cart(buyer: Browser, title: str, quantity: int) -> None:
    page = buyer.open(f"/l/{Listing.objects.get(title=title).pk}/")
    buyer.send(page, "/cart/add/", {"quantity": str(quantity)})


def reload(order: Order) -> Order:
    order.refresh_from_db()
    return order


def test_from_the_first_listing_to_a_debt_that_is_netted(live, person, books):
    staff = person("staff@example.org", staff=True)
    trains, tops = person("trains@example.org"), person("tops@example.org")
    open_shop(trains, staff, "Train makers")
    open_shop(tops, staff, "Top makers")
    books("two shops were opened")

    put_on_sale(trains, TRAIN, picture(1))
    put_on_sale(trains, BOAT, picture(2), price="40.00")
    put_on_sale(tops, TOP, picture(3))
    for title in (TRAIN, TOP, BOAT):
        until(
            lambda t=title: Listing.objects.get(title=t).state == ListingState.LIVE,
            f"{title} to be on sale",
        )
    books("three goods are on sale")

    # A visitor pays once for goods of both shops.
    guest = Browser(live.address)
    for title, quantity in ((TRAIN, 2), (BOAT, 1), (TOP, 2)):
        put_into_cart(guest, title, quantity)
    guest.send(guest.open("/checkout/guest/"), "/checkout/guest/", GUEST)
    until(lambda: Order.objects.filter(state=OrderState.PAID_HELD).count() == 2, "the payment")
    first = Order.objects.get(shop__name="Train makers")
    second = Order.objects.get(shop__name="Top makers")
    assert (balance("escrow", first.ref), balance("escrow", second.ref)) == (9_500, 5_500)
    books("a guest paid once")

    # One ships, one cancels.
    page = trains.open(f"/orders/{first.pk}/")
    trains.send(page, "/ship/", {"tracking": "SB-OK-1", "carrier": "Sandbox Post"})
    page = tops.open(f"/orders/{second.pk}/")
    tops.send(page, "/cancel/", {"reason": "The lathe broke."})
    assert reload(first).state == OrderState.SHIPPED
    assert reload(second).state == OrderState.CANCELLED
    until(lambda: second.refunds.filter(state=RefundState.DONE).exists(), "the refund")
    assert second.refunds.get().amount_minor == 5_500
    assert balance("escrow", second.ref) == 0
    books("one shop sent its goods, the other called off")

    # The boat came broken: a dispute on that line, with a photo; the seller offers half.
    boat = first.lines.get(title=BOAT)
    page = guest.open(f"/orders/{first.pk}/dispute/")
    said = {"line": boat.pk, "reason": "damaged", "wants": "money", "text": "The mast is broken."}
    evidence = [("photos", ("mast.jpg", picture(4), "image/jpeg"))]
    guest.send(page, f"/orders/{first.pk}/dispute/", said, files=evidence)
    dispute = Dispute.objects.get()
    assert (dispute.line_id, dispute.state) == (boat.pk, DisputeState.OPEN)
    assert "mast is broken" in trains.open(f"/disputes/{dispute.pk}/").text
    # The clock does not release what is in dispute.
    clocks(live, timezone.now() + timedelta(days=1))
    assert balance("escrow", first.ref) == 9_500
    books("the buyer opened a dispute")

    page = trains.open(f"/disputes/{dispute.pk}/")
    half = {"kind": "money", "amount": "20.00", "text": "Keep it, and have half back."}
    trains.send(page, f"/disputes/{dispute.pk}/offer/", half)
    page = guest.open(f"/disputes/{dispute.pk}/")
    guest.send(page, "/accept/")
    dispute.refresh_from_db()
    assert dispute.state == DisputeState.SETTLED
    until(lambda: first.refunds.filter(state=RefundState.DONE).exists(), "the money back")
    assert first.refunds.get().amount_minor == 2_000
    books("they agreed on half")

    page = guest.open(f"/orders/{first.pk}/")
    if reload(first).state != OrderState.SETTLED:
        guest.send(page, "/confirm/")
    assert reload(first).state == OrderState.SETTLED
    shop = Shop.objects.get(name="Train makers")
    due = balance("seller_payable", shop.ref)
    assert 6_000 < due < 7_500  # 95.00 less 20.00 back, less commission
    # A new shop's money rests a while before it is paid out.
    clocks(live, timezone.now() + timedelta(days=100))
    until(lambda: Payout.objects.filter(state=PayoutState.PAID).exists(), "the payout")
    assert balance("seller_payable", shop.ref) == 0
    books("the seller was paid out")

    # After the payout, the seller gives some more back: the shop owes it.
    page = trains.open(f"/orders/{first.pk}/")
    trains.send(page, "/give-back/", {"goods": "5.00", "reason": "The paint came off."})
    until(lambda: Refund.objects.filter(state=RefundState.DONE).count() == 3, "the late refund")
    owed = -balance("seller_debt", shop.ref)
    assert 0 < owed <= 500
    assert balance("seller_payable", shop.ref) == 0
    books("a late refund made a debt")

    # The next sale pays the debt first.
    put_into_cart(guest, TRAIN, 1)
    page = guest.open("/checkout/")
    guest.send(page, "/checkout/", {**GUEST, "saved": "new"})
    until(lambda: Order.objects.filter(state=OrderState.PAID_HELD).exists(), "the second payment")
    third = Order.objects.get(state=OrderState.PAID_HELD)
    page = trains.open(f"/orders/{third.pk}/")
    trains.send(page, "/ship/", {"tracking": "SB-OK-2", "carrier": "Sandbox Post"})
    guest.send(guest.open(f"/orders/{third.pk}/"), "/confirm/")
    earned = balance("seller_payable", shop.ref)
    books("a second sale is due")

    clocks(live, timezone.now() + timedelta(days=200))
    until(lambda: Payout.objects.filter(state=PayoutState.PAID).count() == 2, "the second payout")
    assert Payout.objects.latest("pk").amount_minor == earned - owed
    assert balance("seller_debt", shop.ref) == balance("seller_payable", shop.ref) == 0
    books("the debt was netted")
    statement = trains.open("/desk/money/").text
    assert f"€{owed / 100:.2f}" in statement
