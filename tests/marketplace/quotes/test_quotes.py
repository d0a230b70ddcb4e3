"""Answering: versions, limits, words; accepting: an order at exactly that price."""

import uuid
from datetime import timedelta

import pytest

from marketplace.errors import BadInput, NotAllowed, SoldOut, WrongState
from marketplace.inbox.models import Message
from marketplace.listings.models import Listing, PriceTier, Reservation, Variant
from marketplace.orders.models import Order, Payment
from marketplace.orders.services import expiry, payment
from marketplace.outbox.models import Event
from marketplace.quotes.models import Quote, QuoteVersion
from marketplace.quotes.rules import Rung
from marketplace.quotes.services import clock, quoting
from marketplace.shops.models import Discount, Shop
from tests.factories.accounts import make_person
from tests.factories.orders import NOON, make_goods
from tests.factories.quotes import accept, fresh, make_request, make_version, market_shelf, terms
from tests.factories.shops import make_member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def two():
    """A request with quotes of two shops."""
    first, second = make_goods(on_hand=500), make_goods(on_hand=500)
    market_shelf(second, first)
    request = make_request(first)
    return make_version(request, first, price=900), make_version(request, second, price=850)


def test_an_accepted_quote_is_an_order_at_exactly_its_price():
    goods = make_goods(on_hand=500, price_minor=1_250)
    PriceTier.objects.create(variant=goods, from_quantity=10, price_minor=1_100)
    Discount.objects.create(shop=goods.listing.shop, percent_bp=1_000, from_minor=1, since=NOON)
    version = make_version(make_request(goods), goods, price=900, shipping=4_000)
    Variant.objects.filter(pk=goods.pk).update(price_minor=5_000, least_quantity=200)
    group = accept(version)
    order = group.orders.get()
    line = order.lines.get()
    assert (line.quantity, line.unit_price_minor, line.line_total_minor) == (100, 900, 90_000)
    assert (order.shipping_minor, order.total_minor, order.discount_minor) == (4_000, 94_000, 0)
    assert (order.transit_days, order.agreed_ref) == (12, version.ref)
    assert order.commission_minor == 2_700  # 3 % of the goods
    assert group.address_sealed == "1 Harbour Road, Kigali"
    assert group.due_at == NOON + timedelta(hours=48)
    assert Reservation.objects.get(ref=order.ref).quantity == 100
    payment.pay(group_id=group.pk, card="tok_ok", at=NOON)
    assert fresh_order(order).state == "paid_held"
    assert Payment.objects.get().amount_minor == 94_000


def fresh_order(order):
    return Order.objects.get(pk=order.pk)


def test_accepting_twice_is_one_order_and_the_other_shop_is_told(two):
    chosen, other = two
    assert accept(chosen) == accept(chosen)
    assert Order.objects.count() == 1
    assert fresh(chosen.quote).state == "accepted"
    assert fresh(chosen.quote.request).state == "accepted"
    assert (fresh(other.quote).state, fresh(other.quote).declined_for) == (
        "declined",
        "other_chosen",
    )
    with pytest.raises(WrongState):
        accept(other)
    assert Event.objects.filter(name="quote.accepted").count() == 1


def test_a_larger_rung_has_its_own_price_and_sending():
    goods = make_goods(on_hand=500)
    ladder = [Rung(100, 900, 4_000), Rung(300, 800, 9_000)]
    version = make_version(make_request(goods), goods, ladder=ladder)
    order = accept(version, rung=1).orders.get()
    assert (order.goods_minor, order.shipping_minor) == (240_000, 9_000)


def test_a_newer_version_replaces_the_older(two):
    first, _other = two
    goods = first.variant
    newer = make_version(first.quote.request, goods, price=700, at=NOON + DAY)
    assert newer.number == 2
    with pytest.raises(WrongState, match="newer version"):
        accept(first, at=NOON + DAY)
    assert accept(newer, at=NOON + DAY).orders.get().goods_minor == 70_000
    with pytest.raises(WrongState):
        make_version(first.quote.request, goods, at=NOON + DAY)


