"""A planned closure: no new orders from a day, open orders end, the last payout, closed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from marketplace.care.services import talk
from marketplace.errors import BadInput, NotAllowed, SoldOut, WrongState
from marketplace.inbox.models import Message
from marketplace.listings.models import Listing
from marketplace.orders.models import Payout, PayoutState
from marketplace.orders.services import closing, escrow, payout, shipment
from marketplace.rulebook import queries as rulebook
from marketplace.shops import services
from marketplace.shops.models import Shop, ShopState
from tests.factories.accounts import make_person
from tests.factories.care import make_dispute
from tests.factories.orders import make_goods, make_group, make_order
from tests.factories.outbox import drain
from tests.factories.shops import make_member, make_shop

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def plan(shop, at, from_at=None, by=None):
    return services.plan_closure(
        shop_id=shop.pk, by_id=by or shop.owner_id, from_at=from_at or at, at=at
    )


def state_of(shop):
    return Shop.objects.values_list("state", flat=True).get(pk=shop.pk)


def test_a_shop_sells_until_the_day_it_chose(now):
    shop = make_goods().listing.shop
    plan(shop, now, now + DAY)
    assert services.begin_due(at=now) == 0
    assert Listing.objects.live().filter(shop=shop).exists()
    assert services.begin_due(at=now + DAY) == 1
    assert services.begin_due(at=now + DAY) == 0
    assert state_of(shop) == ShopState.CLOSING
    assert not Listing.objects.live().filter(shop=shop).exists()
    with pytest.raises(SoldOut):
        make_group(make_goods(shop=shop), at=now + DAY)
    assert Message.objects.filter(kind="shop.closing").count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_closes_after_its_orders_have_ended_and_its_money_is_paid(now):
    order = make_order(state="paid_held", at=now)
    shop = order.shop
    later = now + 3 * DAY
    plan(shop, now + timedelta(hours=1))
    assert closing.close_due(at=later) == 0  # an order is open
    shipment.ship(order_id=order.pk, by_id=shop.owner_id, tracking="RW1", at=later)
    escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=later)
    days = rulebook.value("dispute.after_release_days", at=later)
    assert closing.close_due(at=later + days * DAY) == 0  # a dispute may still be opened
    assert not Payout.objects.exists()
    later += days * DAY + timedelta(seconds=1)
    for _twice in range(2):
        assert closing.close_due(at=later) == 0  # the last payout is on its way
    assert Payout.objects.get().state == PayoutState.CREATED
    drain(at=later)
    assert Payout.objects.get().state == PayoutState.PAID
    assert closing.close_due(at=later) == 1
    assert closing.close_due(at=later) == 0
    assert state_of(shop) == ShopState.CLOSED
    assert Message.objects.filter(kind="shop.closed").count() == 1


def test_a_dispute_keeps_a_closing_shop_and_its_money_waiting(now):
    order = make_order(state="settled", at=now)
    shop = order.shop
    plan(shop, now + timedelta(hours=1))
    dispute = make_dispute(order, at=now + timedelta(hours=2))
    Shop.objects.filter(pk=shop.pk).update(state=ShopState.CLOSING)
    shop.refresh_from_db()
    late = now + 40 * DAY
    assert payout.pay_out(shop_id=shop.pk, period="daily", at=late) is None
    closing.close_due(at=late)
    assert not Payout.objects.exists()
    talk.withdraw(dispute_id=dispute.pk, by_id=order.buyer_id, at=now + timedelta(hours=3))
    assert payout.pay_out(shop_id=shop.pk, period="daily", at=late) is not None


def test_an_owner_may_think_again_until_it_is_closed(now):
    shop = make_shop()
    plan(shop, now)
    for _twice in range(2):
        services.call_off_closure(shop_id=shop.pk, by_id=shop.owner_id, at=now)
    assert state_of(shop) == ShopState.APPROVED
    plan(shop, now)
    closing.close_due(at=now)
    with pytest.raises(WrongState):
        services.call_off_closure(shop_id=shop.pk, by_id=shop.owner_id, at=now)


def test_others_do_not_close_it_and_no_day_is_too_far(now):
    shop = make_shop()
    for person in (make_person(), make_member(shop=shop).user):
        with pytest.raises(NotAllowed):
            plan(shop, now, by=person.pk)
    with pytest.raises(BadInput):
        plan(shop, now, now + 400 * DAY)
    with pytest.raises(WrongState):
        plan(make_shop(state=ShopState.APPLIED), now)
    with pytest.raises(WrongState):
        services.close(shop_id=shop.pk, at=now)


def test_a_sanction_comes_and_goes_and_the_closure_goes_on(now):
    shop = make_shop()
    plan(shop, now)
    services.set_sanction_level(shop_id=shop.pk, level=3, at=now)
    assert state_of(shop) == ShopState.SUSPENDED
    services.set_sanction_level(shop_id=shop.pk, level=0, at=now)
    assert state_of(shop) == ShopState.CLOSING


@pytest.mark.parametrize("state", ["closing", "closed"])
def test_the_database_refuses_a_closed_shop_without_its_dates(state):
    shop = make_shop()
    with pytest.raises(IntegrityError), transaction.atomic():
        Shop.objects.filter(pk=shop.pk).update(state=state)


def test_the_page_plans_shows_and_calls_off(client, now):
    shop = make_shop()
    client.force_login(shop.owner)
    address = reverse("shops:closure", args=[shop.pk])
    assert client.post(address, {"from_day": "soon"}).status_code == 422
    for _twice in range(2):
        client.post(address, {"from_day": "2026-01-01"})
    assert state_of(shop) == ShopState.CLOSING
    assert "takes no new orders" in client.get(address).content.decode()
    client.post(reverse("shops:call_off_closure", args=[shop.pk]))
    assert state_of(shop) == ShopState.APPROVED
