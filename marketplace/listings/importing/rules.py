"""Columns of the table of goods, states of an import, cells that no spreadsheet may run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from marketplace.listings.importing.words import HEADER_WORDS, header_key

# state → states it may move to. What runs in the background ends in one that waits for a person.
MOVES: Mapping[str, frozenset[str]] = {
    "reading": frozenset({"mapping", "refused", "cancelled"}),
    "mapping": frozenset({"checking", "cancelled"}),
    "checking": frozenset({"checked", "mapping"}),
    "checked": frozenset({"running", "checking", "cancelled"}),
    "running": frozenset({"finishing", "done", "stopped"}),
    "finishing": frozenset({"done", "stopped"}),
    "stopped": frozenset({"running", "undoing"}),
    "done": frozenset({"undoing"}),
    "undoing": frozenset({"undone"}),
    "undone": frozenset(),
    "refused": frozenset(),
    "cancelled": frozenset(),
}
# A job is at work in these; the page looks again by itself.
BUSY = frozenset({"reading", "checking", "running", "finishing", "undoing"})
# The same file sent again meets the import that is still on its way.
OPEN = frozenset({"reading", "mapping", "checking", "checked", "running", "finishing"})

MAX_ROWS = 20_000
MAX_COLUMNS = 60
# What one cell of Excel holds at most (Microsoft, "Excel specifications and limits").
MAX_CELL = 32_767
MAX_TABLE_BYTES = 10 * 1024 * 1024
MAX_ZIP_BYTES = 100 * 1024 * 1024
# As many choices as the seller's form takes.
MAX_CHOICES = 40
# Rows are kept so long, for the fix-and-retry file and the undo; half-way imports shorter.
KEEP_DAYS = 30
KEEP_OPEN_DAYS = 7

STEPS = 3
LADDER = tuple(name for n in range(1, STEPS + 1) for name in (f"from_{n}", f"each_{n}"))
# In the order of the exported table.
FIELDS: tuple[str, ...] = (
    "sku",
    "goods",
    "title",
    "shelf",
    "description",
    "choice",
    "price",
    "stock",
    "seen",
    "least",
    "low_stock",
    *LADDER,
    "photos",
)
# Shared by all rows of one listing.
WORDS = ("title", "shelf", "description")
NEEDED = ("title", "shelf", "price")

# How cells begin that spreadsheets take for a formula. Source: OWASP, "CSV Injection"; the
# full-width forms are read as formulas by East Asian editions.
_STARTS = "=+\\-@\t\r\n＝＋－＠"
_RUNS = re.compile(f"'*[{_STARTS}]")
_GUARDED = re.compile(f"'+[{_STARTS}]")
# All that XML 1.0 cannot hold, and NUL, which PostgreSQL cannot.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")

# What a choice or listing is called in tables as long as its seller gave it no number.
_OUR_NUMBER = re.compile(r"(choice|goods)-([1-9]\d{0,17})")


def may_move(before: str, after: str) -> bool:
    """Say whether an import may go from one state to another.

    >>> may_move("checked", "running"), may_move("undone", "running")
    (True, False)
    """
    return after in MOVES[before]


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe before what begins like a formula.

    >>> guarded("=1+1"), guarded("'=1"), guarded("Basket")
    ("'=1+1", "''=1", 'Basket')
    """
    return f"'{text}" if _RUNS.match(text) else text


def unguarded(text: str) -> str:
    """Return what `guarded` was given.

    >>> unguarded(guarded("'@x")), unguarded("'tis")
    ("'@x", "'tis")
    """
    return text[1:] if _GUARDED.match(text) else text


def plain_text(text: str) -> str:
    """Return text with one kind of line break and no invisible commands, trimmed.

    >>> plain_text(" a\\r\\nb\\x0b ")
    'a\\nb'
    """
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def guess(headers: Sequence[str], remembered: Mapping[str, str]) -> list[str]:
    """Return the field of each column, "" for one that is not used; no field twice.

    `remembered` is what this shop chose for these headers before: `header_key` → field.

    >>> guess(["SKU", "产品名称", "Prix", "Notes"], {})
    ['sku', 'title', 'price', '']
    """
    found: list[str] = []
    for header in headers:
        key = header_key(header)
        field = remembered.get(key, HEADER_WORDS.get(key, ""))
        found.append("" if field in found else field)
    return found


def our_number(text: str, kind: str) -> int | None:
    """Return the id that an exported `choice-12` or `goods-7` names, else None.

    >>> our_number("choice-12", "choice"), our_number("A-1", "choice")
    (12, None)
    """
    match = _OUR_NUMBER.fullmatch(text)
    return int(match[2]) if match and match[1] == kind else None


def photo_names(text: str, known: Mapping[str, str]) -> list[str]:
    """Return the file names in a cell: one a line, or apart by ; | or a comma.

    A name that has such a mark in itself is taken whole when it is `known`.

    >>> photo_names("a.jpg; b,c.jpg", {"b,c.jpg": ""})
    ['a.jpg', 'b,c.jpg']
    """
    names: list[str] = []
    for part in re.split(r"[;|\n]", text):
        whole = part.strip()
        pieces = [whole] if whole.casefold() in known else whole.split(",")
        names += [piece.strip() for piece in pieces if piece.strip()]
    return names
