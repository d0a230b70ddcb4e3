"""Rows become goods once, exactly as the form would have written them."""

import pytest
from django.db import IntegrityError, transaction

from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.listings.importing import queries, services
from marketplace.listings.importing.resource import headers
from marketplace.listings.models import (
    GoodsImport,
    Listing,
    PriceTier,
    SellerNumber,
    Variant,
)
from marketplace.listings.services import drafts
from marketplace.listings.services import listing as listings
from tests.factories.accounts import make_person
from tests.factories.importing import (
    HEAD,
    a_row,
    checked,
    csv_of,
    imported,
    make_import,
    send,
    undone,
    work,
)
from tests.factories.listings import make_category, make_listing, make_variant
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    make_category(slug="home", name="Home")
    return make_shop()


def facts_of(listing):
    """All that a buyer or seller could tell two listings apart by."""
    words = (listing.title, listing.description, listing.category_id, listing.state)
    choices = [
        (
            *(v.name, v.price_minor, v.on_hand, v.least_quantity, v.low_stock_at),
            *(v.reserved, v.sold, *v.tiers.values_list("from_quantity", "price_minor")),
        )
        for v in listing.variants.order_by("name")
    ]
    return words, listing.content_version, listing.posted_at, choices


def test_bulk_rows_equal_what_the_single_services_write(shop, now):
    shelf = make_category()
    rows = (
        listings.VariantRow("Red", 1250, 4, tiers=((5, 1100), (10, 900)), least_quantity=2),
        listings.VariantRow("Blue", 1300, 0, tiers=(), low_stock_at=7),
    )
    by = {"by_id": shop.owner_id, "at": now}
    words = {"category_id": shelf.pk, "title": " Bowl ", "description": "Round"}
    single = listings.create_draft(shop_id=shop.pk, **words, **by)
    listings.set_variants(listing_id=single.pk, rows=rows, **by)
    key = services.uuid.uuid4()
    draft = drafts.Draft(key=key, **words, choices=rows)
    [(bulk, _variants)] = drafts.create_drafts(shop_id=shop.pk, drafts=[draft], **by)

    assert facts_of(bulk) == facts_of(Listing.objects.get(pk=single.pk))
    with pytest.raises(IntegrityError), transaction.atomic():
        drafts.create_drafts(shop_id=shop.pk, drafts=[draft], **by)
    stranger = {"by_id": make_person().pk, "at": now}
    with pytest.raises(NotAllowed):
        drafts.create_drafts(shop_id=shop.pk, drafts=[draft], **stranger)
    wrong = drafts.Draft(key=key, **words, choices=(rows[0], rows[0]))
    with pytest.raises(BadInput):
        drafts.create_drafts(shop_id=shop.pk, drafts=[wrong], **by)


def test_rows_of_one_goods_number_are_one_listing_with_choices_and_ladders(shop, now):
    head = [*HEAD, "From pieces 1", "Price each 1", "Smallest order"]
    data = csv_of(
        head,
        [*a_row(1, goods="G", choice="Red"), "10", "11.00", "2"],
        [*a_row(2, goods="G", title="", shelf="", choice="Blue", price="13"), "", "", ""],
        [*a_row(3), "", "", ""],
    )
    done = imported(shop, data, at=now)

    assert done.state == "done"
    assert queries.counts(done)["new"] == 3
    pair = Listing.objects.get(goods_number__code="G")
    assert facts_of(pair)[3] == [
        ("Blue", 1300, 5, 1, 2, 0, 0),
        ("Red", 1250, 5, 2, 2, 0, 0, (10, 1100)),
    ]
    assert pair.state == "draft"
    assert sorted(SellerNumber.objects.values_list("code", flat=True)) == ["A-1", "A-2", "A-3"]


def test_the_same_table_again_is_unchanged_and_a_changed_price_changes_only_that(shop, now):
    imported(shop, csv_of(HEAD, a_row(1), a_row(2)), at=now)
    before = [facts_of(one) for one in Listing.objects.order_by("pk")]
    again = imported(shop, csv_of(HEAD, a_row(1), a_row(2)), at=now)
    assert queries.counts(again) == {"new": 0, "changed": 0, "unchanged": 2, "wrong": 0, "noted": 0}
    assert [facts_of(one) for one in Listing.objects.order_by("pk")] == before

    changed = imported(shop, csv_of(HEAD, a_row(1, price="13,20"), a_row(2)), at=now)
    assert queries.counts(changed)["changed"] == 1
    assert changed.rows.get(number=2).changes == [["Price", "12.50", "13.20"]]
    assert Variant.objects.get(seller_number__code="A-1").price_minor == 1320
    assert Variant.objects.count() == 2


