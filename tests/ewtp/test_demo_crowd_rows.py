"""The crowd's rows equal the services': a purchase of each way is played by both, and compared."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from ewtp.demo.crowd import orders, stalls
from ewtp.demo.crowd.books import Books
from ewtp.demo.crowd.plan import Line, Part, Purchase, Way
from marketplace.ledger.models import Account, Transfer
from marketplace.listings.models import Reservation
from marketplace.orders.models import (
    CartLine,
    Chargeback,
    Escrow,
    Order,
    OrderGroup,
    OrderLine,
    Payment,
    Payout,
    ProviderEvent,
    Refund,
    RefundLine,
    SandboxEntry,
    Shipment,
    ShipmentLine,
    TrackingEvent,
)
from marketplace.outbox.models import Event, LogEntry
from tests.ewtp.clicks import by_services
from tests.factories.accounts import make_person
from tests.factories.listings import make_listing, make_variant
from tests.factories.shops import make_shop
from tests.marketplace.orders.books import assert_books_agree

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NOW = START + timedelta(days=80)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MODELS = (
    CartLine,
    OrderGroup,
    Payment,
    Order,
    OrderLine,
    Reservation,
    Escrow,
    Shipment,
    ShipmentLine,
    TrackingEvent,
    Chargeback,
    Refund,
    RefundLine,
    ProviderEvent,
    SandboxEntry,
    Payout,
)


def plan_of(way, *, confirms=True, told=True, shop=0):
    """One purchase that goes this way: three pieces of one good, one of another."""
    paid_at = None if way in (Way.EXPIRED, Way.GIVEN_UP) else START + HOUR / 6
    base = paid_at or START
    off = {Way.GIVEN_UP: HOUR / 4, Way.SHOP_OFF: 2 * DAY, Way.LATE_OFF: 8 * DAY}.get(way)
    sent_at = (base + DAY, base + 2 * DAY) if way == Way.TWO_PARCELS else (base + DAY,)
    part = Part(
        shop=shop,
        lines=(Line(0, 0, 3), Line(1, 0, 1)),
        sent_at=() if off or way == Way.BANK_UNSENT else sent_at,
        arrives_at=base + 5 * DAY if told else None,
        confirms_at=base + 6 * DAY if confirms else None,
        off_at=base + off if off else None,
        back_after=3 * DAY,
        back_permille=1_000 if way == Way.ALL_LATER else 210,
        bank_after=DAY if way == Way.BANK_UNSENT else 9 * DAY,
        bank_takes=20 * DAY,
    )
    return Purchase(1, START, 0, way, paid_at, (part,))


def make_market():
    """A shop with two goods, that shares its country, and so its tax, with a buyer."""
    shop = make_shop(country="KE", shipping_minor=590, payout_account_sealed="IBAN 1")
    variants = [
        make_variant(listing=make_listing(shop=shop, title=title), price_minor=price, on_hand=50)
        for title, price in (("Basket", 1_999), ("Bowl", 3_333))
    ]
    return shop, variants, make_person(display_name="Ada Buyer", country="KE")


def by_crowd(purchase, shop, buyer, now):
    house = stalls.load(shop_ids=[shop.pk], user_ids=[buyer.pk])
    with transaction.atomic():
        orders.write([purchase], house, now)
        books = Books([shop.pk])
        books.post(since=START - DAY, until=now + timedelta(microseconds=1))
        books.pay_out(at=now)


def picture():
    """Everything that a purchase left, without the numbers by which the database tells it apart."""
    rows = {
        model.__name__: sorted(repr(plain(row)) for row in model.objects.all()) for model in MODELS
    }
    rows["transfers"] = sorted(repr(told(transfer)) for transfer in Transfer.objects.all())
    # Only accounts that money went through: a payout opens some to look into them.
    used = Account.objects.filter(entries__isnull=False).distinct()
    rows["accounts"] = sorted((a.kind, a.balance_minor, a.closed_at is not None) for a in used)
    rows["events"] = sorted(
        (e.name, blurred(e.subject), sorted(e.data), e.at) for e in Event.objects.all()
    )
    rows["log"] = sorted(
        (e.action, blurred(e.actor), blurred(e.subject), sorted(e.data), e.at)
        for e in LogEntry.objects.exclude(action__startswith="payout.")
    )
    rows["shelf"] = sorted(Reservation.objects.values_list("variant__on_hand", "variant__sold"))
    return rows


UNLIKE = {"id", "ask_at"}  # numbers; and when the carrier is asked next depends on who asked last


def plain(row):
    fields = [field for field in row._meta.concrete_fields if field.name not in UNLIKE]
    return {
        field.name: value is not None
        if field.is_relation
        else blurred(value)
        if isinstance(value, str)
        else value
        for field in fields
        for value in [getattr(row, field.attname)]
    }


def told(transfer):
    entries = sorted((e.account.kind, e.amount_minor) for e in transfer.entries.all())
    names = [blurred(text) for text in (transfer.key, transfer.ref, transfer.actor)]
    return (*names, transfer.kind, transfer.at, entries)


def blurred(text):
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "uuid", text)
    text = re.sub(r"sb_[0-9a-f]{24}", "sb", text)
    text = re.sub(r"scan_\w+", "scan", text)
    return re.sub(
        r"(order|group|user|payment|refund|chargeback|shop|payout|OK)([:-])\d+", r"\1\2#", text
    )


CASES = [
    *((way, {}, NOW) for way in Way),
    (Way.SENT, {"confirms": False}, NOW),
    (Way.SENT, {"confirms": False, "told": False}, NOW),
    (Way.EXPIRED, {}, START + HOUR / 4),
    (Way.SENT, {}, START + 20 * HOUR),
    (Way.SENT, {}, START + 3 * DAY),
    (Way.SENT, {"confirms": False}, START + 6 * DAY),
    (Way.TWO_PARCELS, {}, START + 36 * HOUR),
    (Way.BANK_UNSENT, {}, START + 3 * DAY),
    (Way.BANK_LOST, {}, START + 20 * DAY),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("way", "more", "now"), CASES)
def test_the_crowd_writes_what_the_services_would_have_left(way, more, now):
    purchase = plan_of(way, **more)
    shop, variants, buyer = make_market()
    with transaction.atomic():
        by_crowd(purchase, shop, buyer, now)
        assert_books_agree()
        by_rows = picture()
        transaction.set_rollback(True)
    by_services(purchase, shop, variants, buyer, now)
    by_clicks = picture()
    assert by_rows.keys() == by_clicks.keys()
    for name, rows in by_clicks.items():
        assert by_rows[name] == rows, name
