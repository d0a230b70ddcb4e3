"""Files as sellers have them, and files made to harm: rows, or a sentence."""

import io
import struct
import zipfile

import pytest

from marketplace.errors import BadInput
from marketplace.listings.importing import archives, queries, tables
from marketplace.listings.models import Category, Listing, Photo
from tests.factories.importing import (
    HEAD,
    a_row,
    checked,
    csv_of,
    imported,
    send,
    undone,
    work,
    xlsx_of,
    zip_of,
)
from tests.factories.listings import make_category
from tests.factories.pictures import picture
from tests.factories.shops import make_shop

ROWS = ([*HEAD], a_row(1, title="Körbchen 篮子 سلة"))


@pytest.fixture
def shop():
    make_category(slug="home", name="Home")
    return make_shop()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_usual_csv_is_read(delimiter, encoding):
    # Without a mark, UTF-16 is told by its zeros: only mostly Latin text has enough of them.
    rows = (HEAD, a_row(1)) if encoding in ("utf-16-le", "utf-16-be") else ROWS
    data = csv_of(*rows, delimiter=delimiter, encoding=encoding)
    assert tables.read(data) == [(1, HEAD), (2, rows[1])]


def test_excel_names_its_delimiter_and_numbers_come_as_people_see_them():
    named = b"sep=;\r\nNumber;Title, long\r\n1;x\r\n"
    assert tables.read(named) == [(2, ["Number", "Title, long"]), (3, ["1", "x"])]
    data = xlsx_of(["Number", "Price", "Stock"], [1001, 0.1 + 0.2, 7.0], [None], ["B", 1e20, True])
    assert tables.read(data) == [
        (1, ["Number", "Price", "Stock"]),
        (2, ["1001", "0.3", "7"]),
        (4, ["B", "100000000000000000000.000000".rstrip("0").rstrip("."), "1"]),
    ]


def bomb():
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (tables.MAX_UNPACKED + 1))
    return stored.getvalue()


def xlsx_with(part, text):
    """A right table in which one part says something else."""
    stored, right = io.BytesIO(), zipfile.ZipFile(io.BytesIO(xlsx_of(*ROWS)))
    with zipfile.ZipFile(stored, "w") as archive:
        for name in right.namelist():
            archive.writestr(name, text if name == part else right.read(name))
    return stored.getvalue()


