"""Reserving, selling and giving back stock, one call at a time."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from marketplace.errors import BadInput, KeyReused, SoldOut, WrongState
from marketplace.listings.models import ListingState, Reservation, ReservationState, Variant
from marketplace.listings.services import stock
from marketplace.shops.models import ShopState
from tests.factories.listings import make_listing, make_variant

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=30)


def counters(variant):
    return Variant.objects.values_list("on_hand", "reserved", "sold").get(pk=variant.pk)


def reserve(variant, quantity, now, ref="order:1"):
    stock.reserve(ref=ref, demand={variant.pk: quantity}, due_at=now + SOON, at=now)


def test_a_reservation_keeps_units_and_a_sale_takes_them(now):
    variant = make_variant(on_hand=5)
    reserve(variant, 2, now)
    assert counters(variant) == (5, 2, 0)

    stock.commit(ref="order:1", at=now)
    assert counters(variant) == (3, 0, 2)


def test_each_call_can_be_repeated(now):
    variant = make_variant(on_hand=5)
    for _again in range(2):
        reserve(variant, 2, now)
    for _again in range(2):
        stock.commit(ref="order:1", at=now)
    reserve(variant, 2, now)
    assert counters(variant) == (3, 0, 2)


def test_release_gives_back_once_and_leaves_sold_units_sold(now):
    variant = make_variant(on_hand=5)
    reserve(variant, 2, now)
    for _again in range(2):
        stock.release(ref="order:1", at=now)
    assert counters(variant) == (5, 0, 0)

    reserve(variant, 1, now, ref="order:2")
    stock.commit(ref="order:2", at=now)
    stock.release(ref="order:2", at=now)
    stock.release(ref="order:unknown", at=now)
    assert counters(variant) == (4, 0, 1)


def test_the_same_ref_with_other_goods_is_refused(now):
    variant = make_variant(on_hand=5)
    reserve(variant, 2, now)
    with pytest.raises(KeyReused):
        reserve(variant, 3, now)
    assert counters(variant) == (5, 2, 0)


def test_a_ref_that_was_given_back_cannot_reserve_again(now):
    variant = make_variant(on_hand=5)
    reserve(variant, 2, now)
    stock.release(ref="order:1", at=now)
    with pytest.raises(WrongState):
        reserve(variant, 2, now)


def test_sold_out_names_every_short_item_and_keeps_nothing(now):
    few = make_variant(listing=make_listing(title="Blue scarf"), name="large", on_hand=2)
    none = make_variant(listing=make_listing(title="Red hat"), on_hand=0)
    plenty = make_variant(on_hand=9)
    with pytest.raises(SoldOut) as refusal:
        stock.reserve(
            ref="order:1",
            demand={few.pk: 3, none.pk: 1, plenty.pk: 1},
            due_at=now + SOON,
            at=now,
        )
    assert refusal.value.reason == (
        "Only 2 pieces of “Blue scarf (large)” are left; you asked for 3. “Red hat” is sold out."
    )
    assert counters(plenty) == (9, 0, 0)
    assert not Reservation.objects.exists()


@pytest.mark.parametrize("demand", [{}, {1: 0}, {1: -1}])
def test_demand_for_nothing_is_refused(now, demand):
    with pytest.raises(BadInput):
        stock.reserve(ref="order:1", demand=demand, due_at=now + SOON, at=now)


def test_goods_that_do_not_exist_are_refused(now):
    with pytest.raises(SoldOut):
        stock.reserve(ref="order:1", demand={404: 1}, due_at=now + SOON, at=now)


def test_an_expired_reservation_counts_as_free_at_once_without_a_sweeper(now):
    variant = make_variant(on_hand=2)
    reserve(variant, 2, now)
    with pytest.raises(SoldOut):
        reserve(variant, 1, now + SOON - timedelta(seconds=1), ref="order:2")

    reserve(variant, 2, now + SOON, ref="order:2")
    assert counters(variant) == (2, 2, 0)
    states = dict(Reservation.objects.values_list("ref", "state"))
    assert states == {"order:1": ReservationState.RELEASED, "order:2": ReservationState.HELD}


def test_paying_late_still_gets_units_that_nobody_took(now):
    variant = make_variant(on_hand=2)
    reserve(variant, 2, now)
    stock.commit(ref="order:1", at=now + 2 * SOON)
    assert counters(variant) == (0, 0, 2)


def test_paying_late_takes_given_back_units_again_when_there_are_any(now):
    variant = make_variant(on_hand=2)
    reserve(variant, 2, now)
    assert stock.release_expired(at=now + SOON) == 1
    assert counters(variant) == (2, 0, 0)
    stock.commit(ref="order:1", at=now + 2 * SOON)
    assert counters(variant) == (0, 0, 2)


def test_paying_late_for_units_that_another_buyer_keeps_is_refused(now):
    variant = make_variant(on_hand=2)
    reserve(variant, 2, now)
    reserve(variant, 1, now + SOON, ref="order:2")
    with pytest.raises(SoldOut):
        stock.commit(ref="order:1", at=now + SOON)
    assert counters(variant) == (2, 1, 0)


def test_paying_late_takes_the_units_of_others_who_are_later_still(now):
    variant = make_variant(on_hand=2)
    reserve(variant, 2, now)
    reserve(variant, 2, now + SOON, ref="order:2")
    stock.commit(ref="order:1", at=now + 3 * SOON)
    assert counters(variant) == (0, 0, 2)
    with pytest.raises(SoldOut):
        stock.commit(ref="order:2", at=now + 3 * SOON)


def test_a_withheld_listing_sells_nothing_between_checkout_and_payment(now):
    variant = make_variant(on_hand=2)
    reserve(variant, 1, now)
    listing = variant.listing
    listing.state = ListingState.WITHHELD
    listing.save()
    with pytest.raises(SoldOut, match="may not be sold any more"):
        stock.commit(ref="order:1", at=now)
    assert counters(variant) == (2, 1, 0)


def test_a_suspended_shop_neither_reserves_nor_sells(now):
    variant = make_variant(on_hand=2)
    reserve(variant, 1, now)
    shop = variant.listing.shop
    shop.state = ShopState.SUSPENDED
    shop.save()
    with pytest.raises(SoldOut, match="may not be sold any more"):
        stock.commit(ref="order:1", at=now)
    with pytest.raises(SoldOut, match="may not be sold any more"):
        reserve(variant, 1, now, ref="order:2")


def test_one_refused_item_leaves_the_others_of_the_order_unsold(now):
    good, bad = make_variant(on_hand=2), make_variant(on_hand=2)
    stock.reserve(ref="order:1", demand={good.pk: 1, bad.pk: 1}, due_at=now + SOON, at=now)
    bad.listing.state = ListingState.ENDED
    bad.listing.save()
    with pytest.raises(SoldOut):
        stock.commit(ref="order:1", at=now)
    assert counters(good) == (2, 1, 0)


def test_selling_what_was_never_reserved_is_refused(now):
    with pytest.raises(WrongState):
        stock.commit(ref="order:404", at=now)


def test_counting_stock_applies_the_difference_and_not_the_typed_number(now):
    variant = make_variant(on_hand=10)
    reserve(variant, 3, now)
    stock.commit(ref="order:1", at=now)  # the seller's form still shows 10
    stock.change_on_hand(variant_id=variant.pk, seen=10, wanted=12, by_id=1, at=now)
    assert counters(variant) == (9, 0, 3)


def test_stock_cannot_be_counted_below_what_checkouts_keep(now):
    variant = make_variant(on_hand=5)
    reserve(variant, 3, now)
    with pytest.raises(BadInput):
        stock.change_on_hand(variant_id=variant.pk, seen=5, wanted=2, by_id=1, at=now)
    assert counters(variant) == (5, 3, 0)


@pytest.mark.parametrize("wrong", [{"reserved": 11}, {"price_minor": 0}])
def test_the_database_refuses_an_oversold_or_free_variant(wrong):
    variant = make_variant(on_hand=10)
    with pytest.raises(IntegrityError), transaction.atomic():
        Variant.objects.filter(pk=variant.pk).update(**wrong)


def test_the_database_refuses_a_closed_reservation_without_its_time(now):
    variant = make_variant()
    reserve(variant, 1, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reservation.objects.update(state=ReservationState.SOLD)
