"""A shop of the demo keeps its goods in a table: one it brought in, one that waits for a word."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from django.core.files.uploadedfile import SimpleUploadedFile

from ewtp.demo import world
from marketplace.listings.importing import services, steps
from marketplace.listings.models import GoodsImport, Listing
from marketplace.shops.models import Shop

_SHOP = world.SHOPS[1].name
_NUMBERED = 12
_HEAD = ("Article", "Goods number", "Product name", "Category", "Details", "Price", "Stock")
# The spring's new goods as the shop's own program wrote them, with the slips that people make.
_SPRING = (
    ("SP-01", "", "Spoon rest", "Kitchen and table", "Glazed, 9 cm.", "9,50", "20"),
    ("SP-02", "", "Butter dish", "Kitchen and table", "With a lid.", "24,00", "8"),
    ("SP-03", "", "Egg cup", "Kitchen and table", "", "6,5O", "30"),
    ("SP-04", "", "Wall hook", "Hardware", "Beech.", "4,20", "40"),
    ("SP-05", "", "Bread board", "kitchen", "Ash, oiled, 40 cm.", "19,90", "twelve"),
)


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return when which table came in, each with its key."""
    yield now, f"table:numbers:{_SHOP}", partial(_give_numbers, _SHOP)
    yield now, f"table:spring:{_SHOP}", partial(_send_spring, _SHOP)


def _give_numbers(name: str, at: datetime) -> None:
    """The shop's own article numbers for goods that are there: nothing that buyers read changes."""
    shop = Shop.objects.get(name=name)
    there = Listing.objects.filter(shop=shop, variants__name="").order_by("pk")[:_NUMBERED]
    rows = [
        (f"ART-{number:03}", f"goods-{listing.pk}", "", "", "", "", "")
        for number, listing in enumerate(there, start=1)
    ]
    if rows:
        made = _send(shop, "articles.csv", rows, at)
        services.run(import_id=made.pk, by_id=shop.owner_id, put_on_sale=False, at=at)
        _work(made, at)


def _send_spring(name: str, at: datetime) -> None:
    _send(Shop.objects.get(name=name), "spring.csv", _SPRING, at)


def _send(shop: Shop, file_name: str, rows: Sequence[Sequence[str]], at: datetime) -> GoodsImport:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([_HEAD, *rows])
    made = services.upload(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        key=uuid5(NAMESPACE_URL, f"{shop.slug}/{file_name}"),
        table=SimpleUploadedFile(file_name, text.getvalue().encode()),
        at=at,
    )
    _work(made, at)
    columns = ["sku", "goods", "title", "shelf", "description", "price", "stock"]
    services.choose_columns(import_id=made.pk, by_id=shop.owner_id, columns=columns, at=at)
    _work(made, at)
    return made


def _work(made: GoodsImport, at: datetime) -> None:
    """Do at once what its job would do."""
    while steps.step(import_id=made.pk, at=at):
        pass