def test_the_same_form_sent_twice_is_one_version():
    goods, key = make_goods(), uuid.uuid4()
    request = make_request(goods)
    assert make_version(request, goods, key=key) == make_version(request, goods, key=key)
    assert QuoteVersion.objects.count() == 1


def test_over_withdrawn_and_declined_quotes_cannot_be_accepted(two):
    first, second = two
    quoting.withdraw(quote_id=first.quote_id, by_id=first.made_by_id, at=NOON)
    with pytest.raises(WrongState, match="Taken back"):
        accept(first)
    with pytest.raises(WrongState, match="time that is over"):
        accept(second, at=NOON + 7 * DAY)
    buyer_id = second.quote.request.buyer_id
    with pytest.raises(BadInput):
        quoting.decline(quote_id=second.quote_id, by_id=buyer_id, declined_for="", at=NOON)
    for _ in range(2):
        quoting.decline(
            quote_id=second.quote_id, by_id=buyer_id, declined_for="price", reason="", at=NOON
        )
    with pytest.raises(WrongState):
        accept(second)
    again = make_version(second.quote.request, second.variant, price=800)
    assert (fresh(again.quote).state, fresh(again.quote).declined_for) == ("sent", "")
    assert not Order.objects.exists()


def test_missing_stock_is_told_to_both_and_the_quote_stays():
    goods = make_goods(on_hand=60)
    version = make_version(make_request(goods), goods)
    with pytest.raises(SoldOut, match="60"):
        accept(version)
    told = Message.objects.get(kind="quote.missing")
    assert told.user_id == goods.listing.shop.owner_id
    assert fresh(version.quote).state == "sent"
    Variant.objects.filter(pk=goods.pk).update(on_hand=100)
    assert accept(version).orders.get().goods_minor == 90_000


def test_withheld_goods_and_suspended_shops_sell_nothing_by_a_quote():
    version = make_version()
    listing = version.variant.listing
    Listing.objects.filter(pk=listing.pk).update(state="withheld")
    with pytest.raises(SoldOut, match="may not be sold"):
        accept(version)
    Shop.objects.filter(pk=listing.shop_id).update(state="suspended")
    with pytest.raises(WrongState, match="takes no orders"):
        accept(version)
    with pytest.raises(WrongState):
        make_version(version.quote.request, version.variant)


def test_a_sample_is_an_order_of_its_own_and_the_quote_stays_open():
    goods = make_goods(on_hand=500)
    version = make_version(make_request(goods), goods, sample=Rung(2, 1_500, 600))
    order = accept(version, sample=True).orders.get()
    assert (order.total_minor, order.agreed_ref) == (3_600, f"{version.ref}:sample")
    assert accept(version, sample=True).orders.get() == order
    assert (fresh(version.quote).state, fresh(version.quote.request).state) == ("sent", "open")
    assert accept(version).orders.get().goods_minor == 90_000


def test_only_the_buyer_accepts_and_only_owners_quote():
    goods = make_goods(on_hand=500)
    request = make_request(goods)
    packer = make_member(shop=goods.listing.shop).user
    for stranger in (packer, make_person()):
        with pytest.raises(NotAllowed):
            quoting.send(
                request_id=request.pk,
                shop_id=goods.listing.shop_id,
                by_id=stranger.pk,
                key=uuid.uuid4(),
                terms=terms(goods),
                at=NOON,
            )
    version = make_version(request, goods)
    version.quote.request.buyer_id = packer.pk
    with pytest.raises(NotAllowed):
        accept(version)
    with pytest.raises(NotAllowed):
        quoting.say(
            quote_id=version.quote_id, by_id=packer.pk, key=uuid.uuid4(), text="Hello", at=NOON
        )


def test_shops_that_were_not_asked_and_foreign_goods_are_refused():
    goods, other = make_goods(), make_goods()
    request = make_request(goods)
    with pytest.raises(NotAllowed):
        make_version(request, other)
    with pytest.raises(BadInput):
        make_version(request, goods, variant_id=other.pk)


