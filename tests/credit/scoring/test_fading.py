"""Sums of lost disputes are kept step by step, and equal a full count bit for bit."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from credit.scoring import queries, services, tasks
from credit.scoring.models import DisputeState, FactDispute, FadingSum, LostDispute
from credit.scoring.rules import fading, features
from marketplace.care.models import Dispute, Side
from marketplace.care.services import rulings
from tests.factories.accounts import make_person, make_staff
from tests.factories.care import make_dispute, make_ruling
from tests.factories.outbox import drain
from tests.factories.scoring import make_settled_order
from tests.factories.shops import make_shop

START = datetime(2026, 1, 1, tzinfo=UTC)
HALF_LIFE = features.HALF_LIFE_LOST_DAYS
DAYS = some.integers(0, 4_000)
ORDERS, BUYERS = 6, 3
SIDES = [Side.BUYER, Side.SELLER, Side.NOBODY]
# What happens: a dispute ends for a side, is told of again, or its order no longer counts.
ENDED = some.tuples(some.just("ended"), some.integers(0, ORDERS - 1), some.sampled_from(SIDES))
AGAIN = some.tuples(some.just("again"), some.integers(0, ORDERS - 1), some.none())
OUT = some.tuples(some.just("out"), some.integers(0, ORDERS - 1), some.none())


def weight(day: int) -> int:
    return fading.weight(START + timedelta(days=day), half_life_days=HALF_LIFE)


def left(total: int, day: int) -> int:
    return fading.left_permille(total, START + timedelta(days=day), half_life_days=HALF_LIFE)


@given(some.integers(0, 8_000), some.integers(1, 800))
def test_a_weight_is_the_power_of_two_rounded_down(day, half_life):
    at = fading.LANDMARK + timedelta(days=day)
    found = fading.weight(datetime(at.year, at.month, at.day, tzinfo=UTC), half_life_days=half_life)
    doublings, rest = divmod(day, half_life)
    root, zeros = found >> doublings, found & ((1 << doublings) - 1)

    assert zeros == 0
    power = 1 << (fading.BITS * half_life + rest)
    assert root**half_life <= power < (root + 1) ** half_life


@given(some.integers(0, 4_000))
def test_after_its_half_life_half_is_left(day):
    assert [left(weight(day), day + more) for more in (0, HALF_LIFE, 2 * HALF_LIFE)] == [
        1_000,
        500,
        250,
    ]


@given(some.lists(DAYS, min_size=1), some.data())
def test_in_any_order_and_after_removals_the_sum_is_that_of_what_stays(days, data):
    gone = data.draw(some.lists(some.sampled_from(days), max_size=len(days), unique=True))
    kept = list(days)
    for day in gone:
        kept.remove(day)
    steps = data.draw(some.permutations([*days, *(-day - 1 for day in gone)]))

    total = sum(weight(step) if step >= 0 else -weight(-step - 1) for step in steps)

    assert total == sum(weight(day) for day in sorted(kept))
    readings = [left(total, day) for day in range(max(days), max(days) + 400, 7)]
    assert readings == sorted(readings, reverse=True)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(some.lists(some.one_of(ENDED, AGAIN, OUT), max_size=12), some.integers(0, 900))
def test_after_any_events_the_score_reads_what_a_full_count_gives(events, later):
    shop, disputes = shop_with_disputes()
    out: set[int] = set()
    for number, (what, which, side) in enumerate(events):
        dispute, at = disputes[which], START + timedelta(days=20 * number)
        if what == "out":
            leave_out(shop, dispute.order, at)
            out.add(which)
            continue
        if what == "ended":
            dispute.won_by, dispute.ended_at = side, at
            dispute.save()
        services.dispute_ended(dispute_id=dispute.pk, cause="dispute.ruled", at=at)
    at = START + timedelta(days=20 * len(events) + later)
    kept = queries.features(shop.pk, at)

    # The very formula over the disputes themselves, without any sum.
    shares = [Fraction(0)] * BUYERS
    for number in range(BUYERS):
        total = sum(
            fading.weight(one.ended_at, half_life_days=HALF_LIFE)
            for place, one in enumerate(disputes)
            if place % BUYERS == number and place not in out and one.won_by == Side.BUYER
        )
        left_of = fading.left_permille(total, at, half_life_days=HALF_LIFE)
        shares[number] = Fraction(min(left_of, 1_000), 1_000)
    counted = [share for number, share in enumerate(shares) if not gone(number, out)]
    assert kept.lost_permille == features.shrunk_permille(counted, prior=features.PRIOR_LOST)
    assert not services.recount(shop_id=shop.pk)
    FadingSum.objects.filter(shop=shop).delete()
    LostDispute.objects.filter(shop=shop).delete()
    services.recount(shop_id=shop.pk)
    assert queries.features(shop.pk, at) == kept


def gone(buyer: int, out: set[int]) -> bool:
    """Whether no order of a buyer counts."""
    return set(range(buyer, ORDERS, BUYERS)) <= out


def shop_with_disputes():
    shop, buyers = make_shop(), [make_person() for _ in range(BUYERS)]
    orders = [
        make_settled_order(shop=shop, buyer=buyers[number % BUYERS], at=START)
        for number in range(ORDERS)
    ]
    return shop, [
        Dispute.objects.create(
            order=order,
            key=f"fading:{order.pk}",
            reason="damaged",
            wants="money",
            goods_minor=1,
            shipping_minor=0,
            state="ruled",
            after_release=True,
            talk_until=START,
            awaits="nobody",
            opened_at=START,
            ended_at=START,
        )
        for order in orders
    ]


def leave_out(shop, order, at):
    FactDispute.objects.get_or_create(
        shop=shop,
        order=order,
        state=DisputeState.UPHELD,
        defaults={
            "key": "lost_permille",
            "row": 1,
            "table_hash": "x",
            "text": "It left the shop whole.",
            "by": shop.owner,
            "at": at,
            "due_at": at,
            "decided_by": make_staff(),
            "decided_at": at,
            "answer": "You are right.",
        },
    )


@pytest.mark.django_db
def test_a_dispute_lost_costs_points_and_an_appeal_won_gives_back_every_one():
    dispute = make_dispute(state="escalated")
    shop, at = dispute.order.shop, dispute.opened_at + timedelta(hours=2)
    never = services.rescore(shop_id=shop.pk, cause="order.shipped", at=at)
    ruling = make_ruling(dispute, at=at)
    drain(at=at)
    lost = queries.current(shop.pk)
    assert lost.features["lost_permille"] > never.features["lost_permille"]

    row = rulings.appeal(
        ruling_id=ruling.pk, by_id=shop.owner_id, text="It left the shop whole.", at=at
    )
    rulings.decide_appeal(
        appeal_id=row.pk,
        changed=True,
        kind="nothing",
        answer="The photos were of other goods.",
        by_id=make_staff().pk,
        at=at,
    )
    drain(at=at)

    again = queries.current(shop.pk)
    assert again.features["lost_permille"] == never.features["lost_permille"]
    assert again.contributions["lost_permille"] == never.contributions["lost_permille"]
    assert not LostDispute.objects.exists()
    assert set(FadingSum.objects.values_list("weight", flat=True)) == {0}


@pytest.mark.django_db
def test_the_daily_look_counts_what_no_event_has_counted(now):
    shop, disputes = shop_with_disputes()
    Dispute.objects.filter(pk=disputes[0].pk).update(won_by=Side.BUYER)
    services.rescore(shop_id=shop.pk, cause="order.settled", at=now)
    before = queries.features(shop.pk, now).lost_permille

    tasks.every_day(now)
    drain(at=now)

    assert queries.features(shop.pk, now).lost_permille > before
