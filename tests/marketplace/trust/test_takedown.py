"""Takedowns, what follows from them, and the way back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from marketplace.errors import BadInput
from marketplace.listings.models import ListingState, Withholding
from marketplace.outbox.models import Event, LogEntry
from marketplace.reasons.models import StatementOfReasons
from marketplace.shops.models import Shop, ShopState
from marketplace.trust import queries, services, tasks
from marketplace.trust.models import Sanction, Strike
from marketplace.trust.services import sanctions
from tests.factories.accounts import make_staff
from tests.factories.listings import make_listing, make_statement
from tests.factories.outbox import drain
from tests.factories.shops import make_shop
from tests.factories.trust import NOW, strike_listing

pytestmark = pytest.mark.django_db


def level_of(shop):
    shop.refresh_from_db()
    return shop.sanction_level, shop.state, shop.ranking_trust_permille


def test_a_takedown_withholds_strikes_sanctions_and_states_why_in_one_go():
    listing, staff = make_listing(), make_staff()
    strike = strike_listing(listing, severity=9, by=staff)

    listing.refresh_from_db()
    assert listing.state == ListingState.WITHHELD
    held = Withholding.objects.get(listing=listing, lifted_at=None)
    assert (held.source, held.statement) == (strike.decision_ref, strike.statement)
    assert strike.statement.decision_visibility == ["DECISION_VISIBILITY_CONTENT_REMOVED"]
    assert strike.statement.automated_decision == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert strike.due_at == NOW + timedelta(days=365)
    sanction = Sanction.objects.get(shop=listing.shop, lifted_at=None)
    assert (sanction.level, sanction.cause, sanction.due_at) == (2, strike, strike.due_at)
    assert level_of(listing.shop) == (2, ShopState.APPROVED, 500)
    event = Event.objects.get(name="strike.recorded")
    assert event.data["shop_id"] == listing.shop_id
    assert event.data["strike_id"] == strike.pk
    assert LogEntry.objects.filter(action="listing.taken_down", actor=staff.ref).exists()


def test_a_takedown_sent_twice_strikes_once():
    listing = make_listing()
    first = strike_listing(listing, ref="decision:7")
    second = strike_listing(listing, ref="decision:7")

    assert first == second
    assert Strike.objects.count() == Sanction.objects.count() == 1
    assert StatementOfReasons.objects.count() == 2  # the takedown's and the sanction's
    assert Event.objects.filter(name="strike.recorded").count() == 1


def test_a_decision_by_nobody_is_called_fully_automated():
    strike = strike_listing(make_listing(), by=None)
    assert strike.statement.automated_decision == "AUTOMATED_DECISION_FULLY"


@pytest.mark.parametrize(("policy", "severity"), [("fun", 3), ("counterfeit", 4)])
def test_unknown_rules_and_severities_are_refused(policy, severity):
    listing = make_listing()
    with pytest.raises(BadInput):
        services.take_down(
            listing_id=listing.pk,
            decision_ref="decision:7",
            policy=policy,
            severity=severity,
            facts="x",
            explanation="x",
            by_id=None,
            automated_detection=True,
            at=NOW,
        )
    assert not Strike.objects.exists()


def test_strikes_add_up_until_the_shop_is_suspended():
    shop = make_shop()
    steps = ((2, ShopState.APPROVED, 500),) * 2 + ((3, ShopState.SUSPENDED, 0),)
    for day, expected in enumerate(steps):
        strike_listing(make_listing(shop=shop), severity=9, at=NOW + timedelta(days=day))
        assert level_of(shop) == expected
    assert Sanction.objects.filter(shop=shop, lifted_at=None).count() == 1
    statement = Sanction.objects.get(shop=shop, lifted_at=None).statement
    assert statement.decision_provision == "DECISION_PROVISION_TOTAL_SUSPENSION"


def test_a_restored_shop_and_listing_equal_themselves_before_the_strike():
    listing = make_listing()
    before = model_to_dict(listing.shop), model_to_dict(listing)
    strike = strike_listing(listing, severity=27)
    assert level_of(listing.shop)[1] == ShopState.SUSPENDED

    services.restore(
        decision_ref=strike.decision_ref, voided_by_ref="decision:8", by_id=None, at=NOW
    )
    services.restore(
        decision_ref=strike.decision_ref, voided_by_ref="decision:9", by_id=None, at=NOW
    )

    listing.refresh_from_db()
    strike.refresh_from_db()
    shop = Shop.objects.get(pk=listing.shop_id)
    assert (model_to_dict(shop), model_to_dict(listing)) == before
    assert (strike.voided_at, strike.voided_by_ref) == (NOW, "decision:8")
    assert not Sanction.objects.filter(lifted_at=None).exists()
    assert Event.objects.filter(name="strike.voided").count() == 1


def test_voiding_the_first_strike_leaves_what_the_second_alone_would_have_made():
    struck, spared = make_shop(), make_shop()
    first = strike_listing(make_listing(shop=struck), severity=9)
    second = strike_listing(make_listing(shop=struck), severity=1)
    alone = strike_listing(make_listing(shop=spared), severity=1)
    services.restore(
        decision_ref=first.decision_ref, voided_by_ref="decision:8", by_id=None, at=NOW
    )

    assert level_of(struck) == level_of(spared) == (1, ShopState.APPROVED, 900)
    kept = queries.active_sanction(struck.pk, NOW)
    fresh = queries.active_sanction(spared.pk, NOW)
    assert (kept.level, kept.due_at, kept.cause) == (fresh.level, fresh.due_at, second)
    assert fresh.cause == alone


def test_another_source_keeps_a_restored_listing_from_view():
    listing = make_listing()
    strike = strike_listing(listing)
    statement = make_statement(listing=listing)
    Withholding.objects.create(listing=listing, source="notice:1", statement=statement, since=NOW)
    services.restore(
        decision_ref=strike.decision_ref, voided_by_ref="decision:8", by_id=None, at=NOW
    )
    listing.refresh_from_db()
    assert listing.state == ListingState.WITHHELD


def test_the_clock_eases_and_ends_sanctions():
    shop = make_shop()
    strike_listing(make_listing(shop=shop), severity=9)
    later = NOW + timedelta(days=100)
    strike_listing(make_listing(shop=shop), severity=1, at=later)

    assert services.expire(at=NOW + timedelta(days=364)) == 0
    assert level_of(shop)[0] == 2
    assert services.expire(at=NOW + timedelta(days=365)) == 1
    assert level_of(shop) == (1, ShopState.APPROVED, 900)
    assert services.expire(at=later + timedelta(days=365)) == 1
    assert services.expire(at=later + timedelta(days=365)) == 0
    assert level_of(shop) == (0, ShopState.APPROVED, 1000)


def test_the_clock_takes_batches(monkeypatch):
    shops = [make_shop() for _number in range(3)]
    for shop in shops:
        strike_listing(make_listing(shop=shop), severity=9)
    monkeypatch.setattr(sanctions, "EXPIRE_BATCH", 2)
    monkeypatch.setattr(services, "EXPIRE_BATCH", 2)
    over = NOW + timedelta(days=400)
    tasks.expire(over)
    assert [level_of(shop)[0] for shop in shops].count(0) == 2
    drain(at=over)
    assert [level_of(shop)[0] for shop in shops] == [0, 0, 0]


def test_a_hold_has_a_statement_and_can_be_lifted():
    listing = make_listing()
    facts = {
        "listing_id": listing.pk,
        "source": "scan:1",
        "facts": "The title says “N1ke”.",
        "explanation": "A person will look.",
        "at": NOW,
    }
    statement = services.hold(**facts)
    assert services.hold(**facts) == statement
    listing.refresh_from_db()
    assert listing.state == ListingState.WITHHELD
    assert statement.automated_decision == "AUTOMATED_DECISION_PARTIALLY"
    assert not Strike.objects.exists()

    services.lift_hold(listing_id=listing.pk, source="scan:1", at=NOW)
    listing.refresh_from_db()
    assert listing.state == ListingState.LIVE


@pytest.mark.parametrize(
    "wrong",
    [
        {"severity": 4},
        {"policy": "fun"},
        {"shop": None},
        {"statement": None},
        {"voided_by_ref": "decision:9"},
    ],
)
def test_the_database_refuses_impossible_strikes(wrong):
    strike = strike_listing(make_listing())
    with pytest.raises(IntegrityError), transaction.atomic():
        Strike.objects.filter(pk=strike.pk).update(**wrong)


def test_the_database_refuses_a_second_active_sanction():
    strike = strike_listing(make_listing())
    sanction = Sanction.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Sanction.objects.create(
            shop=sanction.shop,
            level=1,
            cause=strike,
            statement=sanction.statement,
            since=NOW,
            due_at=NOW,
        )
