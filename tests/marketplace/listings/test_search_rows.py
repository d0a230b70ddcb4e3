"""Search rows stay in step with goods, stock, shops and reviews, in the same transaction."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from marketplace.listings.models import Listing, ListingState, SearchRow, SearchStars, SearchWord
from marketplace.listings.queries.search import Wish, find
from marketplace.listings.services import listing as listings
from marketplace.listings.services import search, stock
from marketplace.shops.services import set_ranking_trust
from tests.factories.crowds import started, wait_for_a_lock
from tests.factories.listings import make_listing, make_ready_draft, make_statement, make_variant
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
KEPT = [field.attname for field in SearchRow._meta.fields]


def rows():
    return {row["listing_id"]: row for row in SearchRow.objects.values(*KEPT)}


def posted(shop, at, title="Bamboo basket"):
    listing = make_ready_draft(shop=shop, title=title)
    listings.post(listing_id=listing.pk, by_id=shop.owner_id, at=at)
    return listings.publish(listing_id=listing.pk, content_version=1, at=at)


class Trade:
    """Random acts on a few listings of one shop, as services do them."""

    def __init__(self, dice, at):
        self.dice, self.at = dice, at
        self.shop = make_shop()
        self.goods = [posted(self.shop, at, title) for title in ("Red cup", "Oak bowl", "竹篮")]
        self.refs = []

    def act(self):
        listing = self.dice.choice(self.goods)
        listing.refresh_from_db()
        getattr(
            self, self.dice.choice(("words", "price", "count", "check", "hold", "buy", "back"))
        )(listing)

    def words(self, listing):
        listings.edit(
            listing_id=listing.pk,
            by_id=self.shop.owner_id,
            category_id=listing.category_id,
            title=self.dice.choice(("Blue cup", "Elm bowl", "红色竹篮")),
            description=self.dice.choice(("", "made of clay")),
            at=self.at,
        )

    def price(self, listing):
        one = listing.variants.get()
        row = listings.VariantRow(
            one.name, self.dice.randrange(100, 9000), one.on_hand, one.pk, one.on_hand
        )
        listings.set_variants(
            listing_id=listing.pk, by_id=self.shop.owner_id, rows=[row], at=self.at
        )

    def count(self, listing):
        one = listing.variants.get()
        wanted = one.reserved + self.dice.choice((0, 0, 3))
        listings.count_stock(
            listing_id=listing.pk,
            counts={one.pk: (one.on_hand, wanted)},
            by_id=self.shop.owner_id,
            at=self.at,
        )

    def check(self, listing):
        version = listing.content_version
        listings.publish(listing_id=listing.pk, content_version=version, at=self.at)

    def hold(self, listing):
        held = listing.withholdings.filter(lifted_at=None).first()
        if held:
            listings.lift(listing_id=listing.pk, source=held.source, at=self.at)
            return
        statement = make_statement(listing=listing)
        source = f"scan:{statement.pk}"
        listings.withhold(
            listing_id=listing.pk, source=source, statement_id=statement.pk, at=self.at
        )

    def buy(self, listing):
        one = listing.variants.get()
        if not one.free or listing.state != ListingState.LIVE:
            return
        ref, units = f"order:{len(self.refs)}", self.dice.choice((1, one.free))
        due = self.at + timedelta(hours=1)
        stock.reserve(ref=ref, demand={one.pk: units}, due_at=due, at=self.at)
        self.refs.append(ref)
        if self.dice.random() < 0.4:
            stock.commit(ref=ref, at=self.at)

    def back(self, _listing):
        if self.refs:
            stock.release(ref=self.dice.choice(self.refs), at=self.at)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_services_do_rows_equal_a_full_recomputation(now, seed):
    trade = Trade(random.Random(seed), now)
    for _ in range(30):
        trade.act()
    kept = rows()
    assert set(kept) == set(Listing.objects.live().values_list("pk", flat=True))

    SearchRow.objects.all().delete()
    list(search.reindex(at=now, batch=2))

    anew = rows()
    for row in (*kept.values(), *anew.values()):
        row["sold"] = 0  # as of the last refresh
    assert kept == anew


def test_the_clock_brings_sold_pieces_age_and_trust(now):
    listing = posted(make_shop(), now)
    variant = listing.variants.get()
    before = SearchRow.objects.get()
    stock.reserve(ref="a", demand={variant.pk: 2}, due_at=now + timedelta(1), at=now)
    stock.commit(ref="a", at=now)
    set_ranking_trust(shop_id=listing.shop_id, permille=500, at=now)

    assert search.refresh_all(at=now + timedelta(days=60)) == 1

    after = SearchRow.objects.get()
    assert after.sold == 2
    assert after.rank == pytest.approx(before.rank * 0.5 * 0.85, abs=1)
    assert search.refresh_all(at=now + timedelta(days=60)) == 0


def test_the_clock_heals_a_row_that_is_missing(now):
    listing = posted(make_shop(), now)
    SearchRow.objects.all().delete()

    assert search.refresh_all(at=now) == 1
    assert SearchRow.objects.get().listing_id == listing.pk


def test_stars_outlive_a_time_off_sale(now):
    shop = make_shop()
    listing = posted(shop, now)
    search.set_stars(listing_id=listing.pk, count=3, hundredths=480, at=now)
    lifted = SearchRow.objects.get()
    assert (lifted.stars_count, lifted.stars_hundredths) == (3, 480)
    listings.edit(
        listing_id=listing.pk,
        by_id=shop.owner_id,
        category_id=listing.category_id,
        title="Another",
        description="",
        at=now,
    )
    assert not SearchRow.objects.exists()
    assert SearchStars.objects.get().count == 3

    listings.publish(listing_id=listing.pk, content_version=2, at=now)
    assert SearchRow.objects.get().stars_hundredths == 480


def test_words_that_no_goods_hold_any_more_are_forgotten(now):
    shop = make_shop()
    listing = posted(shop, now, title="Basket of reed")
    posted(shop, now, title="Basket of oak")
    search.recount(at=now)
    assert SearchWord.objects.get(word="basket").listings == 2

    listings.end(listing_id=listing.pk, by_id=shop.owner_id, at=now)
    search.recount(at=now)

    assert SearchWord.objects.get(word="basket").listings == 1
    assert not SearchWord.objects.filter(word="reed").exists()


def test_the_command_goes_on_where_it_was_stopped(now):
    shop = make_shop()
    goods = [posted(shop, now) for _ in range(3)]
    SearchRow.objects.all().delete()

    call_command("reindex", after=goods[0].pk, stdout=(out := StringIO()), stderr=StringIO())

    assert set(rows()) == {goods[1].pk, goods[2].pk}
    assert out.getvalue().strip() == "2 listings on sale were indexed"


def test_a_sale_that_leaves_stock_asks_nothing_of_search(now):
    variant = make_variant(listing=make_listing(), on_hand=5)

    def cost(units):
        with CaptureQueriesContext(connection) as queries:
            stock.reserve(ref=f"{units}", demand={variant.pk: units}, due_at=now, at=now)
        return [query["sql"] for query in queries if "searchrow" in query["sql"]]

    assert not cost(1)
    assert cost(4)
    assert not SearchRow.objects.get().in_stock


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_last_choices_at_once_leave_the_goods_sold_out(now):
    listing = make_listing(title="Basket")
    variants = [make_variant(listing=listing, name=f"{n}", on_hand=1) for n in range(8)]

    def take(variant):
        try:
            stock.reserve(
                ref=f"{variant.pk}", demand={variant.pk: 1}, due_at=now + timedelta(1), at=now
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, variants))

    assert not SearchRow.objects.get().in_stock
    assert not find(Wish(text="basket", in_stock=True), at=now).rows
    stock.release(ref=f"{variants[3].pk}", at=now)
    assert SearchRow.objects.get().in_stock


def test_a_row_of_goods_that_are_not_on_sale_goes_with_the_next_look(now):
    listing = posted(make_shop(), now)
    row = SearchRow.objects.get()
    listings.withhold(
        listing_id=listing.pk,
        source="scan:1",
        statement_id=make_statement(listing=listing).pk,
        at=now,
    )
    row.save(force_insert=True)

    assert search.refresh_all(at=now) == 1
    assert not SearchRow.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("heal", [search.refresh_all, lambda *, at: list(search.reindex(at=at))])
def test_healing_waits_for_whoever_takes_goods_off_sale_and_leaves_them_off(now, heal):
    listing = posted(make_shop(), now)
    statement = make_statement(listing=listing)
    SearchRow.objects.all().delete()
    with transaction.atomic():
        listings.withhold(listing_id=listing.pk, source="scan:1", statement_id=statement.pk, at=now)
        healed = started(lambda: heal(at=now))
        wait_for_a_lock()
    healed.result(timeout=60)

    assert not SearchRow.objects.exists()
