"""Reads of imports and of a shop's goods as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from marketplace.listings.importing import archives, rules
from marketplace.listings.importing.planning import GONE, goods_of
from marketplace.listings.importing.resource import GoodsResource
from marketplace.listings.importing.words import header_key
from marketplace.listings.models import Category, GoodsImport, ImportRow, Variant
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop
from marketplace.shops.rules import Act

_EXPORT_BATCH = 500


def imports_where(user_id: int, act: Act) -> QuerySet[GoodsImport]:
    """Return the imports of the shops in which a person may do `act`, the newest first."""
    mine = GoodsImport.objects.filter(shop__in=Shop.objects.where_may(user_id, act))
    return mine.select_related("shop").order_by("-pk")


def counts(goods_import: GoodsImport) -> dict[str, int]:
    """Return how many rows are new, changed, unchanged and wrong, and how many have errors."""
    each = {name: Count("pk", filter=Q(verdict=name)) for name in ("new", "changed", "unchanged")}
    found: dict[str, int] = goods_import.rows.aggregate(
        **each, wrong=Count("pk", filter=~Q(errors=[])), noted=Count("pk", filter=~Q(note=""))
    )
    return found


def wrong_rows(goods_import: GoodsImport) -> QuerySet[ImportRow]:
    """Return the rows with something wrong, in the order of the file."""
    return goods_import.rows.exclude(errors=[]).order_by("number")


def remembered(shop_id: int) -> dict[str, str]:
    """Return what a shop's latest import made of each heading; empty at the first."""
    last = GoodsImport.objects.filter(shop_id=shop_id, ran_at__isnull=False).order_by("-pk").first()
    if last is None:
        return {}
    return {header_key(head): name for head, name in zip(last.headers, last.columns, strict=True)}


def resource_of(goods_import: GoodsImport, *, at: datetime) -> GoodsResource:
    """Return the columns as this import reads them."""
    known = archives.shown(goods_import.photo_names) if goods_import.stored_zip else None
    return GoodsResource(
        currency=goods_import.shop.currency,
        shelves=shelves(),
        photos=known,
        photos_max=rulebook.value("listings.photos_max", at=at),
    )


def shelves() -> list[tuple[int, str, str]]:
    """Return (id, short name, name) of every shelf."""
    return list(Category.objects.values_list("pk", "slug", "name"))


def exported(shop: Shop) -> Iterator[list[str]]:
    """Return the cells of every choice of a shop's goods, listing by listing, without headings.

    Read in batches, so that a large shop costs little memory.
    """
    resource = GoodsResource(currency=shop.currency, shelves=shelves())
    mine = Variant.objects.filter(listing__shop=shop).exclude(listing__state__in=GONE)
    rows = (
        mine.select_related("listing__goods_number", "seller_number")
        .prefetch_related("tiers")
        .order_by("listing_id", "pk")
    )
    for variant in rows.iterator(chunk_size=_EXPORT_BATCH):
        number = getattr(variant, "seller_number", None)
        goods_number = getattr(variant.listing, "goods_number", None)
        goods = replace(
            goods_of(variant),
            sku=number.code if number else f"choice-{variant.pk}",
            goods=goods_number.code if goods_number else f"goods-{variant.listing_id}",
            seen=variant.on_hand,
        )
        yield resource.row(goods)


def fix_rows(goods_import: GoodsImport) -> Iterator[list[str]]:
    """Return the wrong rows as they came, each with one more cell that says what is wrong."""
    width = len(goods_import.headers)
    for row in wrong_rows(goods_import).iterator(chunk_size=_EXPORT_BATCH):
        words = " · ".join(f"{column}: {text}" for column, text in row.errors)
        cells = [rules.guarded(rules.unguarded(cell)) for cell in row.cells]
        yield [*[*cells, *[""] * width][:width], rules.guarded(words)]
