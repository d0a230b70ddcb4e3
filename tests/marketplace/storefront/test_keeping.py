"""Wish list, saved searches with alerts, and sold-out goods to hear of."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from marketplace.errors import BadInput
from marketplace.inbox.models import Message
from marketplace.listings.models import (
    Listing,
    ListingState,
    SavedSearch,
    StockWatch,
    Variant,
    WishedListing,
)
from marketplace.listings.services import restock, search, stock, wishes
from marketplace.shops.models import Shop, ShopState
from tests.factories.accounts import make_person, make_user
from tests.factories.listings import make_listing, make_variant
from tests.factories.wishes import make_saved_search, make_watch

pytestmark = pytest.mark.django_db


def test_a_wish_is_kept_once_and_can_be_dropped(client):
    buyer, goods = make_person(), make_variant().listing
    client.force_login(buyer)
    for _twice in range(2):
        client.post(reverse("storefront:keep_wish", args=[goods.pk]))
    assert WishedListing.objects.filter(user=buyer, listing=goods).count() == 1
    assert goods.title in client.get(reverse("storefront:wishes")).content.decode()
    for _twice in range(2):
        client.post(reverse("storefront:drop_wish", args=[goods.pk]))
    assert not WishedListing.objects.exists()


def test_a_visitor_signs_in_and_the_wish_is_kept(client):
    buyer, goods = make_person(), make_variant().listing
    answer = client.post(reverse("storefront:keep_wish", args=[goods.pk]))
    assert answer.url.startswith(reverse("account_login"))
    client.force_login(buyer)
    client.get(reverse("storefront:wishes"))
    assert WishedListing.objects.filter(user=buyer, listing=goods).exists()
    client.post(reverse("storefront:drop_wish", args=[goods.pk]))
    client.get(reverse("storefront:wishes"))  # asked once, not for ever
    assert not WishedListing.objects.exists()


@pytest.mark.parametrize("text", ["", "listing:", "listing:x", "stock:" + "9" * 30, "rm:1", ":"])
def test_a_forged_cookie_of_wishes_keeps_nothing(client, text):
    client.force_login(make_person())
    client.cookies["wanted"] = text
    assert client.get(reverse("storefront:wishes")).status_code == 200
    assert not WishedListing.objects.exists()


@pytest.mark.parametrize("state", sorted(set(ListingState) - {ListingState.LIVE}))
def test_what_is_not_on_sale_cannot_be_wished_for(state, now):
    goods = make_variant(listing=make_listing(state=state)).listing
    assert not wishes.keep(user_id=make_user().pk, listing_id=goods.pk, at=now)
    assert not WishedListing.objects.exists()


def test_of_goods_withheld_since_only_the_title_is_left_on_the_list(client, now):
    buyer, goods = make_person(), make_variant(price_minor=777_00).listing
    wishes.keep(user_id=buyer.pk, listing_id=goods.pk, at=now)
    client.force_login(buyer)
    assert "777.00" in client.get(reverse("storefront:wishes")).content.decode()
    Listing.objects.filter(pk=goods.pk).update(state=ListingState.WITHHELD)
    search.index(listing_ids=[goods.pk], at=now)  # as withholding does
    page = client.get(reverse("storefront:wishes")).content.decode()
    assert goods.title in page
    assert "777.00" not in page
    assert reverse("storefront:listing", args=[goods.pk]) not in page


def test_lists_have_an_end(now, monkeypatch):
    buyer = make_user()
    monkeypatch.setattr(wishes, "WISHES_AT_MOST", 1)
    monkeypatch.setattr(wishes, "SEARCHES_AT_MOST", 1)
    monkeypatch.setattr(restock, "WATCHES_AT_MOST", 1)
    one, other = make_variant(on_hand=0), make_variant(on_hand=0)
    wishes.keep(user_id=buyer.pk, listing_id=one.listing_id, at=now)
    wishes.save_search(user_id=buyer.pk, name="", query="q=tea", at=now)
    restock.watch(user_id=buyer.pk, variant_id=one.pk, at=now)
    with pytest.raises(BadInput, match="full"):
        wishes.keep(user_id=buyer.pk, listing_id=other.listing_id, at=now)
    with pytest.raises(BadInput, match="many searches"):
        wishes.save_search(user_id=buyer.pk, name="", query="q=salt", at=now)
    with pytest.raises(BadInput, match="wait for many"):
        restock.watch(user_id=buyer.pk, variant_id=other.pk, at=now)


# Saved searches ---------------------------------------------------------------------------------
def test_a_search_is_kept_by_what_it_means_once(client):
    buyer = make_person()
    client.force_login(buyer)
    for query in ("q=tea&stock=1", "stock=1&q=%20tea&sort=newest&page=4&nonsense=2"):
        client.post(reverse("storefront:save_search"), {"name": "Tea", "query": query})
    assert SavedSearch.objects.get(user=buyer).query == "q=tea&stock=1"


@pytest.mark.parametrize("query", ["", "page=3", "&".join("a=1" for _ in range(200)), "q=\x00"])
def test_a_search_for_nothing_is_not_kept(client, query):
    client.force_login(make_person())
    client.post(reverse("storefront:save_search"), {"name": "x", "query": query})
    assert not SavedSearch.objects.exists()


def test_the_daily_look_tells_once_of_what_is_new(now):
    buyer = make_user()
    make_variant(listing=make_listing(title="Old basket", published_at=now - timedelta(days=3)))
    saved = wishes.save_search(user_id=buyer.pk, name="Baskets", query="q=basket", at=now)
    later = now + timedelta(days=1)
    assert wishes.look_at_due(at=later) == 0
    assert not Message.objects.exists()

    for hour in (2, 3):
        at = later + timedelta(hours=hour)
        make_variant(listing=make_listing(title="New basket", published_at=at))
    next_look = later + timedelta(days=1)
    assert wishes.look_at_due(at=next_look - timedelta(minutes=1)) == 0
    for _twice in range(2):
        wishes.look_at_due(at=next_look)
    message = Message.objects.get(user=buyer)
    assert "2 new things" in message.body
    assert message.link == reverse("storefront:saved_search", args=[saved.pk])


def test_goods_that_only_resemble_the_words_are_no_news(now):
    make_saved_search(query="q=basket+zinc", looked_at=now, due_at=now + timedelta(days=1))
    make_variant(listing=make_listing(title="New basket", published_at=now + timedelta(hours=1)))
    assert wishes.look_at_due(at=now + timedelta(days=2)) == 0


def test_who_stops_the_messages_hears_nothing(client, now):
    buyer = make_person()
    saved = make_saved_search(user=buyer)
    make_variant(listing=make_listing(title="Basket", published_at=now))
    client.force_login(buyer)
    client.post(reverse("storefront:change_search", args=[saved.pk]), {"what": "quiet"})
    wishes.look_at_due(at=now + timedelta(days=9_000))
    assert not Message.objects.exists()
    client.post(reverse("storefront:change_search", args=[saved.pk]), {"what": "delete"})
    assert not SavedSearch.objects.exists()


def test_a_saved_search_leads_to_what_it_finds(client):
    buyer = make_person()
    saved = make_saved_search(user=buyer, query="q=basket&stock=1")
    client.force_login(buyer)
    answer = client.get(reverse("storefront:saved_search", args=[saved.pk]))
    assert answer.url == f"{reverse('storefront:search')}?q=basket&stock=1&sort=newest"
    client.force_login(make_person())
    assert client.get(reverse("storefront:saved_search", args=[saved.pk])).status_code == 404


# Back in stock ----------------------------------------------------------------------------------
def test_who_waits_is_told_once_when_it_is_back(client, now):
    buyer, bowl = make_person(), make_variant(on_hand=0)
    client.force_login(buyer)
    page = client.get(reverse("storefront:listing", args=[bowl.listing_id]))
    assert "Tell me when it is back" in page.content.decode()
    for _twice in range(2):
        client.post(reverse("storefront:watch", args=[bowl.pk]))
    assert StockWatch.objects.filter(user=buyer).count() == 1
    assert restock.tell_who_waits(at=now) == 0

    Variant.objects.filter(pk=bowl.pk).update(on_hand=3)
    assert [restock.tell_who_waits(at=now) for _twice in range(2)] == [1, 0]
    message = Message.objects.get(user=buyer)
    assert message.link == reverse("storefront:listing", args=[bowl.listing_id])
    assert bowl.listing.title in message.subject


def test_stock_that_a_reservation_gives_back_counts(now):
    bowl = make_variant(on_hand=1)
    stock.reserve(ref="order:1", demand={bowl.pk: 1}, due_at=now + timedelta(hours=1), at=now)
    restock.watch(user_id=make_user().pk, variant_id=bowl.pk, at=now)
    assert restock.tell_who_waits(at=now) == 0
    stock.release(ref="order:1", at=now)
    assert restock.tell_who_waits(at=now) == 1


def test_of_goods_that_nobody_may_buy_nobody_is_told(now):
    bowl = make_variant(on_hand=4)
    make_watch(variant=bowl)
    Shop.objects.filter(pk=bowl.listing.shop_id).update(state=ShopState.SUSPENDED)
    assert restock.tell_who_waits(at=now) == 0
    Shop.objects.filter(pk=bowl.listing.shop_id).update(state=ShopState.APPROVED)
    assert restock.tell_who_waits(at=now) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_make_one_row_of_each(now):
    buyer, bowl = make_user(), make_variant(on_hand=0)

    def click(_number):
        try:
            wishes.keep(user_id=buyer.pk, listing_id=bowl.listing_id, at=now)
            restock.watch(user_id=buyer.pk, variant_id=bowl.pk, at=now)
            wishes.save_search(user_id=buyer.pk, name="", query="q=bowl", at=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(click, range(8)))
    assert [model.objects.count() for model in (WishedListing, StockWatch, SavedSearch)] == [1] * 3


@pytest.mark.django_db(transaction=True)
def test_eight_clocks_at_once_tell_everybody_once(now):
    for _one in range(5):
        make_watch(variant=make_variant())
        make_saved_search()
    make_variant(listing=make_listing(title="Basket", published_at=now))

    def tick(_number):
        try:
            return restock.tell_who_waits(at=now), wishes.look_at_due(at=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as clocks:
        told = list(clocks.map(tick, range(8)))
    assert [sum(part) for part in zip(*told, strict=True)] == [5, 5]
    assert Message.objects.count() == 10
