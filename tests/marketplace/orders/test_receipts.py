"""A buyer's receipt: what was paid, the tax inside it, what went back."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from marketplace.orders.queries import receipts
from marketplace.orders.services import payment, refund
from marketplace.trade.models import TaxRate
from tests.factories.accounts import make_person
from tests.factories.orders import NOON, make_goods, make_group, make_order
from tests.factories.outbox import drain
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)


@pytest.fixture
def taxed():
    """Goods of 119.00 and shipping of 11.90 at home, 19 % of tax inside."""
    TaxRate.objects.filter(country="RW").delete()
    TaxRate.objects.create(country="RW", rate_bp=1_900, since=date(2020, 1, 1), source="test")
    return make_goods(price_minor=11_900, shipping_minor=1_190)


def shown(client, person, name, pk):
    client.force_login(person)
    answer = client.get(reverse(f"orders:{name}", args=[pk]))
    if answer.status_code != 200:
        return answer.status_code
    return BeautifulSoup(answer.content, "html.parser").main.get_text(" ", strip=True)


def give_back(order, goods, shipping=0):
    refund.give_back(
        order_id=order.pk,
        by_id=order.shop.owner_id,
        key=f"{goods}",
        goods_minor=goods,
        shipping_minor=shipping,
        reason="A crack.",
        at=LATER,
    )
    drain(at=LATER)


def test_the_receipt_names_the_shop_the_goods_and_the_tax(client, taxed):
    order = make_order(taxed, state="paid_held")
    text = shown(client, order.buyer, "receipt", order.pk)

    for said in (order.shop.name, taxed.listing.title, "€119.00", "€130.90", "Ada Buyer"):
        assert said in text
    assert "Tax inside, 19 % €20.90" in text
    assert "of it on the goods €19.00" in text
    assert "of it on the shipping €1.90" in text
    assert "Without tax €110.00" in text
    assert "Duty" not in text


def test_abroad_it_says_that_duty_is_not_included(client):
    shop = make_shop(country="KE", currency="EUR")
    order = make_order(make_goods(shop=shop), state="paid_held")
    text = shown(client, order.buyer, "receipt", order.pk)

    assert "Duty and import tax not included." in text
    assert "Tax inside €0.00" in text


def test_what_went_back_stands_on_it_with_its_tax(client, taxed):
    order = make_order(taxed, state="shipped")
    give_back(order, 1_190, 119)
    text = shown(client, order.buyer, "receipt", order.pk)

    assert "tax inside €2.09" in text
    assert "€13.09" in text
    assert "Left €117.81" in text


def test_a_checkout_s_receipt_adds_its_paid_orders_by_currency(client):
    yen = make_shop(currency="JPY")
    group = make_group(
        make_goods(price_minor=1_000), make_goods(price_minor=500), buyer=make_person()
    )
    payment.pay(group_id=group.pk, card="tok_ok", at=NOON)
    text = shown(client, group.buyer, "group_receipt", group.pk)
    assert "Paid €15.00" in text
    for order in group.orders.all():
        assert order.shop.name in text

    mixed = make_group(
        make_goods(price_minor=1_000), make_goods(price_minor=500, shop=yen), buyer=make_person()
    )
    payment.pay(group_id=mixed.pk, card="tok_ok", at=NOON)
    found = receipts.sums([receipts.receipt(one) for one in receipts.paid_orders(mixed.buyer_id)])
    assert [(one.currency, one.kept_minor) for one in found] == [("EUR", 1_000), ("JPY", 500)]


def test_nobody_else_reads_it_and_what_is_unpaid_has_none(client, taxed):
    order = make_order(taxed, state="paid_held")
    for person in (order.shop.owner, make_person()):
        assert shown(client, person, "receipt", order.pk) == 404
        assert shown(client, person, "group_receipt", order.group_id) == 404
    unpaid = make_order(taxed)
    assert shown(client, unpaid.buyer, "receipt", unpaid.pk) == 404
    assert shown(client, unpaid.buyer, "group_receipt", unpaid.group_id) == 404


def test_the_order_s_and_the_checkout_s_page_link_to_it(client, taxed):
    order = make_order(taxed, state="paid_held")
    client.force_login(order.buyer)
    for name, pk in (("detail", order.pk), ("group", order.group_id)):
        page = client.get(reverse(f"orders:{name}", args=[pk])).content.decode()
        receipt = "receipt" if name == "detail" else "group_receipt"
        assert reverse(f"orders:{receipt}", args=[pk]) in page
