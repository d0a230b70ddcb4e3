"""A cooperative's money: frozen when paid, split at release, paid out, taken back, made good."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from marketplace.errors import WrongState
from marketplace.ledger import queries as ledger
from marketplace.orders import rules
from marketplace.orders.models import OrderShare
from marketplace.orders.services import accounts as pots
from marketplace.orders.services import (
    claims,
    compensation,
    payment,
    payout,
    shares,
)
from marketplace.shops import services as shops
from marketplace.shops.models import Share, Shop
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.outbox import drain
from tests.factories.shares import make_share
from tests.factories.shops import LONG_AGO, make_shop
from tests.marketplace.orders.acts import LATER, give_back, rule, sold
from tests.marketplace.orders.books import assert_books_agree, balance_minor
from tests.marketplace.orders.shares_book import purse

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop(payout_account_sealed="IBAN 1", shipping_minor=500)


@pytest.fixture
def growers(shop):
    """Three people: 40, 30 and 10 percent; the shop keeps 20 and the shipping."""
    return [make_share(shop=shop, share_bp=bp).user for bp in (4_000, 3_000, 1_000)]


def purses(shop, growers):
    return [purse(shop, user.pk) for user in growers]


def test_release_splits_goods_less_commission_and_loses_no_cent(shop, growers):
    order = sold(price=3_333, shop=shop)

    goods = 3_333 - order.commission_minor
    assert purses(shop, growers) == rules.shared(goods, [4_000, 3_000, 1_000])
    own = goods + 500 - sum(purses(shop, growers))
    assert balance_minor("seller_payable", shop.ref) == own
    assert balance_minor("platform_fees", "platform") == order.commission_minor
    assert sum(row.got_minor for row in order.shares.all()) == sum(purses(shop, growers))
    assert_books_agree()


def test_a_share_counts_for_orders_placed_while_it_is_in_force(shop):
    share = make_share(shop=shop, share_bp=5_000)
    before = make_order(make_goods(shop=shop, price_minor=1_000), state="shipped")
    shops.end_share(share_id=share.pk, by_id=share.user_id, at=LATER)
    make_order(make_goods(shop=shop, price_minor=1_000), at=LATER, state="settled")

    assert OrderShare.objects.get().order_id == before.pk
    assert purse(shop, share.user_id) == 0  # its order is on the way; the later one brought nothing


def test_what_is_placed_before_a_share_ends_and_paid_after_still_brings_it(shop):
    share = make_share(shop=shop, share_bp=5_000)
    order = make_order(make_goods(shop=shop, price_minor=1_000))
    shops.end_share(
        share_id=share.pk, by_id=shop.owner_id, at=order.placed_at + timedelta(minutes=1)
    )
    payment.pay(group_id=order.group_id, card="tok_ok", at=order.placed_at + timedelta(minutes=2))

    assert order.shares.get().user_id == share.user_id


def test_a_payment_goes_through_even_where_two_shares_of_a_person_overlap(shop):
    share = make_share(shop=shop, share_bp=3_000)
    later = {"ended_at": None, "share_bp": 1_000, "key": uuid4(), "agreed_at": NOON, "since": NOON}
    with connection.cursor() as cursor:  # as if the database had let it happen
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE shops_share DROP CONSTRAINT share_one_at_a_time")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    Share.objects.filter(pk=share.pk).update(ended_at=LATER)
    row = {name: value for name, value in vars(share).items() if name not in ("_state", "id")}
    Share.objects.create(**{**row, **later})
    order = make_order(make_goods(shop=shop, price_minor=1_000), state="shipped")

    assert [frozen.share_bp for frozen in order.shares.all()] == [1_000]  # what was agreed last


def test_a_refund_after_release_takes_from_the_shop_first(shop, growers):
    order = sold(shop=shop)
    before = purses(shop, growers)
    rule(order, goods_minor=1_000, shipping_minor=0)

    assert purses(shop, growers) == before
    assert balance_minor("seller_debt", shop.ref) == 0
    assert_books_agree()


def test_what_the_shop_lacks_people_give_back_pro_rata_and_no_further(shop, growers):
    order = sold(shop=shop)
    fee = order.fee_minor
    before = purses(shop, growers)
    own = balance_minor("seller_payable", shop.ref)
    rule(order, goods_minor=5_000, shipping_minor=0)

    order.refresh_from_db()
    lacking = 5_000 - (fee - order.fee_minor) - own
    given = [a - b for a, b in zip(before, purses(shop, growers), strict=True)]
    assert sum(given) == lacking == 2_410
    assert balance_minor("seller_payable", shop.ref) == 0 == balance_minor("seller_debt", shop.ref)
    half = rules.shared(5_000 - order.fee_minor, [4_000, 3_000, 1_000])
    assert all(left >= due for left, due in zip(purses(shop, growers), half, strict=True))
    assert_books_agree()


def test_nobody_goes_below_zero_and_the_rest_is_the_shops_debt(shop, growers):
    order = sold(shop=shop)
    payout.pay_out(shop_id=shop.pk, period="1", at=LATER)
    drain(at=LATER)
    rule(order, goods_minor=10_000, shipping_minor=500)

    order.refresh_from_db()
    assert purses(shop, growers) == [0, 0, 0]
    net = 10_500 - order.commission_minor
    assert balance_minor("seller_debt", shop.ref) == -net
    assert_books_agree()


def test_money_of_another_order_is_not_touched(shop):
    share = make_share(shop=shop, share_bp=9_000)
    first = sold(shop=shop)
    shops.end_share(share_id=share.pk, by_id=share.user_id, at=LATER)
    later = make_order(
        make_goods(shop=shop, price_minor=9_000), at=LATER + timedelta(hours=1), state="settled"
    )
    before = purse(shop, share.user_id)
    rule(later, goods_minor=9_000, shipping_minor=500)

    assert purse(shop, share.user_id) == before == first.shares.get().got_minor


def test_goodwill_is_the_shops_alone(shop, growers):
    order = sold(shop=shop)
    before = purses(shop, growers)
    give_back(order, goods=3_000)

    assert purses(shop, growers) == before
    assert balance_minor("seller_debt", shop.ref) < 0
    assert_books_agree()


def test_what_the_bank_takes_and_gives_back_ends_as_it_began(shop, growers):
    order = sold(shop=shop)
    before, own = purses(shop, growers), balance_minor("seller_payable", shop.ref)
    bank = payment.provider()
    bank.charge_back(charge_key=order.payment.charge_key, amount_minor=10_500, at=LATER)
    bank.send_due(at=LATER)
    assert purses(shop, growers) == [0, 0, 0]
    assert balance_minor("seller_debt", shop.ref) == 0
    case = order.payment.chargebacks.get()
    bank.decide(case=case.provider_case, won=True, at=LATER)
    bank.send_due(at=LATER)

    assert purses(shop, growers) == before
    assert balance_minor("seller_payable", shop.ref) == own
    assert_books_agree()


def test_what_the_platform_makes_good_is_shared_once(shop, growers):
    order = sold(shop=shop)
    before = purses(shop, growers)
    rule(order, goods_minor=10_000, shipping_minor=500)
    assert purses(shop, growers) == [0, 0, 0]
    for _time in range(2):
        paid = compensation.compensate(
            order_id=order.pk,
            key="appeal:1",
            goods_minor=10_000,
            shipping_minor=500,
            actor="staff",
            at=LATER,
        )

    assert purses(shop, growers) == before
    assert balance_minor("seller_payable", shop.ref) == paid - sum(before)
    assert_books_agree()


def test_shares_cannot_grow_while_lenders_or_the_platform_wait(shop):
    target = pots.debt(shop=shop, currency="EUR", at=NOON)
    claims.set_claim(
        shop_id=shop.pk,
        key="loan:1",
        share_bp=1_000,
        cap_minor=500,
        currency="EUR",
        target_account=target,
        at=NOON,
    )
    share = make_share(shop=shop, agreed=False)
    with pytest.raises(WrongState):
        shares.agree(share_id=share.pk, user_id=share.user_id, at=NOON)
    claims.end_claim(key="loan:1", at=NOON)
    assert shares.agree(share_id=share.pk, user_id=share.user_id, at=NOON).agreed_at == NOON


def test_a_shop_without_shares_asks_one_thing_more_at_release(django_assert_max_num_queries):
    order = make_order(make_goods(), state="delivered")
    shop = Shop.objects.get(pk=order.shop_id)
    with django_assert_max_num_queries(1):
        assert shares.release(order=order, shop=shop, at=LATER) == {}
    with django_assert_max_num_queries(1):
        shares.freeze(orders=[order])


def test_the_ledger_is_sound_after_many_growers_and_odd_cents():
    shop = make_shop(payout_account_sealed="IBAN 1")
    people = [make_share(shop=shop, share_bp=1_428, at=LONG_AGO).user for _ in range(7)]
    order = sold(price=1, quantity=7, shipping=0, shop=shop)

    assert sum(purses(shop, people)) + balance_minor("seller_payable", shop.ref) == order.net_minor
    assert ledger.check() == []