def test_a_choice_is_added_to_goods_that_are_there_and_own_names_get_their_number(shop, now):
    listing = make_listing(shop=shop, title="Bowl")
    red = make_variant(listing=listing, name="Red")
    data = csv_of(
        HEAD,
        a_row(1, goods=f"goods-{listing.pk}", title="", shelf="", choice="Red", stock=""),
        a_row(2, goods=f"goods-{listing.pk}", title="", shelf="", choice="Blue"),
    )
    done = imported(shop, data, at=now)

    assert done.state == "done", done.refusal
    assert queries.wrong_rows(done).count() == 0
    assert red.seller_number.code == "A-1"
    told = [after for _column, _before, after in done.rows.earliest("number").changes]
    assert "A-1" in told
    assert Variant.objects.get(listing=listing, name="Blue").seller_number.code == "A-2"
    assert Listing.objects.get(pk=listing.pk).title == "Bowl"


def test_stock_moves_by_the_difference_since_the_export(shop, now):
    listing = make_listing(shop=shop, category=make_category(name="Pots"))
    variant = make_variant(listing=listing, on_hand=10)
    [row] = list(queries.exported(shop))
    Variant.objects.filter(pk=variant.pk).update(on_hand=7, sold=3)

    same = imported(shop, csv_of(headers(), row), at=now)
    assert queries.counts(same)["unchanged"] == 1
    more = list(row)
    more[headers().index("Stock")] = "12"
    imported(shop, csv_of(headers(), more), at=now)
    assert Variant.objects.get(pk=variant.pk).on_hand == 9


def test_two_tabs_and_a_form_sent_twice_are_one_import(shop, now):
    data = csv_of(HEAD, a_row(1))
    key = services.uuid.uuid4()
    first = send(shop, data, at=now, key=key)
    assert send(shop, data, at=now, key=key).pk == first.pk
    assert send(shop, data, at=now).pk == first.pk
    read = work(first, at=now)
    by = {"import_id": read.pk, "by_id": shop.owner_id, "at": now}
    for _twice in range(2):
        services.choose_columns(columns=read.columns, **by)
    work(read, at=now)
    for _twice in range(2):
        services.run(put_on_sale=False, **by)
    work(read, at=now)
    services.run(put_on_sale=False, **by)
    work(read, at=now)
    assert (GoodsImport.objects.count(), Listing.objects.count()) == (1, 1)
    make_import(shop=shop, sha256="x", state="running")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_import(shop=shop, sha256="x", state="mapping")


def test_only_who_edits_the_goods_moves_an_import(shop, now):
    there = checked(shop, csv_of(HEAD, a_row(1)), at=now)
    stranger = {"import_id": there.pk, "by_id": make_person().pk, "at": now}
    for refused in (
        lambda: services.run(put_on_sale=False, **stranger),
        lambda: services.stop(**stranger),
        lambda: services.undo(**stranger),
        lambda: services.choose_columns(columns=there.columns, **stranger),
    ):
        with pytest.raises(NotAllowed):
            refused()
    own = {**stranger, "by_id": shop.owner_id}
    with pytest.raises(WrongState):
        services.undo(**own)
    with pytest.raises(BadInput):
        services.choose_columns(columns=["title"] * len(there.headers), **own)
    assert services.stop(**own).state == "cancelled"
    assert PriceTier.objects.count() == Listing.objects.count() == 0


def test_an_undone_import_leaves_nothing(shop, now):
    kept = make_listing(shop=shop, title="Kept", category=make_category(name="Pots"))
    variant = make_variant(listing=kept, price_minor=900, on_hand=4)
    before = facts_of(kept)
    rows = [a_row(n, goods=f"G{n // 3}", title=f"Set {n // 3}", choice=f"c{n}") for n in range(30)]
    own = a_row(99, sku=f"choice-{variant.pk}", title="Other", price="8.00", stock="9")
    done = imported(shop, csv_of(HEAD, *rows, own), at=now)
    assert (Listing.objects.count(), queries.counts(done)["new"]) == (11, 30)

    assert undone(done, at=now).state == "undone"
    assert list(Listing.objects.values_list("pk", flat=True)) == [kept.pk]
    assert SellerNumber.objects.count() == 0
    kept.refresh_from_db()
    assert facts_of(kept)[3] == before[3]
    assert kept.title == "Kept"
    # And the same table goes in again as if nothing had been.
    assert queries.counts(imported(shop, csv_of(HEAD, *rows), at=now))["new"] == 30
