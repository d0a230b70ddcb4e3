"""What a sanction does before anything is removed, and that all of it can be undone."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.orders.services import payout
from marketplace.orders.services.payout import may_be_paid
from marketplace.outbox.models import Event, LogEntry
from marketplace.shops import services as shops
from marketplace.trust import queries, services
from marketplace.trust.models import Sanction, Strike
from tests.factories.accounts import make_staff, make_user
from tests.factories.listings import make_listing
from tests.factories.outbox import drain
from tests.factories.shops import make_shop
from tests.factories.trust import NOW, strike_listing
from tests.marketplace.orders.acts import LATER, give_back, sold
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db


def limited():
    shop = make_shop(payout_account_sealed="DE89370400440532013000")
    strike = strike_listing(make_listing(shop=shop), severity=9)
    shop.refresh_from_db()
    return shop, strike


def bad_faith(user, staff, *, ref, act="knowing", at=NOW):
    return services.strike_notifier(
        user_id=user.pk,
        decision_ref=ref,
        act=act,
        facts="Forty notices about a competitor's own photos.",
        by_id=staff.pk,
        at=at,
    )


def test_payouts_of_a_limited_shop_rest_a_week_and_the_statement_says_so():
    shop, strike = limited()
    week = NOW + timedelta(days=7)
    assert not may_be_paid(shop=shop, at=week - timedelta(seconds=1))
    assert may_be_paid(shop=shop, at=week)
    sanction = Sanction.objects.get(shop=shop)
    assert sanction.payouts_rest_until == week
    assert sanction.statement.decision_monetary == "DECISION_MONETARY_SUSPENSION"
    assert "Payouts rest" in sanction.statement.explanation
    assert strike.statement.decision_monetary == ""


@pytest.mark.parametrize("how", ["won", "over"])
def test_a_limited_shop_leaves_a_deposit_that_goes_out_when_the_limit_ends(how):
    order = sold()
    assert order.net_minor == 10_200
    strike = strike_listing(make_listing(shop=order.shop), severity=9, at=LATER)
    sanction = Sanction.objects.get(shop=order.shop)
    assert "20 % of what orders released in the last 60 days" in sanction.statement.explanation
    week = LATER + timedelta(days=7)
    first = payout.pay_out(shop_id=order.shop_id, period="one", at=week)
    assert first.amount_minor == 8_160
    assert payout.pay_out(shop_id=order.shop_id, period="two", at=week) is None

    if how == "won":
        end = week
        services.restore(
            decision_ref=strike.decision_ref, voided_by_ref="decision:8", by_id=None, at=end
        )
    else:
        end = sanction.due_at
        services.expire(at=end)
    rest = payout.pay_out(shop_id=order.shop_id, period="three", at=end)
    assert rest.amount_minor == 2_040
    assert LogEntry.objects.filter(action="shop.deposit_set").count() == 2
    drain(at=end)
    assert_books_agree()


def test_a_deposit_pays_for_a_fake_that_was_released_before_the_shop_owes_anything():
    order = sold()
    strike_listing(make_listing(shop=order.shop), severity=9, at=LATER)
    payout.pay_out(shop_id=order.shop_id, period="one", at=LATER + timedelta(days=7))
    give_back(order, goods=2_000)
    assert balance_minor("seller_payable", order.shop.ref) == 100
    assert balance_minor("seller_debt", order.shop.ref) == 0


def test_a_won_appeal_ends_the_rest_of_payouts_at_once():
    shop, strike = limited()
    services.restore(
        decision_ref=strike.decision_ref, voided_by_ref="decision:8", by_id=None, at=NOW
    )
    shop.refresh_from_db()
    assert shop.payouts_paused_until is None


def test_a_changed_payout_account_keeps_its_own_pause_when_the_sanction_goes():
    shop, strike = limited()
    later = NOW + timedelta(days=6, hours=23)
    shops.change_payout_account(
        shop_id=shop.pk, account="GB33BUKB20201555555555", by_id=shop.owner_id, at=later
    )
    shop.refresh_from_db()
    own = shop.payouts_paused_until
    assert own > NOW + timedelta(days=7)
    services.restore(
        decision_ref=strike.decision_ref, voided_by_ref="decision:8", by_id=None, at=later
    )
    shop.refresh_from_db()
    assert shop.payouts_paused_until == own


def test_staff_who_confirm_the_seller_anew_let_payouts_go_on(client):
    shop, _strike = limited()
    staff = make_staff()
    sanction = Sanction.objects.get(shop=shop)
    client.force_login(staff)
    page = reverse("admin:trust_sanction_change", args=[sanction.pk])
    assert "confirm/" in client.get(page).content.decode()
    for _ in range(2):
        assert client.post(reverse("admin:trust_confirm_identity", args=[sanction.pk])).url == page
    shop.refresh_from_db()
    sanction.refresh_from_db()
    assert may_be_paid(shop=shop, at=NOW)
    assert sanction.identity_confirmed_by == staff
    assert LogEntry.objects.filter(action="shop.identity_confirmed").count() == 1
    assert "confirm/" not in client.get(page).content.decode()
    assert shop.sanction_level == 2


def test_only_staff_who_gain_nothing_confirm_and_only_where_it_is_asked():
    shop, strike = limited()
    sanction = Sanction.objects.get(shop=shop)
    ask = {"sanction_id": sanction.pk, "at": NOW}
    with pytest.raises(NotAllowed):
        services.confirm_identity(**ask, by_id=make_user().pk)
    services.restore(
        decision_ref=strike.decision_ref, voided_by_ref="decision:8", by_id=None, at=NOW
    )
    with pytest.raises(WrongState):
        services.confirm_identity(**ask, by_id=make_staff().pk)


def test_a_takedown_by_act_takes_its_points_from_the_ladder():
    listing = make_listing()
    facts = {
        "listing_id": listing.pk,
        "decision_ref": "decision:7",
        "policy": "prohibited",
        "facts": "x",
        "explanation": "x",
        "by_id": None,
        "automated_detection": True,
        "at": NOW,
    }
    with pytest.raises(BadInput):
        services.take_down(**facts, act="fate")
    services.take_down(**facts, act="knowing")
    strike = Strike.objects.get()
    assert (strike.severity, strike.act) == (9, "knowing")


def test_notices_in_bad_faith_cost_the_notifier_step_by_step_and_time_heals():
    user, staff = make_user(), make_staff()
    seen = [queries.notice_standing(user.pk, NOW)]
    for day in range(4):
        at = NOW + timedelta(days=day)
        bad_faith(user, staff, ref=f"notice:{day}", at=at)
        seen.append(queries.notice_standing(user.pk, at))
    assert [(one.level, one.fast_lane, one.a_day) for one in seen] == [
        (0, True, None),
        (1, False, None),
        (1, False, None),
        (2, False, 3),
        (3, False, 0),
    ]
    assert Sanction.objects.get(user=user, lifted_at=None).repeat

    over = NOW + timedelta(days=365)
    assert services.expire(at=over) == 1
    assert queries.notice_standing(user.pk, over).level == 2
    assert services.expire(at=over + timedelta(days=3)) == 1
    assert queries.notice_standing(user.pk, over + timedelta(days=3)).fast_lane


def test_a_pardoned_notifier_is_as_if_never_struck():
    user, staff = make_user(), make_staff()
    strike = bad_faith(user, staff, ref="notice:1", act="organised")
    assert bad_faith(user, staff, ref="notice:1", act="organised") == strike
    assert queries.notice_standing(user.pk, NOW).a_day == 3
    for ref in ("decision:8", "decision:9"):
        services.pardon_notifier(decision_ref="notice:1", voided_by_ref=ref, by_id=staff.pk, at=NOW)
    assert queries.notice_standing(user.pk, NOW).fast_lane
    assert not Sanction.objects.filter(lifted_at=None).exists()
    assert Event.objects.filter(name="notifier.struck").count() == 1
    assert Event.objects.filter(name="notifier.pardoned").count() == 1


def test_nobody_rules_on_their_own_faith_and_no_machine_does():
    staff = make_staff()
    with pytest.raises(NotAllowed):
        bad_faith(staff, staff, ref="notice:1")
    with pytest.raises(NotAllowed):
        bad_faith(staff, make_user(), ref="notice:1")
    with pytest.raises(BadInput):
        bad_faith(make_user(), staff, ref="notice:1", act="fate")


@pytest.mark.parametrize(
    "wrong", [{"policy": "counterfeit"}, {"act": "fate"}, {"due_at": NOW}, {"user": None}]
)
def test_the_database_refuses_impossible_strikes_of_people(wrong):
    strike = bad_faith(make_user(), make_staff(), ref="notice:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Strike.objects.filter(pk=strike.pk).update(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"user": None}, {"repeat": True}, {"identity_confirmed_at": NOW}]
)
def test_the_database_refuses_impossible_sanctions(wrong):
    bad_faith(make_user(), make_staff(), ref="notice:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Sanction.objects.update(**wrong)