XXE = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row></sheetData>'
    "</worksheet>"
)
HARMFUL = {
    "nothing": (b"", "holds no goods"),
    "a heading alone": (b"Number,Title\n", "holds no goods"),
    "zip bomb": (bomb(), "unpacks to more"),
    "a zip of photos": (zip_of({"a.jpg": b"x"}), "no Excel table"),
    "half a zip": (xlsx_of(*ROWS)[:900], "cannot be opened"),
    "outside entity": (xlsx_with("xl/worksheets/sheet1.xml", XXE), "commands that no table"),
    "hidden entity": (
        xlsx_with("xl/worksheets/sheet1.xml", XXE.replace("UTF-8", "").encode("utf-16")),
        "commands that no table",
    ),
    "broken xml": (xlsx_with("xl/worksheets/sheet1.xml", "<worksheet><row"), "cannot be opened"),
    "no sheet": (xlsx_with("xl/workbook.xml", "<workbook/>"), "cannot be opened"),
    "ten megabytes in a cell": (b"Number,Title\n1," + b"x" * 9_000_000, "a cell is too long"),
    "a long cell": (b"Number,Title\n1," + b"x" * 40_000, "Row 2, column 2: this cell holds more"),
    "too many bytes": (b"a,b\n" * 3_000_000, "at most 10 MB"),
    "too many rows": (b"a,b\n" * 20_002, "at most 20000 rows"),
    "too many columns": (b"a,b\n" + b"x," * 200 + b"x", "Row 2 has more than 60 columns"),
    "latin letters": ("Número,Título\n1,Cañón".encode("latin-1"), "letters of this file"),
    "half a letter": (b"\xef\xbb\xbfNumber\n\xff\xfe", "letters of this file"),
    "nul": (b"Number,Title\n1,a\x00b\n2,c\n3,d\n", "bytes that are no text"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\xff", "cannot be read"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_a_file_made_to_harm_gets_a_sentence(name):
    data, words = HARMFUL[name]
    with pytest.raises(BadInput, match=words):
        tables.read(data)


@pytest.mark.django_db
def test_a_refused_file_makes_no_rows_and_is_not_kept(shop, now, settings):
    refused = work(send(shop, HARMFUL["outside entity"][0], at=now), at=now)
    assert (refused.state, refused.rows.count(), refused.stored_table) == ("refused", 0, "")
    assert "commands" in refused.refusal


def link_in_zip():
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        entry = zipfile.ZipInfo("a.jpg")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return stored.getvalue()


def lying_zip():
    """A directory that says 4 GB where little is."""
    data = zip_of({"a.jpg": b"x" * 50})
    at = data.rindex(b"PK\x01\x02") + 24
    return data[:at] + struct.pack("<I", 400_000_000) + data[at + 4 :]


BAD_ZIPS = {
    "no zip": (b"photos", "no ZIP file"),
    "way out": (zip_of({"../../a.jpg": b"x"}), "leads out"),
    "from the root": (zip_of({"/etc/a.jpg": b"x"}), "leads out"),
    "backslash": (zip_of({"..\\a.jpg": b"x"}), "leads out"),
    "link": (link_in_zip(), "a link or a device"),
    "nested": (zip_of({"more.ZIP": b"x"}), "another archive"),
    "twice": (zip_of({"a/x.jpg": b"1", "b/X.JPG": b"2"}), "Two photos"),
    "lies about its size": (lying_zip(), "unpacks to more"),
    "too many": (zip_of({f"{n}.jpg": b"" for n in range(3_001)}), "more than 3000"),
}


@pytest.mark.parametrize("name", BAD_ZIPS)
def test_a_zip_that_no_collection_of_photos_is_gets_a_sentence(name):
    data, words = BAD_ZIPS[name]
    with pytest.raises(BadInput, match=words):
        archives.photos_in(io.BytesIO(data))


@pytest.mark.django_db
def test_photos_come_out_of_the_zip_go_to_the_check_and_leave_with_the_undo(shop, now):
    head = [*HEAD, "Photos"]
    photos = zip_of({"deep/Red.JPG": picture(), "broken.jpg": b"\xff\xd8\xffno", "__MACOSX/x": b""})
    data = csv_of(
        head,
        [*a_row(1), "red.jpg"],
        [*a_row(2), "broken.jpg"],
        [*a_row(3), "blue.jpg"],
        [*a_row(4), ""],
    )
    done = imported(shop, data, at=now, photos=photos, put_on_sale=True)

    assert done.state == "done"
    assert done.stored_zip == ""
    by_title = dict(Listing.objects.values_list("title", "state"))
    assert by_title == {"Basket 1": "pending", "Basket 2": "draft", "Basket 4": "draft"}
    wrong = {row.number: row.errors for row in queries.wrong_rows(done)}
    assert wrong[3][0][1].startswith("broken.jpg: This file is not a picture")
    assert wrong[4] == [["Photos", "There is no photo “blue.jpg” in the ZIP."]]
    assert "Add at least one photo" in done.rows.get(number=5).note

    undone(done, at=now)
    assert dict(Listing.objects.values_list("title", "state")) == {"Basket 1": "ended"}
    assert Photo.objects.count() == 1
    assert "record stays" in done.rows.get(number=2).note


@pytest.mark.django_db
def test_five_hundred_planted_errors_are_each_named_by_row_and_column(shop, now):
    planted = [
        ("Price", {"price": "12,5O"}, "“12,5O” is not an amount; write it such as 12.50 or 12,50."),
        ("Price", {"price": "0"}, "Write a price above zero."),
        ("Price", {"price": "1.999"}, "“1.999” has more than 2 digits after the comma or dot."),
        ("Stock", {"stock": "many"}, "“many” is not a whole number."),
        ("Shelf", {"shelf": "Moon"}, "There is no shelf “Moon”. The template lists them all."),
        ("Title", {"title": "x" * 121}, "This holds 121 characters; at most 120 fit."),
        ("Title", {"title": ""}, "New goods need this."),
        ("Number", {"sku": ""}, "Each row needs a number of its own."),
        ("Number", {"sku": "A-0"}, "Row 2 has this number already."),
        ("Stock", {"stock": "-3"}, "“-3” is not a whole number."),
    ]
    rows, expected = [], {}
    for number in range(1000):
        if number % 2:
            column, cells, text = planted[number // 2 % len(planted)]
            rows.append(a_row(number, **cells))
            expected[number + 2] = [[column, text]]
        else:
            rows.append(a_row(number))
    done = imported(shop, csv_of(HEAD, *rows), at=now)

    found = {row.number: row.errors for row in queries.wrong_rows(done)}
    assert len(expected) == 500
    assert found == expected
    assert Listing.objects.count() == 500


@pytest.mark.django_db
def test_shelves_are_found_by_name_or_short_name_in_any_case(shop, now):
    assert Category.objects.get().name == "Home"
    data = csv_of(HEAD, a_row(1, shelf="HOME"), a_row(2, shelf="home "), a_row(3, shelf="Hom"))
    assert queries.counts(checked(shop, data, at=now)) == {
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "wrong": 1,
        "noted": 0,
    }
