"""Tables to download: CSV as a stream, XLSX through a file on disk, never whole in memory."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.utils.exceptions import IllegalCharacterError

from marketplace.listings.importing import rules

KINDS = ("csv", "xlsx")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Line:
    """What the csv writer writes to: hands each line on."""

    def write(self, line: str) -> str:
        return line


def download(rows: Iterable[list[str]], *, name: str, kind: str) -> HttpResponseBase:
    """Return rows of cells (made safe before) as a file to keep; `kind` is one of KINDS."""
    if kind == "xlsx":
        return _xlsx(rows, name)
    answer = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def template_rows(shelves: Iterable[str], headers: list[str]) -> Iterator[list[str]]:
    """Return headings and examples: goods of one choice, and goods of two."""
    names = [*shelves, ""]
    first = {"sku": "BASKET-1", "title": _("Basket of willow"), "price": "24.50", "stock": "6"}
    first |= {"description": _("40 cm, woven by hand."), "shelf": names[0], "photos": "basket.jpg"}
    small = {"sku": "BOWL-S", "goods": "BOWL", "title": _("Bowl of olive wood"), "price": "12.00"}
    small |= {"choice": _("Small"), "stock": "10", "shelf": names[0], "photos": "bowl.jpg"}
    small |= {"from_1": "10", "each_1": "10.50"}
    large = {"sku": "BOWL-L", "goods": "BOWL", "choice": _("Large"), "price": "18.00", "stock": "4"}
    yield headers
    for example in (first, small, large):
        yield [example.get(name, "") for name in rules.FIELDS]


def _lines(rows: Iterable[list[str]]) -> Iterator[str]:
    # Every cell quoted: no cell can break out of its place in a program that expects another mark.
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    yield "\ufeff"  # Excel reads UTF-8 only behind this mark
    for row in rows:
        yield writer.writerow(row)


def _xlsx(rows: Iterable[list[str]], name: str) -> FileResponse:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        try:
            sheet.append(row)
        except IllegalCharacterError:
            sheet.append([rules.plain_text(cell) for cell in row])
    stored = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    book.save(stored)
    stored.seek(0)
    return FileResponse(stored, as_attachment=True, filename=f"{name}.xlsx", content_type=_XLSX)
