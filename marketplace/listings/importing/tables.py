"""From uploaded bytes to rows of text: CSV in any usual dialect, or the first sheet of an XLSX.

Runs in a job, never in a web process. Everything is bounded before it is opened, and every
refusal is a sentence.
"""

from __future__ import annotations

import codecs
import csv
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from marketplace.errors import BadInput
from marketplace.listings.importing import rules

# An XLSX is a ZIP of XML: what it may unpack to, and into how many parts. A full table of
# MAX_ROWS rows unpacks to about 30 MB.
MAX_UNPACKED = 60 * 1024 * 1024
MAX_PARTS = 500
DELIMITERS = ",;\t|"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def read(data: bytes) -> list[tuple[int, list[str]]]:
    """Return (row number as a spreadsheet counts, cells) of every row that holds anything.

    The first is the header. Raises BadInput in words for whatever cannot be read.
    """
    if len(data) > rules.MAX_TABLE_BYTES:
        raise too_large()
    if data.startswith(_OLD_EXCEL):
        raise BadInput(_("This is an old Excel file (.xls). Save it as .xlsx or as CSV UTF-8."))
    rows = _xlsx(data) if data.startswith(_ZIP) else _csv(_decoded(data))
    found = []
    for number, cells in rows:
        _refuse_wide(number, cells)
        if any(cells):
            found.append((number, cells))
        if len(found) > rules.MAX_ROWS + 1:
            raise BadInput(
                _("A table may have at most %(rows)s rows; send it in parts.")
                % {"rows": rules.MAX_ROWS}
            )
    if len(found) < 2:
        raise BadInput(_("This table holds no goods: a row of headings, then a row for each."))
    return _trimmed(found)


def too_large() -> BadInput:
    """Return the refusal of a table of too many bytes."""
    return BadInput(_("A table may have at most 10 MB; send it in parts."), field="table")


def _trimmed(found: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Cut empty columns off the end and make all rows as wide as the widest."""
    width = max(
        max((n for n, cell in enumerate(cells, 1) if cell), default=0) for _, cells in found
    )
    return [(number, [*cells, *[""] * width][:width]) for number, cells in found]


def _refuse_wide(number: int, cells: list[str]) -> None:
    # Trailing empty cells are what spreadsheets write; they are no columns.
    if len(cells) > rules.MAX_COLUMNS and any(cells[rules.MAX_COLUMNS :]):
        raise BadInput(
            _("Row %(row)d has more than %(columns)d columns.")
            % {"row": number, "columns": rules.MAX_COLUMNS}
        )
    for column, cell in enumerate(cells, 1):
        if len(cell) > rules.MAX_CELL:
            raise BadInput(
                _("Row %(row)d, column %(column)d: this cell holds more than %(most)d characters.")
                % {"row": number, "column": column, "most": rules.MAX_CELL}
            )


def _decoded(data: bytes) -> str:
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "")
    if not encoding:
        encoding = _utf16_without_mark(data) or "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(
            _(
                "The letters of this file cannot be read. Save it as “CSV UTF-8” or as .xlsx and"
                " send it again."
            )
        ) from error
    if "\x00" in text:
        raise BadInput(_("This file is not a table: it holds bytes that are no text."))
    return text


def _utf16_without_mark(data: bytes) -> str:
    """Return which UTF-16 a text without a mark is in: every other byte of its start is zero."""
    start = data[:400]
    if len(start) < 4:
        return ""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    most = len(start) // 2
    if odd > most * 0.6 and even < most * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > most * 0.6 and odd < most * 0.1 else ""


def _csv(text: str) -> Iterator[tuple[int, list[str]]]:
    first_line = text.lstrip("\ufeff").partition("\n")[0].strip()
    body, skipped = text, 0
    if first_line.lower().startswith("sep=") and len(first_line) == 5:
        # Excel's own way to name the delimiter.
        delimiter, body, skipped = first_line[4], text.partition("\n")[2], 1
    else:
        delimiter = _delimiter(text)
    # The csv module's own limit is one for the whole process; a cell that passes it says so below.
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    # Rows are counted, not lines: a cell with line breaks is still one row of a spreadsheet.
    number = skipped
    try:
        for cells in reader:
            number += 1
            yield number, cells
    except csv.Error as error:
        raise BadInput(
            _("Row %(row)d cannot be read: a cell is too long or a quotation mark is missing.")
            % {"row": number + 1}
        ) from error


def _delimiter(text: str) -> str:
    """Return the mark that cuts the first row into most cells."""
    head = text[:100_000]

    def cells(mark: str) -> int:
        try:
            return len(next(csv.reader(io.StringIO(head, newline=""), delimiter=mark), []))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=cells)


def _xlsx(data: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            _refuse_bomb(parts)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # What the sheet says of its own size may be a lie; we count ourselves.
        sheet.reset_dimensions()
        yield from _sheet_rows(sheet.iter_rows(values_only=True, max_col=rules.MAX_COLUMNS + 1))
    except _BROKEN as error:
        raise BadInput(
            _("This Excel file cannot be opened. Save it again as .xlsx, or as CSV UTF-8.")
        ) from error


# What zipfile, its unpackers, the XML parser and openpyxl raise at files that are none.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    IndexError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


def _refuse_bomb(parts: zipfile.ZipFile) -> None:
    entries = parts.infolist()
    if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise BadInput(_("This Excel file unpacks to more than we open; send it as CSV UTF-8."))
    if "xl/workbook.xml" not in {entry.filename for entry in entries}:
        raise BadInput(_("This ZIP file is no Excel table. Photos go into the field for photos."))
    for entry in entries:
        if not entry.filename.endswith((".xml", ".rels")):
            continue
        with parts.open(entry) as part:
            # zipfile gives at most file_size bytes, whatever the packed data would unpack to.
            if _declares_entities(part.read()):
                raise BadInput(_("This Excel file holds commands that no table needs."))


def _declares_entities(part: bytes) -> bool:
    """Say whether XML has a document type: only attacks on its reader need one."""
    flat = part.replace(b"\x00", b"")  # the same words in UTF-16
    return b"<!DOCTYPE" in flat or b"<!ENTITY" in flat


def _sheet_rows(rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[int, list[str]]]:
    empty = 0
    for number, row in enumerate(rows, start=1):
        cells = [_cell(value) for value in row]
        empty = 0 if any(cells) else empty + 1
        if empty > rules.MAX_ROWS:
            return  # a sheet that was formatted down to its millionth row
        yield number, cells


def _cell(value: object) -> str:
    """Return a cell as its reader sees it, near enough: numbers without a tail of binary noise."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        # Excel itself keeps 15 digits.
        short = f"{value:.15g}"
        return short if "e" not in short else f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)
