"""Operations that move money or goods, and what the whole world counts before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.db.models import Count, Sum
from django.utils import timezone

from antifake.cases.models import Case, Decision
from marketplace.inbox.models import Message
from marketplace.listings.importing import services as imports
from marketplace.listings.models import (
    ImportRow,
    Listing,
    Reservation,
    SellerNumber,
    Variant,
    Withholding,
)
from marketplace.orders.models import Escrow, Order, OrderGroup, Payment, Payout, SandboxEntry
from marketplace.orders.services import cart, checkout, escrow, payment, payout
from marketplace.outbox.models import Event, Job, JobState, LogEntry
from marketplace.reasons.models import StatementOfReasons
from marketplace.shops.models import Shop
from marketplace.trust.models import Sanction, Strike
from tests.factories import importing
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import make_case, remove
from tests.factories.listings import make_category
from tests.factories.orders import ADDRESS, NOON, make_goods, make_group, make_order
from tests.factories.outbox import drain
from tests.factories.shops import make_shop

LATER = NOON + timedelta(hours=2)

# What is counted, by which columns. Ids are left out: two worlds are equal, not the same.
COUNTED = (
    (Order, ("state",)),
    (OrderGroup, ("country",)),
    (Payment, ("state", "attempt", "amount_minor")),
    (Escrow, ("state", "amount_minor")),
    (Payout, ("state", "amount_minor")),
    (SandboxEntry, ("kind", "outcome", "amount_minor", "events_due")),
    (Reservation, ("state", "quantity")),
    (Listing, ("state",)),
    (ImportRow, ("stage", "verdict")),
    (SellerNumber, ("code",)),
    (Withholding, ("lifted_at",)),
    (Case, ("state",)),
    (Decision, ("verdict",)),
    (Strike, ("severity", "voided_at")),
    (Sanction, ("level", "lifted_at")),
    (StatementOfReasons, ("automated_decision",)),
    (Shop, ("sanction_level", "ranking_trust_permille")),
    (Event, ("name",)),
    (Job, ("kind", "state")),
    (LogEntry, ("action",)),
    (Message, ("kind",)),
)
BOOKS = """
    SELECT kind, currency, closed_at IS NULL,
           count(*) FILTER (WHERE owner_ref <> 'platform'), coalesce(sum(moved), 0)
      FROM ledger_account
      LEFT JOIN (SELECT account_id, sum(amount_minor) AS moved FROM ledger_entry GROUP BY 1) AS m
             ON m.account_id = ledger_account.id
     GROUP BY 1, 2, 3
"""
TRANSFERS = "SELECT kind, count(*) FROM ledger_transfer GROUP BY 1"


def checkout_of_a_full_cart() -> Callable[[], object]:
    """Three pieces of one variant and one of another, from two shops."""
    buyer, goods = make_person(), [make_goods(), make_goods()]
    for variant, quantity in zip(goods, (3, 1), strict=True):
        line = cart.add_to_cart(
            buyer_id=buyer.pk, variant_id=variant.pk, quantity=quantity, at=NOON
        )
    return lambda: checkout.place(buyer_id=buyer.pk, cart_id=line.cart_id, at=LATER, **ADDRESS)


def payment_of_a_checkout() -> Callable[[], object]:
    """Two orders in one payment."""
    group = make_group(make_goods(), make_goods(), at=LATER)
    return lambda: payment.pay(group_id=group.pk, card="tok_ok", at=LATER)


def release_of_an_order() -> Callable[[], object]:
    """The buyer says that the goods have come."""
    order = make_order(state="delivered")
    return lambda: escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=LATER)


def payout_of_a_shop() -> Callable[[], object]:
    """A shop is owed one order's money; the job that sends it is part of the operation."""
    order = make_order(state="settled")
    return lambda: payout.pay_out(shop_id=order.shop_id, period="2026-03-02", at=LATER)


def takedown_of_a_listing() -> Callable[[], object]:
    """A member of staff decides a case."""
    case, staff = make_case(at=NOON), make_staff()
    return lambda: remove(case, staff, at=LATER)


def import_of_a_table() -> Callable[[], object]:
    shelf = make_category().slug
    # More than a batch, so that some of it is written when the process dies.
    rows = [importing.a_row(number, shelf=shelf) for number in range(260)]
    data = importing.csv_of(importing.HEAD, *rows)
    there = importing.checked(make_shop(), data, at=NOON)
    by = {"import_id": there.pk, "by_id": there.shop.owner_id, "at": NOON}
    return lambda: imports.run(put_on_sale=False, **by)


def undo_of_an_import() -> Callable[[], object]:
    run = import_of_a_table()
    there = run()
    importing.work(there, at=NOON)
    by = {"import_id": there.pk, "by_id": there.shop.owner_id, "at": NOON}
    return lambda: imports.undo(**by)


OPERATIONS = {
    "checkout": checkout_of_a_full_cart,
    "payment": payment_of_a_checkout,
    "release": release_of_an_order,
    "payout": payout_of_a_shop,
    "takedown": takedown_of_a_listing,
    "import": import_of_a_table,
    "unimport": undo_of_an_import,
}


def come_to_rest() -> None:
    """Do what clocks and workers would: leases of the dead run out, events are sent, jobs done."""
    Job.objects.filter(state=JobState.LEASED).update(lease_until=timezone.now())
    payment.provider().send_due(at=LATER)
    drain(at=LATER)


def counted() -> Counter:
    """Count all there is: rows by their states and amounts, units of stock, money by account."""
    world: Counter = Counter()
    for model, columns in COUNTED:
        rows = model.objects.order_by().values_list(*columns).annotate(rows=Count("pk"))
        for *facts, number in rows:
            world[(model.__name__, *facts)] = number
    units = Variant.objects.aggregate(*map(Sum, ("on_hand", "reserved", "sold")))
    world.update({("Variant", name): total or 0 for name, total in units.items()})
    with connection.cursor() as cursor:
        cursor.execute(BOOKS)
        for kind, currency, is_open, accounts, balance in cursor.fetchall():
            world["accounts", kind, currency, is_open] = accounts
            world["money", kind, currency, is_open] = int(balance)
        cursor.execute(TRANSFERS)
        world.update({("transfer", kind): number for kind, number in cursor.fetchall()})
    return world


def change(before: Counter, after: Counter) -> dict:
    """Return what grew or shrank, and by how much."""
    keys = before.keys() | after.keys()
    return {key: after[key] - before[key] for key in keys if after[key] != before[key]}
