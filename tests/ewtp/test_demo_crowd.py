"""The demo's crowd: bulk rows that equal what the services would have left, and sound books."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import transaction

from antifake.cases.models import Scan
from ewtp.demo import story, world
from ewtp.demo.crowd import people, plan, seeding
from ewtp.demo.crowd.plan import Size, Way
from ewtp.management.commands.seed_demo import Command, play_whole, work_off
from marketplace.listings.models import Listing, Variant
from marketplace.listings.queries import photo_file, search
from marketplace.orders.models import (
    CancelledBy,
    Chargeback,
    ChargebackState,
    Escrow,
    EscrowState,
    Order,
    OrderState,
    Payout,
    Refund,
    RefundState,
)
from marketplace.outbox.models import Job, JobState
from tests.factories.listings import make_listing, make_photo
from tests.factories.shops import make_shop
from tests.marketplace.orders.books import assert_books_agree

NOW = datetime(2026, 9, 4, 11, 0, tzinfo=UTC)
SLICE = Size(shops=3, listings=40, orders=150, buyers=25)


def seed():
    """The crowd, by the command; of the small world it needs one of the staff and the pictures."""
    make_pictures(SLICE)
    story.settle(world.STAFF, NOW - timedelta(days=600))
    crowd = seeding.begin(SLICE, NOW)
    said = io.StringIO()
    Command(stdout=said).fill(crowd.steps())
    assert f"{SLICE.orders} orders" in said.getvalue()
    assert "The ledger is sound, and" in said.getvalue()
    return crowd


def make_pictures(size):
    """The goods that a crowd of this size copies, with a stored picture each."""
    for crowd_shop in people.shops(size.shops):
        shop = make_shop()
        for good in crowd_shop.like:
            photo = make_photo(listing=make_listing(shop=shop, title=good.title))
            for kind in ("large", "thumb"):
                default_storage.save(photo_file(photo.name, kind), ContentFile(b"webp"))


@pytest.mark.django_db(transaction=True)
def test_a_slice_of_the_crowd_has_every_state_and_sound_books():
    crowd = seed()
    mine = Order.objects.filter(shop__in=crowd.shop_ids)
    assert mine.count() == SLICE.orders
    assert Listing.objects.filter(shop__in=crowd.shop_ids).live().count() == SLICE.listings
    # An order rests in `completed` for no moment: its money goes in the same transaction.
    states = set(mine.values_list("state", flat=True))
    assert states == set(OrderState.values) - {OrderState.COMPLETED}
    assert set(mine.exclude(cancelled_by="").values_list("cancelled_by", flat=True)) == set(
        CancelledBy.values
    )
    assert set(Escrow.objects.values_list("state", flat=True)) == set(EscrowState.values)
    assert set(Chargeback.objects.values_list("state", flat=True)) == set(ChargebackState.values)
    assert {RefundState.DONE, RefundState.REVERSED} <= set(
        Refund.objects.values_list("state", flat=True)
    )
    partly = mine.filter(state=OrderState.PAID_HELD, shipments__isnull=False)
    assert partly.exists()
    assert Payout.objects.count() > 50
    assert_goods_are_found(crowd)
    assert_books_agree()
    assert_shelves_add_up()


def assert_goods_are_found(crowd):
    listing = Listing.objects.filter(shop__in=crowd.shop_ids).first()
    found = search.find(search.Wish(text=listing.title), at=NOW, count=200)
    assert listing.pk in {row.pk for row in found.rows}
    for photo in listing.photos.all():
        assert default_storage.exists(photo_file(photo.name, "thumb"))
    assert listing.versions.get().photo_names == [photo.name]
    assert not Scan.objects.exists()  # nobody looked, so nobody says that they are clean


def assert_shelves_add_up():
    for variant in Variant.objects.prefetch_related("reservations"):
        by_state = Counter()
        for one in variant.reservations.all():
            by_state[one.state] += one.quantity
        assert (variant.sold, variant.reserved) == (by_state["sold"], by_state["held"])


@pytest.mark.django_db(transaction=True)
def test_the_clocks_go_on_from_where_the_crowd_stands():
    seed()
    before = Counter(Order.objects.values_list("state", flat=True))
    at = NOW + timedelta(days=20)
    call_command("clocks", at=at.isoformat())
    work_off(at)
    assert not Job.objects.exclude(state=JobState.DONE).exists()
    after = Counter(Order.objects.values_list("state", flat=True))
    assert after[OrderState.AWAITING_PAYMENT] == after[OrderState.SHIPPED] == 0
    assert after[OrderState.SETTLED] > before[OrderState.SETTLED]
    assert after[OrderState.EXPIRED] > before[OrderState.EXPIRED]
    assert_books_agree()
    assert_shelves_add_up()


def test_a_year_is_the_same_each_time_and_has_the_orders_asked_for():
    year = plan.year(SLICE, NOW)
    assert year == plan.year(SLICE, NOW)
    assert sum(len(purchase.parts) for purchase in year) == SLICE.orders
    assert {purchase.way for purchase in year} == set(Way)
    assert year == sorted(year, key=lambda purchase: purchase.at)
    assert all(NOW - timedelta(days=plan.DAYS) <= purchase.at <= NOW for purchase in year)


def test_the_full_crowd_makes_a_hundred_shops_with_names_of_their_own():
    shops = people.shops(plan.FULL.shops)
    names = [one.shop.name for one in shops] + [shop.name for shop in world.SHOPS]
    assert len(set(names)) == 100
    assert plan.FULL.listings + 200 == 3_000
    assert sum(len(shelf) for shelf in plan.shelves(plan.FULL)) == plan.FULL.listings
    year = plan.year(plan.FULL, NOW)
    assert sum(len(purchase.parts) for purchase in year) == plan.FULL.orders == 20_000


@pytest.mark.django_db(transaction=True)
def test_a_seeding_that_was_stopped_goes_on_and_ends_the_same():
    make_pictures(SLICE)
    story.settle(world.STAFF, NOW - timedelta(days=600))
    steps = seeding.begin(SLICE, NOW).steps()
    half = len(steps) * 2 // 3
    for step in steps[:half]:
        play_whole(step)
    with transaction.atomic():  # the process ends in the middle of a step
        steps[half].play(steps[half].at)
        transaction.set_rollback(True)
    again = seeding.begin(SLICE, NOW + timedelta(hours=5))
    assert again.now == NOW
    for step in again.steps()[half:]:
        play_whole(step)
    assert Order.objects.filter(shop__in=again.shop_ids).count() == SLICE.orders
    assert_books_agree()
    assert_shelves_add_up()
