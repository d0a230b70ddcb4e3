"""A shop's money and its statement: every sum is the ledger's, every line is about an order."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from marketplace.ledger import queries as ledger
from marketplace.ledger import services as books
from marketplace.orders.models import Order, Payout
from marketplace.orders.queries import shop_money
from marketplace.orders.services import claims, escrow, payout, refund
from marketplace.orders.views.desk import harmless
from marketplace.shops.models import MemberRole, Shop
from tests.factories.accounts import make_person
from tests.factories.orders import NOON, make_goods, make_order
from tests.factories.outbox import drain
from tests.factories.shops import make_member, make_shop
from tests.marketplace.orders.books import assert_books_agree, balance_minor

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)
MARCH = shop_money.Month(2026, 3)


@pytest.fixture
def shop():
    """A shop to which everything happened: releases, a claim, a payout, a late refund, debt."""
    shop = make_shop(currency="EUR", payout_account_sealed="IBAN 1", name="=Evil & Sons")
    first = sold(shop, price=10_000)
    loan = books.open_account(kind="loan_repaid", owner_ref="loan:1", currency="EUR", at=NOON)
    claims.set_claim(
        shop_id=shop.pk,
        key="loan:1",
        share_bp=1_000,
        cap_minor=500,
        currency="EUR",
        target_account=loan,
        at=NOON,
    )
    pay_out(shop, "one")
    give_back(first, 4_000)  # no balance is left: becomes debt
    sold(shop, price=20_000)
    pay_out(shop, "two")  # nets the debt
    sold(shop, price=3_000)
    sold(shop, price=7_000, state="shipped")
    give_back(sold(shop, price=5_000, state="paid_held"), 1_000)
    frozen = sold(shop, price=2_000, state="delivered")
    escrow.freeze(order_id=frozen.pk, by_ref="dispute:1", at=LATER)
    sold(make_shop(currency="EUR"), price=9_900)  # another shop's
    return shop


def sold(shop, *, price, state="settled"):
    return make_order(make_goods(price_minor=price, shop=shop, on_hand=9), state=state)


def pay_out(shop, period):
    payout.pay_out(shop_id=shop.pk, period=period, at=LATER)
    drain(at=LATER)


def give_back(order, goods):
    refund.give_back(
        order_id=order.pk,
        by_id=order.shop.owner_id,
        key=f"form-{order.pk}",
        goods_minor=goods,
        shipping_minor=0,
        reason="A crack.",
        at=LATER,
    )
    drain(at=LATER)


def test_every_sum_on_the_page_is_the_ledger_s(shop):
    book = shop_money.book(shop, at=LATER)

    assert_books_agree()
    assert book.due_minor == balance_minor("seller_payable", shop.ref) > 0
    assert book.debt_minor == -balance_minor("seller_debt", shop.ref)
    held = list(shop_money.held_orders(shop))
    assert book.held_minor + book.fee_minor == sum(
        balance_minor("escrow", order.ref) for order in held
    )
    assert book.held_minor == sum(order.net_minor for order in held)
    assert book.frozen_minor == 2_000
    paid = sum(
        Payout.objects.filter(shop=shop, state="paid").values_list("amount_minor", flat=True)
    )
    assert book.paid_out_minor == paid
    parts = book.moved
    assert parts.claims_minor == -balance_minor("loan_repaid", "loan:1") == -500
    assert parts.debt_minor < 0
    assert parts.other_minor == 0
    every = (parts.earned_minor, parts.given_back_minor, parts.claims_minor, parts.debt_minor)
    assert sum(every) + parts.paid_out_minor == book.due_minor


def test_what_the_next_payout_carries_is_what_the_page_promised(shop):
    promised = shop_money.book(shop, at=LATER).next_minor
    assert payout.pay_out(shop_id=shop.pk, period="three", at=LATER).amount_minor == promised


def test_a_young_shop_sees_what_stays_in_reserve(shop):
    Shop.objects.update(decided_at=LATER - timedelta(days=1))
    shop.refresh_from_db()
    book = shop_money.book(shop, at=LATER)

    assert book.kept_back_minor > 0
    assert book.kept_back_minor + book.next_minor == book.due_minor - book.debt_minor


def test_the_statement_runs_from_what_was_there_to_what_is_left(shop):
    statement = shop_money.ShopStatement(shop, MARCH)
    lines = list(statement.oldest_first())

    assert (statement.opening_minor, len(statement)) == (0, len(lines))
    for of_debt, kind in ((False, "seller_payable"), (True, "seller_debt")):
        mine = [line for line in lines if line.of_debt == of_debt]
        running = 0
        for line in mine:
            running += line.amount_minor
            assert line.balance_minor == running
        assert running == balance_minor(kind, shop.ref)
    assert statement[:] == lines[::-1]
    assert list(shop_money.ShopStatement(shop, MARCH.after()).oldest_first()) == []
    after = shop_money.ShopStatement(shop, MARCH.after())
    assert after.opening_minor == balance_minor("seller_payable", shop.ref)


def test_every_line_is_about_an_order_or_a_payout_of_this_shop(shop):
    for line in shop_money.ShopStatement(shop, MARCH).oldest_first():
        if line.key.startswith(("claim:", "debt:")):
            assert f"{shop.ref}:" in line.key  # names its payout's period
        elif line.payout_id:
            assert Payout.objects.get(pk=line.payout_id).shop == shop
        else:
            assert Order.objects.get(pk=line.order_id).shop == shop


def rows_of(client, shop, *month):
    answer = client.get(reverse("orders:statement", args=[shop.pk, *month]))
    assert answer.streaming
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_the_file_s_sums_are_the_ledger_s(client, shop):
    client.force_login(shop.owner)
    first, *lines, last = rows_of(client, shop, 2026, 3)

    def cents(cell):
        return round(float(cell) * 100)

    for account, kind in (("Balance", "seller_payable"), ("Debt", "seller_debt")):
        mine = [row for row in lines if row["Account"] == account]
        moved = sum(cents(row["In"]) - cents(row["Out"]) for row in mine)
        assert mine
        assert moved == balance_minor(kind, shop.ref)
    assert (first["Balance"], first["Debt"]) == ("0.00", "0.00")
    assert cents(last["Balance"]) == balance_minor("seller_payable", shop.ref)
    assert cents(last["Debt"]) == -balance_minor("seller_debt", shop.ref)
    april = rows_of(client, shop, 2026, 4)
    assert [row["What"] for row in april] == ["Before", "After"]
    assert april[0]["Balance"] == last["Balance"]


def test_no_cell_of_the_file_is_a_formula(client, shop):
    client.force_login(shop.owner)
    answer = client.get(reverse("orders:statement", args=[shop.pk, 2026, 3]))
    written = answer.getvalue().decode()
    for row in csv.reader(io.StringIO(written)):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    assert "'=Evil & Sons" in written
    for start in ("=", "+", "-", "@", "\t", "\r"):
        assert harmless(f"{start}1") == f"'{start}1"


def test_who_keeps_the_books_reads_the_money_and_who_packs_does_not(client, shop):
    pages = [
        reverse("orders:statement", args=[shop.pk, 2026, 3]),
        reverse("orders:sales", args=[shop.pk]),
        reverse("orders:money") + f"?shop={shop.pk}",
    ]
    clerk, packer = (
        make_member(shop=shop, role=role).user
        for role in (MemberRole.BOOKKEEPER, MemberRole.PACKER)
    )
    for person, status in ((shop.owner, 200), (clerk, 200), (packer, 404), (make_person(), 404)):
        client.force_login(person)
        assert [client.get(page).status_code for page in pages] == [status] * 3


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "x", "2026-3-1", "²026-01"])
def test_a_month_that_is_none_is_this_month(client, shop, month):
    client.force_login(shop.owner)
    assert client.get(reverse("orders:money"), {"month": month}).status_code == 200


def test_a_month_that_is_none_has_no_file(client, shop):
    client.force_login(shop.owner)
    for month in ((2026, 13), (2026, 0), (1999, 1), (99999, 1)):
        page = reverse("orders:statement", args=[shop.pk, *month])
        assert client.get(page).status_code == 404


def test_the_page_shows_the_month_it_is_asked_for_and_links_its_file(client, shop):
    client.force_login(shop.owner)
    page = client.get(reverse("orders:money"), {"month": "2026-03"}).content.decode()

    assert reverse("orders:statement", args=[shop.pk, 2026, 3]) in page
    assert "Debt paid from your balance" in page
    assert "Claim loan:1" in page
    assert "waits for the end of a dispute" in page


def test_a_platform_s_own_account_can_be_read_through(shop):
    entries = list(ledger.platform_entries(kind="provider"))
    account = ledger.account_id(kind="provider", owner_ref="platform", currency="EUR")
    total = sum(entry.amount_minor for entry in entries if entry.currency == "EUR")
    assert total == ledger.balance_minor(account_id=account)
    moved = ledger.moved(account_id=account, until=LATER)
    assert sum(moved.values()) == ledger.held_at(account_ids=[account], at=LATER)[account]
