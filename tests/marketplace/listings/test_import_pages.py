"""The pages of an import, from the upload to the undo, as an owner meets them."""

import csv
import io
import uuid

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from marketplace.listings.importing import queries, services
from marketplace.listings.importing.resource import headers
from marketplace.listings.models import GoodsImport, Listing
from marketplace.outbox import services as outbox
from tests.factories.importing import HEAD, a_row, checked, csv_of, imported, work, xlsx_of
from tests.factories.listings import make_category, make_listing, make_variant
from tests.factories.outbox import drain
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db
HOSTILE = [
    "=1+1",
    "+1",
    "-2",
    "@SUM(A1)",
    "\tx",
    "'=1",
    "''+",
    "＝1",
    "'quoted'",
    "a\r\nb",
    '"x";y,z',
]


@pytest.fixture
def shop():
    make_category(slug="home", name="Home")
    return make_shop()


@pytest.fixture
def owner(client, shop):
    client.force_login(shop.owner)
    return client


def page_of(client, there):
    answer = client.get(reverse("listings:import", args=[there.pk]))
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True)


def test_an_owner_sends_maps_checks_runs_and_undoes(owner, shop):
    page = owner.get(reverse("listings:imports"))
    key = BeautifulSoup(page.content, "html.parser").find("input", {"name": "key"})["value"]
    data = csv_of(HEAD, a_row(1), a_row(2, price="12,5O"))
    sent = {"key": key, "table": SimpleUploadedFile("goods.csv", data)}
    answer = owner.post(reverse("listings:imports"), sent)
    there = GoodsImport.objects.get()
    assert answer.url == reverse("listings:import", args=[there.pk])
    assert "We open your file" in page_of(owner, there)
    drain()
    assert "What do your columns hold?" in page_of(owner, there)

    there.refresh_from_db()
    columns = {f"column_{place}": name for place, name in enumerate(there.columns)}
    without = owner.post(
        reverse("listings:import_columns", args=[there.pk]), {**columns, "column_0": ""}
    )
    assert without.status_code == 422
    owner.post(reverse("listings:import_columns", args=[there.pk]), columns)
    assert "0 of 2 rows" in page_of(owner, there)
    drain()
    text = page_of(owner, there)
    assert "3 Price “12,5O” is not an amount; write it such as 12.50 or 12,50." in text
    assert "Bring in 1 new and 0 changed" in text

    owner.post(reverse("listings:import_run", args=[there.pk]))
    drain()
    assert Listing.objects.get().title == "Basket 1"
    assert "Undo this import" in page_of(owner, there)
    owner.post(reverse("listings:import_undo", args=[there.pk]))
    drain()
    assert Listing.objects.count() == 0


def test_progress_asks_again_while_busy_and_renews_the_page_at_the_end(owner, shop, now):
    there = checked(shop, csv_of(HEAD, a_row(1)), at=now)
    services.run(import_id=there.pk, by_id=shop.owner_id, put_on_sale=False, at=now)
    address = reverse("listings:import_progress", args=[there.pk])
    busy = owner.get(address)
    assert "HX-Refresh" not in busy
    assert b"hx-trigger" in busy.content
    work(there, at=now)
    assert owner.get(address)["HX-Refresh"] == "true"


def test_a_stopped_import_goes_on_and_a_refused_file_says_why(owner, shop, now):
    there = checked(shop, csv_of(HEAD, a_row(1)), at=now)
    services.run(import_id=there.pk, by_id=shop.owner_id, put_on_sale=False, at=now)
    owner.post(reverse("listings:import_stop", args=[there.pk]))
    assert "Go on where it stopped?" in page_of(owner, there)
    owner.post(reverse("listings:import_run", args=[there.pk]))
    drain()
    assert Listing.objects.count() == 1

    old = SimpleUploadedFile("old.xls", b"\xd0\xcf\x11\xe0" + b"x" * 99)
    owner.post(reverse("listings:imports"), {"key": uuid.uuid4(), "table": old})
    drain()
    assert "old Excel file" in page_of(owner, GoodsImport.objects.latest("pk"))


