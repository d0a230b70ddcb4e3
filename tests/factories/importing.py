"""Tables of goods, and imports brought as far as a test needs."""

import csv
import io
import uuid
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from marketplace.listings.importing import services, steps
from marketplace.listings.models import GoodsImport
from tests.factories.shops import LONG_AGO

HEAD = ["Number", "Goods number", "Title", "Shelf", "Description", "Choice", "Price", "Stock"]


def a_row(number, **cells):
    """Cells of one row under HEAD, with the least that new goods need."""
    known = {"sku": f"A-{number}", "goods": "", "title": f"Basket {number}", "shelf": "Home"}
    known |= {"description": "", "choice": "", "price": "12.50", "stock": "5"}
    return list((known | cells).values())


def csv_of(*rows, delimiter=",", encoding="utf-8"):
    """The bytes of a CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_of(*rows):
    """The bytes of an Excel table."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stored = io.BytesIO()
    book.save(stored)
    return stored.getvalue()


def zip_of(files):
    """The bytes of a ZIP: name → bytes."""
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stored.getvalue()


def make_import(*, shop, **fields):
    """An import of one column, without rows."""
    fields = {"headers": ["Number"], "columns": ["sku"], "created_at": LONG_AGO} | fields
    fields.setdefault("file_name", "goods.csv")
    return GoodsImport.objects.create(shop=shop, by=shop.owner, key=uuid.uuid4(), **fields)


def send(shop, data, *, at, photos=None, key=None, name="goods.csv"):
    """Upload a table, without any job."""
    zipped = SimpleUploadedFile("photos.zip", photos) if photos is not None else None
    return services.upload(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        key=key or uuid.uuid4(),
        table=SimpleUploadedFile(name, data),
        photos=zipped,
        at=at,
    )


def work(goods_import, *, at):
    """Do all steps that are due, as the job does; return the import as it stands."""
    for _step in range(500):
        if not steps.step(import_id=goods_import.pk, at=at):
            break
    return GoodsImport.objects.select_related("shop").get(pk=goods_import.pk)


def checked(shop, data, *, at, photos=None, columns=None):
    """Upload a table and have it checked, with the guessed columns unless others are given."""
    read = work(send(shop, data, at=at, photos=photos), at=at)
    assert read.state == "mapping", read.refusal
    chosen = columns or read.columns
    by = {"import_id": read.pk, "by_id": shop.owner_id, "at": at}
    services.choose_columns(columns=chosen, **by)
    return work(read, at=at)


def imported(shop, data, *, at, photos=None, put_on_sale=False):
    """Upload, check and run a table to its end."""
    there = checked(shop, data, at=at, photos=photos)
    services.run(import_id=there.pk, by_id=shop.owner_id, put_on_sale=put_on_sale, at=at)
    return work(there, at=at)


def undone(goods_import, *, at):
    """Undo an import to its end."""
    services.undo(import_id=goods_import.pk, by_id=goods_import.shop.owner_id, at=at)
    return work(goods_import, at=at)
