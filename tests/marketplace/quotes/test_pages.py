"""The quotation story over HTTP, page by page, and who sees what."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from marketplace.orders.models import Order
from marketplace.quotes.models import Quote, QuoteRequest
from tests.factories.accounts import make_person
from tests.factories.orders import make_goods
from tests.factories.pictures import picture
from tests.factories.quotes import accept, make_request, make_version, market_shelf
from tests.live import prefilled

pytestmark = pytest.mark.django_db


def somebody(user):
    client = Client()
    client.force_login(user)
    return client


def send(client, page, action, **values):
    """Open a page, fill its form to `action`, send it, and return the page it leads to."""
    answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status_code)
    forms = BeautifulSoup(answer.content, "html.parser").find_all("form")
    form = next(one for one in forms if one.get("action") == action)
    return client.post(
        action if not action.startswith("?") else page, {**prefilled(form), **values}, follow=True
    )


def text_of(answer):
    return " ".join(BeautifulSoup(answer.content, "html.parser").main.get_text(" ").split())


@pytest.fixture
def market():
    buyer = make_person(display_name="Nora Lind", country="RW")
    first = make_goods(on_hand=500, price_minor=1_250)
    second = make_goods(on_hand=500, price_minor=1_250)
    market_shelf(second, first)
    return buyer, first, second


def ask(buyer, goods, page="/quotes/ask/", **more):
    values = {
        "title": "Baskets for a hotel",
        "details": "Woven by hand, undyed, thirty centimetres.",
        "category": goods.listing.category_id,
        "quantity": "100",
        "unit": "pieces",
        "currency": "EUR",
        "country": "RW",
        **more,
    }
    action = f"?{page.partition('?')[2]}"
    return send(somebody(buyer), page, action, **values)


def quote(goods, request, price, **more):
    values = {
        "quantity": "100",
        "unit_price": price,
        "shipping": "40",
        "transit_days": "12",
        "valid_days": "14",
        **more,
    }
    page = f"/quotes/requests/{request.pk}/by/{goods.listing.shop_id}/"
    return send(somebody(goods.listing.shop.owner), page, page, variant=str(goods.pk), **values)


def test_from_a_request_over_two_quotes_and_a_new_version_to_an_order(market):
    buyer, first, second = market
    assert ask(buyer, first).status_code == 200
    request = QuoteRequest.objects.get()
    desk = somebody(first.listing.shop.owner).get("/quotes/desk/")
    assert "Baskets for a hotel" in text_of(desk)
    for goods, price in ((first, "9.50"), (second, "9.00")):
        assert "Waits for the buyer" in text_of(quote(goods, request, price))
    compared = text_of(somebody(buyer).get(f"/quotes/requests/{request.pk}/"))
    assert "2 quotes" in compared
    assert "€990.00" in compared
    assert "€940.00" in compared
    mine = Quote.objects.get(shop=first.listing.shop_id)
    send(
        somebody(buyer), f"/quotes/{mine.pk}/", f"/quotes/{mine.pk}/say/", text="Could it be less?"
    )
    seen = text_of(somebody(first.listing.shop.owner).get(f"/quotes/{mine.pk}/"))
    assert "Could it be less?" in seen
    assert "Version 2" in text_of(quote(first, request, "8.00"))
    deal = mine.versions.first().ladder[0]
    page = f"/quotes/deals/{deal.pk}/accept/"
    answer = send(
        somebody(buyer), page, page, recipient="Nora Lind", lines="1 Harbour Road", card="tok_ok"
    )
    order = Order.objects.get()
    assert answer.redirect_chain[-1][0] == f"/checkout/{order.group_id}/"
    assert (order.state, order.goods_minor, order.shipping_minor) == ("paid_held", 80_000, 4_000)
    shown = somebody(buyer).get(f"/orders/{order.pk}/")
    assert "At the price agreed in a quote" in text_of(shown)
    led = somebody(buyer).get(f"/quotes/agreed/{order.agreed_ref}/")
    assert led.url == f"/quotes/{mine.pk}/"
    again = somebody(buyer).post(
        page, {"recipient": "N", "lines": "x", "country": "RW", "card": "tok_ok"}
    )
    assert again.url == f"/checkout/{order.group_id}/"
    assert Order.objects.count() == 1


def test_from_a_listing_the_request_goes_to_its_shop_alone(market):
    buyer, first, second = market
    page = f"/quotes/ask/?listing={first.listing_id}"
    ask(buyer, first, page=page, to="shop")
    request = QuoteRequest.objects.get()
    assert (request.listing_id, request.to_market) == (first.listing_id, False)
    other = somebody(second.listing.shop.owner)
    assert other.get(f"/quotes/requests/{request.pk}/").status_code == 404
    assert "by name" in text_of(somebody(first.listing.shop.owner).get("/quotes/desk/"))


def test_shops_see_neither_the_buyer_nor_each_other_s_quotes(market):
    buyer, first, second = market
    now = timezone.now()
    request = make_request(first, buyer=buyer, at=now, uploads=[picture(5)])
    versions = [make_version(request, goods, at=now) for goods in (first, second)]
    owner = somebody(first.listing.shop.owner)
    shown = text_of(owner.get(f"/quotes/requests/{request.pk}/"))
    assert "A buyer in Rwanda" in shown
    assert "Nora" not in shown
    assert second.listing.shop.name not in shown
    assert owner.get(f"/quotes/{versions[1].quote_id}/").status_code == 404
    photo = request.photos.get().name
    assert owner.get(f"/quotes/requests/photos/{photo}/thumb").status_code == 200
    assert somebody(make_person()).get(f"/quotes/requests/photos/{photo}/thumb").status_code == 404


def test_what_cannot_be_used_comes_back_with_words(market):
    buyer, first, _second = market
    refused = ask(buyer, first, title="", quantity="0")
    assert refused.status_code == 422
    assert not QuoteRequest.objects.exists()
    now = timezone.now()
    request = make_request(first, buyer=buyer, at=now)
    half = quote(first, request, "9.00", quantity_2="200")
    assert half.status_code == 422
    assert "or neither" in text_of(half)
    version = make_version(request, first, at=now)
    declined = somebody(buyer).post(f"/quotes/{version.quote_id}/decline/", {})
    assert declined.status_code == 422
    first.on_hand = 3
    first.save()
    page = f"/quotes/deals/{version.ladder[0].pk}/accept/"
    short = send(somebody(buyer), page, page, recipient="N", lines="x", card="tok_ok")
    assert "Only 3 pieces" in " ".join(short.content.decode().split())
    assert not Order.objects.exists()


def test_the_seller_withdraws_and_the_buyer_closes(market):
    buyer, first, second = market
    now = timezone.now()
    request = make_request(first, buyer=buyer, at=now)
    mine = make_version(request, first, at=now).quote
    other = make_version(request, second, at=now).quote
    owner = somebody(first.listing.shop.owner)
    page = send(owner, f"/quotes/{mine.pk}/", f"/quotes/{mine.pk}/withdraw/")
    assert "Taken back by the shop" in text_of(page)
    page = f"/quotes/requests/{request.pk}/"
    assert "Closed by the buyer" in text_of(send(somebody(buyer), page, f"{page}close/"))
    other.refresh_from_db()
    assert other.declined_for == "no_need"


def test_a_request_with_ten_quotes_costs_as_many_queries_as_one_with_two(
    market, django_assert_max_num_queries
):
    buyer, first, _second = market
    now = timezone.now()
    request = make_request(first, buyer=buyer, at=now)
    for _ in range(10):
        goods = make_goods(on_hand=500)
        market_shelf(goods, first)
        make_version(request, goods, at=now)
    signed_in = somebody(buyer)
    with django_assert_max_num_queries(18):
        assert signed_in.get(f"/quotes/requests/{request.pk}/").status_code == 200


def test_an_accepted_quote_leads_to_its_checkout(market):
    buyer, first, _second = market
    now = timezone.now()
    version = make_version(make_request(first, buyer=buyer, at=now), first, at=now)
    group = accept(version, at=now)
    answer = somebody(buyer).get(f"/quotes/deals/{version.ladder[0].pk}/accept/")
    assert answer.url == f"/checkout/{group.pk}/"
