"""A table of past applicants, read from anybody's CSV file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from marketplace.errors import BadInput

Numbers = npt.NDArray[np.float64]
MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
# Fewer bad or good ones than this cannot be split into folds and still teach anything.
LEAST_OF_A_KIND = 20


@dataclass(frozen=True)
class Frame:
    """Columns by name and who turned out bad (1) or good (0).

    A column of numbers is float64 with NaN for missing; one of words is an object array with
    None for missing.
    """

    columns: Mapping[str, npt.NDArray[Any]]
    bad: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bad)

    def is_number(self, name: str) -> bool:
        """Whether a column holds numbers."""
        return self.columns[name].dtype != object

    def take(self, rows: npt.NDArray[np.int64]) -> Frame:
        """Return some of the rows."""
        return Frame({name: all_[rows] for name, all_ in self.columns.items()}, self.bad[rows])

    def values(self, row: int) -> dict[str, Any]:
        """Return one applicant as the card reads him."""
        return {name: column[row] for name, column in self.columns.items()}


def read(path: Path, *, target: str, bad: str, drop: Collection[str] = ()) -> Frame:
    """Read a CSV file with a heading.

    `target` names the column of outcomes, `bad` the value that means default. Raises BadInput,
    naming the column or row, for a file that cannot be used.
    """
    header, rows = _cells(path)
    wanted = {target, *drop}
    for name in sorted(wanted - set(header)):
        raise BadInput(
            _("The file has no column “%(name)s”. It has: %(known)s.")
            % {"name": name, "known": ", ".join(header)}
        )
    if len(set(header)) != len(header):
        twice = sorted(name for name, count in Counter(header).items() if count > 1)
        raise BadInput(
            _("These columns stand twice in the file: %(names)s.") % {"names": ", ".join(twice)}
        )
    by_name = {name: [row[place] for row in rows] for place, name in enumerate(header)}
    outcome = _outcome(by_name.pop(target), target, bad)
    columns = {name: _column(cells) for name, cells in by_name.items() if name not in drop}
    if not columns:
        raise BadInput(_("No column is left to learn from."))
    return Frame(columns, outcome)


def read_directions(path: Path, *, known: Collection[str]) -> dict[str, int]:
    """Read which way the probability of default goes: lines `column,direction`.

    As in LightGBM and interpret: 1 never falls as the value grows, -1 never rises, 0 is free.
    A heading is allowed. Raises BadInput for a column that is not known or another direction.
    """
    found: dict[str, int] = {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        for number, row in enumerate(csv.reader(file), start=1):
            if not row or (number == 1 and row[1:2] == ["direction"]):
                continue
            name, direction = row[0].strip(), "".join(row[1:2]).strip()
            if name not in known:
                raise BadInput(
                    _("Line %(line)d: the data has no column “%(name)s”.")
                    % {"line": number, "name": name}
                )
            if direction not in ("1", "+1", "0", "-1"):
                raise BadInput(
                    _("Line %(line)d: write 1, 0 or -1 for “%(name)s”.")
                    % {"line": number, "name": name}
                )
            found[name] = int(direction)
    return found


def read_dimensions(path: Path, *, known: Collection[str]) -> dict[str, str]:
    """Read which part of the score each column belongs to: a heading, then `column,dimension`.

    Raises BadInput for a column that is not known.
    """
    rows = _cells(path)[1]
    for name, *_rest in rows:
        if name not in known:
            raise BadInput(_("The data has no column “%(name)s”.") % {"name": name})
    return {name: dimension.strip() for name, dimension in rows}


def _cells(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            dialect = _dialect(file.read(65_536))
            file.seek(0)
            header, *rows = csv.reader(file, dialect)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise BadInput(_("The file cannot be read as CSV: %(error)s") % {"error": error}) from error
    for number, row in enumerate(rows, start=2):
        if row and len(row) != len(header):
            raise BadInput(
                _("Line %(line)d has %(cells)d cells, the heading %(wanted)d.")
                % {"line": number, "cells": len(row), "wanted": len(header)}
            )
    return [name.strip() for name in header], [row for row in rows if row]


def _dialect(text: str) -> type[csv.Dialect] | csv.Dialect:
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)

    class Found(csv.excel):
        """The usual dialect with the delimiter of this file."""

    Found.delimiter = delimiter
    return Found


def _outcome(cells: list[str], target: str, bad: str) -> npt.NDArray[np.int64]:
    outcome = np.array([_same(cell, bad) for cell in cells], dtype=np.int64)
    kinds = len(cells) - int(outcome.sum()), int(outcome.sum())
    if min(kinds) < LEAST_OF_A_KIND:
        raise BadInput(
            _(
                "%(bad)d rows say “%(word)s” in “%(column)s” and %(good)d do not; at least "
                "%(least)d of each are needed."
            )
            % {
                "bad": kinds[1],
                "good": kinds[0],
                "word": bad,
                "column": target,
                "least": LEAST_OF_A_KIND,
            }
        )
    return outcome


def _same(cell: str, wanted: str) -> bool:
    if cell.strip() == wanted.strip():
        return True
    try:
        return float(cell) == float(wanted)
    except ValueError:
        return False


def _column(cells: list[str]) -> npt.NDArray[Any]:
    words = [None if cell.strip().lower() in MISSING_WORDS else cell.strip() for cell in cells]
    try:
        return np.array([np.nan if word is None else float(word) for word in words])
    except ValueError:
        return np.array(words, dtype=object)
