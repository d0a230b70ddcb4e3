from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from credit.scoring import queries, rules, services, tasks
from credit.scoring.models import Score
from marketplace.orders.models import CancelledBy, OrderState
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job
from tests.factories.accounts import make_person
from tests.factories.outbox import drain
from tests.factories.scoring import make_settled_order, make_strike
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def trader(now):
    """A shop that six people bought from, one of them late, over five months."""
    shop = make_shop()
    for month in range(6):
        make_settled_order(shop=shop, at=now - timedelta(days=30 * month + 5), late=month == 3)
    return shop


def test_features_are_read_from_orders_and_strikes(trader, now):
    make_strike(shop=trader, at=now, severity=3)

    features = queries.features(trader.pk, now)

    assert features == rules.Features(
        months_trading=5,
        active_months=6,
        account_months=features.account_months,
        on_time_permille=int((5 + 8 * 0.9) / 14 * 1000),
        cancelled_permille=int(8 * 0.03 / 14 * 1000),
        ship_hours=(5 * 48 + 9 * 24 + 8 * 48) // 14,
        lost_permille=int(8 * 0.01 / 14 * 1000),
        strike_points=3,
        fakes_proven=1,
        refunded_permille=int(8 * 0.03 / 14 * 1000),
        identity_level=features.identity_level,
        payout_months=features.payout_months,
        buyers=6,
        repeat_permille=int(8 * 0.2 / 14 * 1000),
        largest_buyer_permille=166,
        shipped_buyers=6,
        paid_buyers=6,
    )


def test_features_take_few_queries(trader, now, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        queries.features(trader.pk, now)


def test_a_shop_without_orders_has_no_record(now):
    shop = make_shop()

    score = services.rescore(shop_id=shop.pk, cause="shop.approved", at=now)

    assert score.band == "unknown"
    assert queries.features(shop.pk, now).on_time_permille is None


def test_buying_again_and_again_from_oneself_adds_nothing(trader, now):
    accomplice = make_person()
    make_settled_order(shop=trader, at=now, buyer=accomplice)
    make_settled_order(shop=trader, at=now, buyer=accomplice)
    before = rules.score(queries.features(trader.pk, now)).points

    for _again in range(30):
        make_settled_order(shop=trader, at=now, buyer=accomplice)

    assert rules.score(queries.features(trader.pk, now)).points <= before


def test_an_overdue_parcel_counts_as_late(trader, now):
    before = queries.features(trader.pk, now).on_time_permille
    make_settled_order(
        shop=trader,
        at=now,
        state=OrderState.PAID_HELD,
        shipped_at=None,
        completed_at=None,
        settled_at=None,
    )

    assert queries.features(trader.pk, now).on_time_permille < before


@pytest.mark.parametrize(
    ("by", "counts"),
    [(CancelledBy.SELLER, True), (CancelledBy.BUYER, True), (CancelledBy.PLATFORM, False)],
)
def test_a_paid_order_that_was_cancelled_counts_unless_the_platform_did_it(trader, now, by, counts):
    before = rules.score(queries.features(trader.pk, now)).points
    make_settled_order(
        shop=trader,
        at=now,
        state=OrderState.CANCELLED,
        shipped_at=None,
        completed_at=None,
        settled_at=None,
        cancelled_at=now,
        cancelled_by=by,
    )

    assert (rules.score(queries.features(trader.pk, now)).points < before) is counts


def test_rescoring_twice_keeps_one_score_and_sets_the_band(trader, now):
    first = services.rescore(shop_id=trader.pk, cause="order.settled", at=now)
    again = services.rescore(shop_id=trader.pk, cause="order.settled", at=now)

    trader.refresh_from_db()
    assert again.pk == first.pk
    assert Score.objects.count() == 1
    assert trader.credit_band == first.band == rules.band_of(first.points)
    assert sum(first.contributions.values()) == first.points
    assert rules.score(rules.Features(**first.features)).points == first.points


def test_after_a_voided_strike_the_score_is_as_if_it_had_never_been(trader, now):
    never = services.rescore(shop_id=trader.pk, cause="order.settled", at=now)
    strike = make_strike(shop=trader, at=now)
    struck = services.rescore(shop_id=trader.pk, cause="strike.recorded", at=now)
    strike.voided_at, strike.voided_by_ref = now, "decision:99"
    strike.save()

    restored = services.rescore(shop_id=trader.pk, cause="strike.voided", at=now)

    trader.refresh_from_db()
    assert struck.points < never.points
    assert (restored.points, restored.contributions) == (never.points, never.contributions)
    assert rules.score(queries.features(trader.pk, now)).contributions == restored.contributions
    assert trader.credit_band == never.band


def test_a_strike_ends_in_time(trader, now):
    make_strike(shop=trader, at=now - timedelta(days=365))

    assert queries.features(trader.pk, now).strike_points == 0


@pytest.mark.parametrize(
    "fact", ["shop.approved", "order.settled", "order.cancelled", "strike.voided"]
)
def test_each_fact_makes_one_job_that_scores_the_shop(trader, now, fact):
    with transaction.atomic():
        outbox.emit(fact, subject=trader.ref, data={"shop_id": trader.pk}, at=now)

    drain(at=now)

    assert queries.current(trader.pk).cause == fact


def test_every_day_each_scored_shop_is_looked_at_again(trader, now):
    services.rescore(shop_id=trader.pk, cause="order.settled", at=now)
    later = now + timedelta(days=400)

    before = Score.objects.count()

    tasks.every_day(now)
    tasks.every_day(now)
    drain(at=later)

    assert Score.objects.count() == before + 1
    assert queries.current(trader.pk).cause == "clock.day"


def test_every_day_takes_batches_and_forgets_no_shop(now, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 2)
    shops = [make_shop() for _number in range(5)]
    for shop in shops:
        services.rescore(shop_id=shop.pk, cause="order.settled", at=now)
    tasks.every_day(now)
    asked = Job.objects.filter(kind=tasks.RESCORE_ONE)
    assert asked.count() == 2
    drain(at=now)
    assert {job.payload["shop_id"] for job in asked} >= {shop.pk for shop in shops}
    assert asked.count() == len(shops)


@pytest.mark.parametrize("wrong", [{"points": 349}, {"points": 951}, {"band": "splendid"}])
def test_the_database_refuses_a_score_that_cannot_be(trader, now, wrong):
    row = {"points": 600, "band": "good"} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        Score.objects.create(
            shop=trader, table_hash="", features={}, contributions={}, cause="", at=now, **row
        )