@pytest.mark.parametrize(
    "fields",
    [
        {"ladder": []},
        {"ladder": [Rung(0, 5, 5)]},
        {"ladder": [Rung(10, 5, 5), Rung(10, 4, 5)]},
        {"ladder": [Rung(10, 5, 5), Rung(20, 6, 5)]},
        {"ladder": [Rung(1_000_000, 10**8, 5)]},
        {"sample": Rung(1, 0, 0)},
        {"valid_days": 0},
        {"transit_days": 999},
    ],
)
def test_terms_that_make_no_sense_are_refused(fields):
    goods = make_goods()
    with pytest.raises(BadInput):
        make_version(make_request(goods), goods, **fields)
    assert not Quote.objects.exists()


def test_a_month_holds_twenty_quotes_of_a_shop_and_a_request_ten_shops():
    goods = make_goods()
    requests = [make_request(goods) for _ in range(21)]
    for request in requests[:20]:
        make_version(request, goods)
    with pytest.raises(WrongState, match="30 days"):
        make_version(requests[20], goods)
    make_version(requests[0], goods, price=800)  # a new version is no new quote
    full = requests[20]
    for _ in range(10):
        more = make_goods()
        market_shelf(more, goods)
        make_version(full, more)
    last = make_goods()
    market_shelf(last, goods)
    with pytest.raises(WrongState, match="Enough shops"):
        make_version(full, last)


def test_words_are_said_once_and_news_of_them_come_once_a_day():
    version = make_version()
    buyer_id, key = version.quote.request.buyer_id, uuid.uuid4()
    for text_key in (key, key, uuid.uuid4()):
        quoting.say(
            quote_id=version.quote_id, by_id=buyer_id, key=text_key, text="How thick?", at=NOON
        )
    assert [word.side for word in version.quote.words.all()] == ["buyer", "buyer"]
    assert Message.objects.filter(kind="quote.said").count() == 1


def test_the_clock_ends_quotes_and_requests_and_a_valid_quote_outlives_its_request():
    goods = make_goods(on_hand=500)
    request = make_request(goods)
    short = make_version(request, goods, valid_days=3)
    clock.apply_due(at=NOON + 3 * DAY)
    assert fresh(short.quote).state == "expired"
    longer = make_version(request, goods, valid_days=30, at=NOON + 4 * DAY)
    clock.apply_due(at=NOON + 14 * DAY)
    clock.apply_due(at=NOON + 14 * DAY)
    assert fresh(request).state == "expired"
    with pytest.raises(WrongState, match="no more quotes"):
        make_version(request, goods, at=NOON + 15 * DAY)
    accept(longer, at=NOON + 15 * DAY)
    assert fresh(request).state == "accepted"
    assert Event.objects.filter(name="quote.expired").count() == 1


def test_an_accepted_quote_that_nobody_pays_frees_the_pieces_and_may_be_quoted_anew():
    version = make_version()
    group = accept(version)
    late = NOON + timedelta(hours=49)
    expiry.expire_due(at=late)
    clock.apply_due(at=late)
    quote = fresh(version.quote)
    assert (quote.state, fresh(quote.request).state) == ("lapsed", "open")
    assert fresh_goods(version).reserved == 0
    again = make_version(quote.request, version.variant, price=950, at=late)
    assert accept(again, at=late).pk != group.pk
    assert fresh(again.quote).order.agreed_ref == again.ref


def fresh_goods(version):
    return Variant.objects.get(pk=version.variant_id)


def test_money_that_came_late_makes_the_acceptance_stand():
    version = make_version()
    group = accept(version)
    late = NOON + timedelta(hours=49)
    expiry.expire_due(at=late)
    clock.apply_due(at=late)
    paid = Payment.objects.get(group=group)
    payment.complete_payment(payment_id=paid.pk, provider_ref="late-1", at=late)
    clock.apply_due(at=late)
    assert (fresh(version.quote).state, fresh(version.quote.request).state) == (
        "accepted",
        "accepted",
    )
