"""Opening, approving, refusing and suspending shops."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from marketplace.accounts.models import Role
from marketplace.accounts.queries import has_role
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.outbox.models import Event, LogEntry
from marketplace.shops import queries, rules, services
from marketplace.shops.models import CreditBand, SanctionLevel, Shop, ShopState, Standing
from tests.factories.accounts import make_person
from tests.factories.identity import make_verified
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def make_ready(now, **changes):
    """An application that nothing is missing from."""
    shop = open_shop(now, **{"payout_account": "RW12 3456", **changes})
    make_verified(user=shop.owner, at=now)
    return shop


def open_shop(now, owner=None, **changes):
    details = {"name": "Kigali Baskets", "country": "RW", "currency": "RWF"}
    owner = owner or make_person()
    return services.open_shop(owner_id=owner.pk, at=now, **{**details, **changes})


def test_opening_a_shop_makes_the_owner_a_seller_and_a_member(now):
    owner = make_person()
    shop = open_shop(now, owner, payout_account=" RW12 3456 ", shipping_minor=500)
    assert (shop.state, shop.slug, shop.standing) == ("applied", "kigali-baskets", "new")
    assert has_role(owner, Role.SELLER)
    assert queries.works_in(user_id=owner.pk, shop_id=shop.pk)
    assert list(queries.shops_of(owner)) == [shop]
    assert Event.objects.get(name="shop.applied").data == {"shop_id": shop.pk}
    assert Shop.objects.get().payout_account_sealed == "RW12 3456"


def test_opening_the_same_shop_twice_makes_one(now):
    owner = make_person()
    assert open_shop(now, owner) == open_shop(now, owner, name=" kigali   BASKETS ")
    assert Event.objects.filter(name="shop.applied").count() == 1


def test_the_name_of_another_shop_is_refused_whatever_its_case(now):
    open_shop(now)
    with pytest.raises(BadInput) as refusal:
        open_shop(now, name="KIGALI baskets")
    assert refusal.value.field == "name"


@pytest.mark.parametrize(
    ("field", "value"), [("name", " x "), ("country", "XX"), ("currency", "DEM")]
)
def test_what_cannot_be_a_shop_is_refused_at_its_field(now, field, value):
    with pytest.raises(BadInput) as refusal:
        open_shop(now, **{field: value})
    assert refusal.value.field == field


def test_a_name_in_any_script_gets_an_address_of_its_own(now):
    first, second = open_shop(now, name="小竹编"), open_shop(now, name="小竹編")
    assert first.slug != second.slug
    assert open_shop(now, name="Kigali-Baskets").slug == "kigali-baskets"
    assert open_shop(now, name="Kigali Baskets").slug.startswith("kigali-baskets-")


def test_approval_opens_the_shop_once_and_tells_the_owner(now):
    shop, staff = make_ready(now), make_person()
    for _twice in range(2):
        services.approve(shop_id=shop.pk, by_id=staff.pk, at=now)
    shop.refresh_from_db()
    assert (shop.state, shop.decided_by, shop.decided_at) == ("approved", staff, now)
    assert list(Shop.objects.open()) == [shop]
    assert Event.objects.filter(name="shop.approved").count() == 1
    assert Message.objects.get(kind="shop.approved").user == shop.owner
    assert LogEntry.objects.get(action="shop.approved").actor == staff.ref


def test_nobody_decides_about_a_shop_of_his_own(now):
    shop = open_shop(now)
    with pytest.raises(NotAllowed):
        services.approve(shop_id=shop.pk, by_id=shop.owner_id, at=now)
    with pytest.raises(NotAllowed):
        services.refuse(shop_id=shop.pk, by_id=shop.owner_id, reason="x", at=now)
    assert Shop.objects.get().state == ShopState.APPLIED


def test_refusal_needs_a_reason_and_the_owner_reads_it(now):
    shop, staff = make_ready(now), make_person()
    with pytest.raises(BadInput):
        services.refuse(shop_id=shop.pk, by_id=staff.pk, reason=" ", at=now)
    for _twice in range(2):
        services.refuse(shop_id=shop.pk, by_id=staff.pk, reason="No trade licence.", at=now)
    assert "No trade licence." in Message.objects.get().body
    assert not Shop.objects.open().exists()
    services.approve(shop_id=shop.pk, by_id=staff.pk, at=now)
    assert Shop.objects.get().state == ShopState.APPROVED


def test_an_open_shop_cannot_be_refused_nor_a_suspended_one_approved(now):
    with pytest.raises(WrongState):
        services.refuse(shop_id=make_shop().pk, by_id=make_person().pk, reason="x", at=now)
    suspended = make_shop(state=ShopState.SUSPENDED, sanction_level=SanctionLevel.SUSPENDED)
    with pytest.raises(WrongState):
        services.approve(shop_id=suspended.pk, by_id=make_person().pk, at=now)


def test_a_sanctioned_applicant_cannot_be_approved(now):
    shop = make_shop(state=ShopState.APPLIED)
    services.set_sanction_level(shop_id=shop.pk, level=3, at=now)
    with pytest.raises(WrongState):
        services.approve(shop_id=shop.pk, by_id=make_person().pk, at=now)


def test_level_three_suspends_and_a_lower_level_reopens(now):
    shop = make_shop(credit_band=CreditBand.EXCELLENT, standing=Standing.TRUSTED)
    before = Shop.objects.values().get(pk=shop.pk)

    services.set_sanction_level(shop_id=shop.pk, level=3, at=now)
    shop.refresh_from_db()
    assert (shop.state, shop.standing) == (ShopState.SUSPENDED, Standing.RESTRICTED)

    services.set_sanction_level(shop_id=shop.pk, level=0, at=now)
    assert Shop.objects.values().get(pk=shop.pk) == before


def test_a_credit_band_changes_the_badge_and_says_so_once(now):
    shop = make_shop()
    for _twice in range(2):
        services.set_credit_band(shop_id=shop.pk, band="excellent", at=now)
    shop.refresh_from_db()
    assert shop.standing == Standing.TRUSTED
    event = Event.objects.get(name="shop.standing_changed")
    assert event.data == {"shop_id": shop.pk, "before": "new", "after": "trusted"}


def test_ranking_trust_stays_between_nothing_and_full(now):
    shop = make_shop()
    services.set_ranking_trust(shop_id=shop.pk, permille=400, at=now)
    assert Shop.objects.get().ranking_trust_permille == 400
    with pytest.raises(BadInput):
        services.set_ranking_trust(shop_id=shop.pk, permille=1001, at=now)


@pytest.mark.parametrize("wrong", [{"state": "x"}, {"ranking_trust_permille": 1001}])
def test_the_database_refuses_impossible_shops(wrong):
    shop = make_shop()
    with pytest.raises(IntegrityError), transaction.atomic():
        Shop.objects.filter(pk=shop.pk).update(**wrong)


def test_strangers_and_visitors_manage_nothing():
    shop = make_shop()
    for user_id in (make_person().pk, make_shop().owner_id, None):
        assert not queries.works_in(user_id=user_id, shop_id=shop.pk)
        assert not any(queries.may(user_id=user_id, shop_id=shop.pk, act=act) for act in rules.Act)
        assert queries.acts_of(user_id=user_id, shop_id=shop.pk) == frozenset()
    assert not queries.shops_of(AnonymousUser()).exists()
    assert not queries.shops_where(AnonymousUser(), rules.Act.SEE_ORDERS).exists()
    assert queries.acts_of(user_id=shop.owner_id, shop_id=shop.pk) == frozenset(rules.Act)


def test_the_tables_know_every_state_level_and_band():
    assert set(rules.MOVES) == set(ShopState.values)
    badges = {
        rules.standing(level, band) for level in SanctionLevel.values for band in CreditBand.values
    }
    assert badges == set(Standing.values)


@pytest.mark.parametrize("band", CreditBand.values)
def test_a_heavier_sanction_never_gives_a_better_badge(band):
    order = ["restricted", "watched", "new", "steady", "trusted"]
    badges = [order.index(rules.standing(level, band)) for level in SanctionLevel.values]
    assert badges == sorted(badges, reverse=True)
