"""Fake trade earns nothing, and honest neighbours lose next to nothing by the watch for it."""

import random
from datetime import timedelta

import pytest

from credit.scoring import queries, rules
from credit.scoring.queries import facts
from marketplace.orders.models import Cart, Order, OrderGroup, OrderState
from tests.factories.accounts import make_person
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db
RING, FAKE_TRADES = 50, 10_000


def trades(pairs, *, now, chance, minor=4000):
    """Settled orders for (shop, buyer) pairs, spread over ten months, in few statements."""
    rounds = {}
    for shop, buyer in pairs:
        rounds.setdefault(buyer.pk, {}).setdefault(shop.pk, []).append((shop, buyer))
    groups, orders = [], []
    for by_shop in rounds.values():
        for number in range(max(map(len, by_shop.values()))):
            these = [some[number] for some in by_shop.values() if number < len(some)]
            at = now - timedelta(days=chance.randint(20, 300))
            cart = Cart(buyer=these[0][1], created_at=at, checked_out_at=at)
            groups.append((cart, [(shop, buyer, at) for shop, buyer in these]))
    Cart.objects.bulk_create([cart for cart, _ in groups])
    kept = OrderGroup.objects.bulk_create(
        OrderGroup(
            buyer=cart.buyer, cart=cart, recipient_sealed="A", address_sealed="B", country="DE",
            placed_at=cart.created_at, due_at=cart.created_at,
        )
        for cart, _ in groups
    )  # fmt: skip
    for group, (_cart, some) in zip(kept, groups, strict=True):
        orders += [
            Order(
                group=group, shop=shop, buyer=buyer, currency=shop.currency, goods_minor=minor,
                shipping_minor=0, total_minor=minor, commission_bp=300, commission_minor=0,
                state=OrderState.SETTLED, placed_at=at, paid_at=at, ship_by=at + timedelta(days=7),
                shipped_at=at + timedelta(days=1), completed_at=at + timedelta(days=9),
                settled_at=at + timedelta(days=9),
            )
            for shop, buyer, at in some
        ]  # fmt: skip
    Order.objects.bulk_create(orders, batch_size=2000)


def points(shops, now):
    return {shop.pk: rules.score(queries.features(shop.pk, now)).points for shop in shops}


def with_owner():
    shop = make_shop()
    make_member(shop=shop, user=shop.owner, role="owner") if not shop.members.exists() else None
    return shop


def test_a_ring_of_fifty_with_ten_thousand_fake_trades_gains_at_most_five_points(now):
    chance = random.Random(2026)
    ring = [with_owner() for _member in range(RING)]
    customers = [make_person() for _customer in range(60)]
    honest = [
        (shop, buyer)
        for number, shop in enumerate(ring)
        for buyer in chance.sample(customers, number % 30)
    ]
    trades(honest, now=now, chance=chance)
    before = points(ring, now)

    pairs = [(a, b.owner) for a in ring for b in ring if a is not b]
    fake = [chance.choice(pairs) for _trade in range(FAKE_TRADES)]
    trades(fake, now=now, chance=chance, minor=90_000)
    after = points(ring, now)

    assert max(abs(after[pk] - before[pk]) for pk in before) <= 5


def test_a_ring_that_trades_in_threes_gains_nothing_either(now):
    chance = random.Random(3)
    a, b, c = (with_owner() for _member in range(3))
    before = points([a, b, c], now)

    trades([(a, b.owner), (b, c.owner), (c, a.owner)] * 20, now=now, chance=chance)

    assert points([a, b, c], now) == before


def test_an_honest_village_of_repeat_buyers_loses_at_most_five_points(now, monkeypatch):
    chance = random.Random(5)
    village = [with_owner() for _shop in range(6)]
    people = [make_person() for _person in range(40)]
    pairs = [
        (shop, person)
        for shop in village
        for person in chance.sample(people, 30)
        for _again in range(chance.randint(1, 6))
    ]
    # The shopkeepers buy from each other too, as neighbours do.
    pairs += [(a, b.owner) for a in village for b in village if a is not b]
    trades(pairs, now=now, chance=chance)
    watched = points(village, now)

    monkeypatch.setattr(facts, "circular_buyers", lambda _shop_id: frozenset())
    trusted = points(village, now)

    assert max(trusted[pk] - watched[pk] for pk in watched) <= 5


def test_what_a_circle_shows_can_cost_points(now):
    chance = random.Random(9)
    shop, other = with_owner(), with_owner()
    trades([(other, shop.owner)], now=now, chance=chance)
    trades([(shop, make_person()) for _ in range(5)], now=now, chance=chance)
    before = queries.features(shop.pk, now).on_time_permille
    trades([(shop, other.owner)], now=now, chance=chance)
    assert queries.features(shop.pk, now).on_time_permille == before

    Order.objects.filter(shop=shop, buyer=other.owner).update(shipped_at=now)

    assert queries.features(shop.pk, now).on_time_permille < before
