"""Pages of shares: the owner's, a person's own, the file, and what the money page says."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from marketplace.errors import NotAllowed
from marketplace.orders.models import OrderShare
from marketplace.orders.services import payout
from marketplace.shops.models import Share
from tests.factories.accounts import make_person
from tests.factories.orders import make_goods, make_order
from tests.factories.outbox import drain
from tests.factories.shares import make_share
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop(payout_account_sealed="IBAN 1", name="Hill cooperative")


def page(client, user, name, *args):
    client.force_login(user)
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    body = answer.getvalue() if answer.streaming else answer.content
    return body.decode().replace("\xa0", " ")


def settled(shop, price=10_000):
    at = timezone.now() - timedelta(hours=2)
    return make_order(make_goods(shop=shop, price_minor=price), state="settled", at=at)


def test_an_owner_proposes_once_and_the_person_agrees_on_his_own_page(client, shop):
    person = make_person()
    client.force_login(shop.owner)
    form = {
        "key": str(uuid4()),
        "called": "River plot",
        "contact": person.email,
        "percent": "12.5",
        "from_day": timezone.localdate().isoformat(),
    }
    sent = {f"shop-{shop.pk}-{name}": value for name, value in form.items()}
    for _click in range(2):
        answer = client.post(reverse("orders:propose_share", args=[shop.pk]), sent)
        assert answer.status_code == 302
    share = Share.objects.get()
    assert (share.share_bp, share.user_id) == (1_250, person.pk)
    assert str(person) not in page(client, shop.owner, "orders:shop_shares")  # before consent

    assert "12.5 %" in page(client, person, "orders:my_shares")
    for _click in range(2):
        client.post(reverse("orders:agree_share", args=[share.pk]))
    share.refresh_from_db()
    assert share.agreed_at is not None
    assert str(person) in page(client, shop.owner, "orders:shop_shares")


def test_wrong_parts_are_told_beside_the_field(client, shop):
    client.force_login(shop.owner)
    sent = {f"shop-{shop.pk}-percent": "101", f"shop-{shop.pk}-called": "x"}
    answer = client.post(reverse("orders:propose_share", args=[shop.pk]), sent)
    assert answer.status_code == 422
    assert Share.objects.count() == 0


def test_a_person_sees_each_order_and_takes_the_file_along(client, shop):
    user = make_share(shop=shop, share_bp=5_000).user
    order = settled(shop)
    payout.pay_out(shop_id=shop.pk, period="1", at=timezone.now())
    drain(at=timezone.now())
    text = page(client, user, "orders:my_shares")
    assert f"Order {order.pk}" in text
    assert "€48.50" in text

    rows = list(csv.reader(io.StringIO(page(client, user, "orders:my_shares_file"))))
    assert [row[5] or row[6] for row in rows[1:]] == ["48.50", "0.00"]
    assert [row[6] for row in rows[1:]] == ["0.00", "48.50"]
    assert rows[1][3] == str(order.pk)


def test_the_owner_sees_the_farm_gate_share_and_the_money_page_names_shares(client, shop):
    make_share(shop=shop, share_bp=5_000)
    settled(shop)
    make_order(make_goods(shop=shop, price_minor=10_000), state="paid_held", at=timezone.now())
    assert "48.5 %" in page(client, shop.owner, "orders:shop_shares")
    money = page(client, shop.owner, "orders:money")
    assert "<bdi>€48.50</bdi> of what is held goes to the people with shares." in money
    assert "<bdi>€48.50</bdi> went to people with shares" in money


def test_who_gave_no_account_is_told_that_the_money_waits(client, shop):
    user = make_share(shop=shop, account="").user
    assert "your money waits here" in page(client, user, "orders:my_shares")


def test_strangers_and_helpers_see_no_owners_page(client, shop):
    make_share(shop=shop)
    for user in (make_person(), make_member(shop=shop, role="bookkeeper").user):
        client.force_login(user)
        assert client.get(reverse("orders:shop_shares")).status_code == 404


def test_who_has_a_share_cannot_buy_from_the_shop(shop):
    user = make_share(shop=shop).user
    with pytest.raises(NotAllowed):
        make_order(make_goods(shop=shop), buyer=user)


def asked(client, user, name):
    client.force_login(user)
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse(name)).status_code == 200
    return len(queries)


def test_pages_ask_no_more_for_many_people_and_orders(client, shop):
    first = make_share(shop=shop, share_bp=100).user
    settled(shop)
    names = {
        "orders:my_shares": first,
        "orders:shop_shares": shop.owner,
        "orders:money": shop.owner,
    }
    few = {name: asked(client, user, name) for name, user in names.items()}
    for _number in range(6):
        make_share(shop=shop, share_bp=100)
    for _number in range(4):
        settled(shop)
    assert OrderShare.objects.count() == 1 + 4 * 7
    assert {name: asked(client, user, name) for name, user in names.items()} == few
    assert few["orders:my_shares"] <= 18
    assert few["orders:shop_shares"] <= 16
