"""Many at once, through the real services on real connections."""

import uuid

import pytest

from marketplace.errors import MarketplaceError
from marketplace.listings.models import Reservation, Variant
from marketplace.orders.models import Order
from marketplace.orders.services import agreed
from marketplace.quotes.models import Quote, QuoteRequest, QuoteVersion
from marketplace.quotes.services import asking, quoting
from tests.factories.accounts import make_person
from tests.factories.crowds import started
from tests.factories.orders import ADDRESS, NOON, make_goods
from tests.factories.quotes import accept, fresh, make_request, make_version, market_shelf

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works):
    """Run all on connections of their own; a refusal is its name, anything else is raised."""
    futures = [started(work) for work in works]
    answers = []
    for future in futures:
        try:
            answers.append(future.result(timeout=60))
        except MarketplaceError as error:
            answers.append(type(error).__name__)
    return answers


def test_eight_acceptances_of_one_quote_make_one_order_and_keep_its_pieces_once():
    version = make_version()
    groups = at_once(*[lambda: accept(version)] * 8)
    assert len({group.pk for group in groups}) == 1
    assert Order.objects.get().agreed_ref == version.ref
    assert Reservation.objects.get().quantity == 100
    assert Variant.objects.get(pk=version.variant_id).reserved == 100


def test_of_two_quotes_accepted_at_once_one_becomes_an_order():
    first, second = make_goods(on_hand=500), make_goods(on_hand=500)
    market_shelf(second, first)
    request = make_request(first)
    versions = [make_version(request, first), make_version(request, second)]
    works = [lambda one=one: accept(one) for one in versions for _ in range(3)]
    answers = at_once(*works)
    assert answers.count("WrongState") == 3
    assert Order.objects.count() == 1
    assert sorted(Quote.objects.values_list("state", flat=True)) == ["accepted", "declined"]


def test_accepting_withdrawing_and_revising_at_once_leave_one_truth():
    version = make_version()
    quote = version.quote
    at_once(
        lambda: accept(version),
        lambda: make_version(quote.request, version.variant, price=950),
        lambda: quoting.withdraw(quote_id=quote.pk, by_id=version.made_by_id, at=NOON),
        lambda: asking.close(request_id=quote.request_id, by_id=quote.request.buyer_id, at=NOON),
    )
    accepted = fresh(quote).state == "accepted"
    assert Order.objects.exists() == accepted
    assert (fresh(quote.request).state == "accepted") == accepted


def test_an_agreement_placed_by_eight_forms_is_one_order():
    goods, buyer = make_goods(on_hand=50), make_person()
    agreement = agreed.Agreement(
        ref="quote:7:1",
        shop_id=goods.listing.shop_id,
        lines=[agreed.AgreedLine(goods.pk, 20, 777)],
        shipping_minor=100,
        transit_days=5,
        pay_until=NOON,
    )
    groups = at_once(
        *[lambda: agreed.place_agreed(agreement=agreement, buyer_id=buyer.pk, at=NOON, **ADDRESS)]
        * 8
    )
    assert len({group.pk for group in groups}) == 1
    assert Order.objects.get().total_minor == 20 * 777 + 100
    stranger = at_once(
        lambda: agreed.place_agreed(
            agreement=agreement, buyer_id=make_person().pk, at=NOON, **ADDRESS
        )
    )
    assert stranger == ["KeyReused"]


def test_equal_forms_at_once_are_one_request_and_one_version():
    goods, buyer, key = make_goods(), make_person(), uuid.uuid4()
    at_once(*[lambda: make_request(goods, buyer=buyer, key=key)] * 8)
    request = QuoteRequest.objects.get()
    at_once(*[lambda: make_version(request, goods, key=key)] * 8)
    assert QuoteVersion.objects.count() == 1


def test_the_last_place_among_the_quotes_of_a_request_goes_to_one_shop():
    goods = make_goods()
    request = make_request(goods)
    shops = [goods, *(make_goods() for _ in range(11))]
    for one in shops[1:]:
        market_shelf(one, goods)
    for one in shops[:9]:
        make_version(request, one)
    answers = at_once(*[lambda one=one: make_version(request, one) for one in shops[9:]])
    assert answers.count("WrongState") == 2
    assert Quote.objects.count() == 10