def rows_of(answer):
    data = b"".join(answer.streaming_content)
    if answer["Content-Type"].startswith("text/csv"):
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    for row in sheet.iter_rows():
        assert all(cell.data_type != "f" for cell in row)
    return [["" if v is None else str(v) for v in row] for row in sheet.values]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_taken_out_comes_back_unchanged_and_runs_in_no_spreadsheet(owner, shop, now, kind):
    shelf = make_category(name="=Shelf")
    for text in HOSTILE:
        listing = make_listing(shop=shop, title=text.strip(), description=text, category=shelf)
        variant = make_variant(listing=listing, name=text.strip())
        variant.tiers.create(from_quantity=5, price_minor=1100)
    make_listing(shop=shop, state="ended", title="Gone")

    rows = rows_of(owner.get(reverse("listings:export", args=[shop.pk, kind])))
    assert rows[0] == headers()
    assert len(rows) == len(HOSTILE) + 1
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r＝")]

    data = csv_of(*rows) if kind == "csv" else xlsx_of(*rows)
    back = checked(shop, data, at=now)
    assert queries.counts(back) == {
        "new": 0,
        "changed": 0,
        "unchanged": len(HOSTILE),
        "wrong": 0,
        "noted": 0,
    }


def test_the_fix_file_holds_only_wrong_rows_and_goes_in_again(owner, shop, now):
    wrong = [a_row(2, price="free"), a_row(3, stock="-4"), a_row(4, shelf="=Moon")]
    done = imported(shop, csv_of(HEAD, a_row(1), *wrong), at=now)
    rows = rows_of(owner.get(reverse("listings:import_fix", args=[done.pk, "csv"])))
    assert rows[0] == [*HEAD, "What is wrong"]
    assert [row[0] for row in rows[1:]] == ["A-2", "A-3", "A-4"]
    assert rows[1][-1] == "Price: “free” is not an amount; write it such as 12.50 or 12,50."

    rows[1][6], rows[2][7], rows[3][3] = "9.00", "4", "home"
    again = imported(shop, csv_of(*rows), at=now)
    assert queries.counts(again)["new"] == 3
    assert Listing.objects.count() == 4


def test_the_template_itself_is_a_right_table(owner, shop, now):
    rows = rows_of(owner.get(reverse("listings:import_template", args=["xlsx"])))
    rows = [[cell if "jpg" not in cell else "" for cell in row] for row in rows]
    assert queries.counts(checked(shop, csv_of(*rows), at=now))["new"] == 3
    assert owner.get(reverse("listings:import_template", args=["exe"])).status_code == 404


def test_choices_of_columns_are_remembered_for_the_next_table(shop, now):
    head = ["Kode", *HEAD[1:]]
    read = imported_with(shop, csv_of(head, a_row(1)), ["sku"], now)
    assert read.columns[0] == "sku"
    again = work(send_again(shop, csv_of(head, a_row(2)), now), at=now)
    assert again.columns[0] == "sku"


def imported_with(shop, data, first, now):
    columns = [*first, "goods", "title", "shelf", "description", "choice", "price", "stock"]
    there = checked(shop, data, at=now, columns=columns)
    services.run(import_id=there.pk, by_id=shop.owner_id, put_on_sale=False, at=now)
    return work(there, at=now)


def send_again(shop, data, now):
    return services.upload(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        key=uuid.uuid4(),
        table=SimpleUploadedFile("next.csv", data),
        at=now,
    )


def test_packers_and_strangers_find_no_import(client, shop, now):
    there = checked(shop, csv_of(HEAD, a_row(1)), at=now)
    packer = make_member(shop=shop).user
    for somebody in (packer, make_shop().owner):
        client.force_login(somebody)
        for name in ("import", "import_progress"):
            assert client.get(reverse(f"listings:{name}", args=[there.pk])).status_code == 404
        assert client.get(reverse("listings:export", args=[shop.pk, "csv"])).status_code == 404


def test_the_job_of_an_import_goes_on_in_further_jobs(shop, monkeypatch):
    monkeypatch.setattr("marketplace.listings.importing.steps.BATCH", 2)
    monkeypatch.setattr("marketplace.listings.importing.steps.BATCHES", 2)
    at = timezone.now()
    there = checked(shop, csv_of(HEAD, *(a_row(n) for n in range(11))), at=at)
    services.run(import_id=there.pk, by_id=shop.owner_id, put_on_sale=False, at=at)
    assert drain() >= 3
    there.refresh_from_db()
    assert (there.state, there.rows_done, Listing.objects.count()) == ("done", 11, 11)
    assert outbox.Job.objects.filter(kind=services.WORK).exclude(state="done").count() == 0
