"""The figures on a shop's desk: what waits today, and the money of whoever may see it."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from marketplace.orders import queries
from marketplace.shops.models import MemberRole
from tests.factories.orders import make_order
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db


def figures(client, shop):
    page = client.get(reverse("orders:figures", args=[shop.pk]))
    soup = BeautifulSoup(page.content, "html.parser")
    return {
        term.get_text(strip=True): term.parent.dd.get_text(" ", strip=True) for term in soup("dt")
    }


def test_the_owner_sees_what_waits_and_what_is_held(client):
    order = make_order(state="paid_held", at=timezone.now() - timedelta(hours=2))
    client.force_login(order.shop.owner)

    shown = figures(client, order.shop)

    assert shown["To send"] == "1"
    assert shown["On their way"] == "0"
    assert shown["Held safe"] == "€12.12"  # 12.50 less 3 %, rounded half up


def test_an_order_past_its_day_is_counted_as_late():
    order = make_order(state="paid_held")

    before = queries.waiting(order.shop_id, at=order.ship_by)
    after = queries.waiting(order.shop_id, at=order.ship_by + timedelta(seconds=1))

    assert before == {"to_send": 1, "late": 0, "under_way": 0}
    assert after == {"to_send": 1, "late": 1, "under_way": 0}


def test_who_packs_sees_no_money(client):
    order = make_order(state="shipped", at=timezone.now() - timedelta(hours=2))
    packer = make_member(shop=order.shop, role=MemberRole.PACKER)
    client.force_login(packer.user)

    assert figures(client, order.shop) == {"To send": "0", "On their way": "1"}


def test_another_shop_s_figures_are_not_there(client):
    shop = make_shop()
    client.force_login(make_shop().owner)

    assert client.get(reverse("orders:figures", args=[shop.pk])).status_code == 404
