"""People with a share in a shop are paid with it: to their own accounts, or they wait."""

from datetime import timedelta

import pytest

from marketplace.orders.models import Payout, PayoutState
from marketplace.orders.services import closing, payout, reconciliation
from marketplace.shops import services as shops
from marketplace.shops.models import Shop, ShopState
from tests.factories.orders import NOON
from tests.factories.outbox import drain
from tests.factories.shares import make_share
from tests.factories.shops import make_shop
from tests.marketplace.orders.acts import LATER, sold
from tests.marketplace.orders.books import assert_books_agree, balance_minor
from tests.marketplace.orders.shares_book import purse

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop(payout_account_sealed="IBAN 1", shipping_minor=500)


@pytest.fixture
def growers(shop):
    return [make_share(shop=shop, share_bp=bp).user for bp in (4_000, 3_000, 1_000)]


def purses(shop, growers):
    return [purse(shop, user.pk) for user in growers]


def test_people_are_paid_with_the_shop_and_both_books_agree(shop, growers):
    order = sold(shop=shop)
    made = payout.pay_out(shop_id=shop.pk, period="1", at=LATER)
    payout.pay_out(shop_id=shop.pk, period="1", at=LATER)
    drain(at=LATER)

    assert purses(shop, growers) == [0, 0, 0]
    sent = list(Payout.objects.filter(member__isnull=False).order_by("pk"))
    assert [one.amount_minor for one in sent] == [r.got_minor for r in order.shares.all()]
    assert {one.state for one in sent} == {PayoutState.PAID}
    total = made.amount_minor + sum(one.amount_minor for one in sent)
    assert total == order.net_minor
    run = reconciliation.reconcile(
        day=LATER.date(), lines=reconciliation.read_book(), at=LATER + timedelta(days=1)
    )
    assert (run.found, run.matched) == (0, 5)  # a charge, the shop's payout, three people's
    assert_books_agree()


def test_who_has_no_account_waits_and_the_others_do_not(shop):
    waits = make_share(shop=shop, share_bp=2_000, account="").user
    paid = make_share(shop=shop, share_bp=2_000).user
    order = sold(shop=shop)
    payout.pay_out(shop_id=shop.pk, period="1", at=LATER)
    part = order.shares.get(user=waits).got_minor
    assert (purse(shop, waits.pk), purse(shop, paid.pk)) == (part, 0)

    shops.set_share_account(user_id=waits.pk, account="Wallet 5", at=LATER)
    payout.pay_out(shop_id=shop.pk, period="2", at=LATER)
    drain(at=LATER)
    assert purse(shop, waits.pk) == 0
    assert_books_agree()


def test_a_changed_account_and_a_locked_one_wait(shop, growers):
    shops.set_share_account(user_id=growers[0].pk, account="Wallet 5", at=NOON)
    growers[1].is_active = False
    growers[1].save()
    sold(shop=shop)
    payout.pay_out(shop_id=shop.pk, period="1", at=LATER)

    assert [bool(left) for left in purses(shop, growers)] == [True, True, False]


def test_a_payout_that_comes_back_is_sent_again(shop):
    user = make_share(shop=shop, account="refuse").user
    order = sold(shop=shop)
    payout.pay_out(shop_id=shop.pk, period="1", at=LATER)
    drain(at=LATER)
    assert purse(shop, user.pk) == order.shares.get().got_minor
    assert Payout.objects.get(member=user).state == PayoutState.FAILED
    assert user.messages.filter(kind="payout.failed").exists()

    after = LATER + timedelta(days=5)
    shops.set_share_account(user_id=user.pk, account="IBAN 8", at=LATER)
    payout.pay_out(shop_id=shop.pk, period="2", at=after)
    drain(at=after)
    assert purse(shop, user.pk) == 0
    assert_books_agree()


def test_a_suspended_shop_pays_nobody_and_a_closed_one_pays_who_comes_late(shop):
    user = make_share(shop=shop, account="").user
    sold(shop=shop)
    Shop.objects.filter(pk=shop.pk).update(state=ShopState.SUSPENDED)
    shops.set_share_account(user_id=user.pk, account="IBAN 7", at=NOON)
    assert payout.pay_out(shop_id=shop.pk, period="1", at=LATER) is None
    assert purse(shop, user.pk) > 0

    Shop.objects.filter(pk=shop.pk).update(state=ShopState.CLOSING, closing_from=NOON)
    months = NOON + timedelta(days=200)
    for hour in range(4):
        closing.close_due(at=months + timedelta(days=hour))
        drain(at=months + timedelta(days=hour, hours=1))
    shop.refresh_from_db()
    assert shop.state == ShopState.CLOSED
    assert purse(shop, user.pk) == 0
    assert shop.shares.get().ended_at is not None
    assert_books_agree()


def test_closing_does_not_wait_for_who_gave_no_account(shop):
    user = make_share(shop=shop, account="").user
    order = sold(shop=shop)
    Shop.objects.filter(pk=shop.pk).update(state=ShopState.CLOSING, closing_from=NOON)
    months = NOON + timedelta(days=200)
    for day in range(3):
        closing.close_due(at=months + timedelta(days=day))
        drain(at=months + timedelta(days=day, hours=1))
    shop.refresh_from_db()
    assert shop.state == ShopState.CLOSED
    assert purse(shop, user.pk) == order.shares.get().got_minor

    late = months + timedelta(days=90)
    shops.set_share_account(user_id=user.pk, account="IBAN 7", at=late)
    payout.pay_out_due(at=late)
    drain(at=late)
    assert purse(shop, user.pk) == 0
    assert_books_agree()


def test_a_new_shop_keeps_back_of_everybodys_part_alike():
    shop = make_shop(payout_account_sealed="IBAN 1", decided_at=NOON - timedelta(days=2))
    user = make_share(shop=shop, share_bp=5_000).user
    order = sold(shop=shop, shipping=0)
    net = order.net_minor
    payout.pay_out(shop_id=shop.pk, period="1", at=LATER)

    kept = purse(shop, user.pk) / order.shares.get().got_minor
    own = balance_minor("seller_payable", shop.ref) / (net - order.shares.get().got_minor)
    assert 0 < kept < 1
    assert abs(kept - own) < 0.001
