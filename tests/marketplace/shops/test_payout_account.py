"""A changed payout account: asked for a fresh log-in, told, paused, undone, never redirecting."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox.models import Message
from marketplace.orders.services import payout
from marketplace.shops import queries, services
from marketplace.shops.models import MemberRole, PayoutAccountChange
from tests.factories.accounts import PASSWORD, make_person, make_user
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db
OLD, NEW = "RW12 3456", "RW98 7654"
PAUSE = timedelta(hours=72)


@pytest.fixture
def shop():
    return make_shop(payout_account_sealed=OLD)


def change(shop, at, account=NEW, by=None):
    return services.change_payout_account(
        shop_id=shop.pk, account=account, by_id=by or shop.owner_id, at=at
    )


def test_a_change_pauses_payouts_for_three_days_and_keeps_its_history(shop, now):
    for _twice in range(2):
        change(shop, now)
    shop.refresh_from_db()
    assert shop.payout_account_sealed == NEW
    assert not payout.may_be_paid(shop=shop, at=now + PAUSE - timedelta(seconds=1))
    assert payout.may_be_paid(shop=shop, at=now + PAUSE)
    row = PayoutAccountChange.objects.get()
    assert (row.old_account_sealed, row.new_account_sealed) == (OLD, NEW)


def test_every_owner_is_told_once_and_no_number_travels(shop, now):
    second = make_member(shop=shop, role=MemberRole.OWNER)
    make_member(shop=shop, role=MemberRole.BOOKKEEPER)
    for _twice in range(2):
        change(shop, now)
    told = Message.objects.filter(kind="shop.payout_account")
    assert set(told.values_list("user_id", flat=True)) == {shop.owner_id, second.user_id}
    assert told.count() == 2
    for message in told:
        assert "7654" not in message.subject + message.body
        assert "3456" not in message.subject + message.body


def test_the_first_account_pauses_nothing(now):
    shop = make_shop()
    change(shop, now)
    shop.refresh_from_db()
    assert payout.may_be_paid(shop=shop, at=now)
    assert not Message.objects.exists()


def test_only_owners_change_it(shop, now):
    for person in (make_person(), make_member(shop=shop, role=MemberRole.BOOKKEEPER).user):
        with pytest.raises(NotAllowed):
            change(shop, now, by=person.pk)


@pytest.mark.parametrize("account", ["", "  ", "12", "DE89370400440532013001", "x" * 61])
def test_what_cannot_be_an_account_is_refused(shop, now, account):
    with pytest.raises(BadInput):
        change(shop, now, account)


def test_an_owner_calls_a_change_off_within_the_pause(shop, now):
    change(shop, now)
    row = PayoutAccountChange.objects.get()
    for _twice in range(2):
        services.call_off_change(change_id=row.pk, by_id=shop.owner_id, at=now + PAUSE / 2)
    shop.refresh_from_db()
    assert shop.payout_account_sealed == OLD
    assert not payout.may_be_paid(shop=shop, at=now + PAUSE / 2)
    assert PayoutAccountChange.objects.count() == 2
    assert queries.undoable_change(shop=shop, at=now + PAUSE / 2) is None


def test_after_the_pause_or_by_a_stranger_nothing_is_called_off(shop, now):
    change(shop, now)
    row = PayoutAccountChange.objects.get()
    with pytest.raises(NotAllowed):
        services.call_off_change(change_id=row.pk, by_id=make_person().pk, at=now)
    with pytest.raises(WrongState):
        services.call_off_change(change_id=row.pk, by_id=shop.owner_id, at=now + PAUSE)


def test_two_changes_by_a_thief_are_called_off_one_after_the_other(shop, now):
    change(shop, now)
    change(shop, now + timedelta(hours=1), "RW11 1111")
    first, second = PayoutAccountChange.objects.order_by("pk")
    with pytest.raises(WrongState):
        services.call_off_change(change_id=first.pk, by_id=shop.owner_id, at=now + PAUSE / 2)
    for row in (second, first):
        services.call_off_change(change_id=row.pk, by_id=shop.owner_id, at=now + PAUSE / 2)
    shop.refresh_from_db()
    assert shop.payout_account_sealed == OLD


def test_money_that_left_goes_where_it_was_meant_to_go(shop, now):
    change(shop, now)
    change(shop, now + PAUSE, "RW11 1111")
    at = [now - timedelta(hours=1), now + PAUSE / 2, now + 2 * PAUSE]
    assert [queries.payout_account_at(shop_id=shop.pk, at=moment) for moment in at] == [
        OLD,
        NEW,
        "RW11 1111",
    ]


def test_the_database_refuses_two_undoings_of_one_change(shop, now):
    change(shop, now)
    row = PayoutAccountChange.objects.get()
    services.call_off_change(change_id=row.pk, by_id=shop.owner_id, at=now)
    undone = PayoutAccountChange.objects.get(undoes=row)
    undone.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        undone.save()


def test_the_history_only_grows(app_connection, now):
    with app_connection.cursor() as cursor:
        for what in ("UPDATE shops_payoutaccountchange SET at = now()",):
            with pytest.raises(Exception, match="permission denied"):
                cursor.execute(what)


def test_the_page_asks_for_a_fresh_log_in_first(client):
    owner = make_user()
    shop = make_shop(owner=owner, payout_account_sealed=OLD)
    client.force_login(owner)
    address = reverse("shops:change_payout_account", args=[shop.pk])
    for answer in (client.get(address), client.post(address, {"account": NEW})):
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not PayoutAccountChange.objects.exists()
    client.post(f"{reverse('account_reauthenticate')}?next={address}", {"password": PASSWORD})
    assert client.get(address).status_code == 200
    for _twice in range(2):
        answer = client.post(address, {"account": NEW})
        assert answer.url == reverse("shops:payout_account", args=[shop.pk])
    assert PayoutAccountChange.objects.count() == 1
    page = client.get(answer.url).content.decode()
    assert "Payouts wait until" in page
    assert "7654" not in page
    client.post(reverse("shops:call_off_change", args=[PayoutAccountChange.objects.get().pk]))
    shop.refresh_from_db()
    assert shop.payout_account_sealed == OLD


@pytest.mark.django_db(transaction=True)
def test_eight_changes_at_once_are_one_change(shop, now):
    def hand(_number):
        try:
            change(shop, now)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as hands:
        list(hands.map(hand, range(8)))
    assert PayoutAccountChange.objects.count() == 1
    assert Message.objects.count() == 1
