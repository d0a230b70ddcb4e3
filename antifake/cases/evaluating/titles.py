"""How well disguised names are found in titles: on tables of anybody's own.

Titles: a CSV with the columns title, brand (the protected name that the title hides or says;
empty: it holds none) and kind (how it was hidden), and perhaps source. Brands: a CSV with a column
name or brand, or simply a name a line. What is an ordinary word is learned as the market would
know it: from honest titles of other sources (or other fifths, where there is no column source).
"""

from __future__ import annotations

import csv
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

from django.utils.translation import gettext as _

from antifake.cases.evaluating.intervals import upper_bound, wilson
from antifake.detectors.base import Bank, Finding, KnownBrand, Subject
from antifake.detectors.brand_name import BrandName
from antifake.detectors.brand_name_hits import LOOKALIKE, USE
from antifake.detectors.text import without_marks, words
from marketplace.errors import MarketplaceError

HONEST = "genuine"
FOLDS = 5
# A word in so many titles of others is an ordinary one (as on the market: in two other shops).
ORDINARY_TITLES = 2
LISTED = 200
SHOWN = 10
# Called with what is done, how much is done and how much there is.
Progress = Callable[[str, int, int], None]


def _silent(what: str, done: int, total: int) -> None:
    """Tell nobody how far it is."""


class BadTitles(MarketplaceError):
    """What was given cannot be evaluated; the sentence says why."""


@dataclass(frozen=True)
class Title:
    """One title of the table; `brand` is empty when it holds no protected name."""

    text: str
    brand: str
    kind: str
    source: str = ""


@dataclass(frozen=True)
class Answer:
    """What was found in one title: kind of finding by brand, and what was seen."""

    title: Title
    found: dict[str, tuple[str, str]]
    ms: float


def evaluate(
    *,
    titles: Path,
    brands: Path,
    progress: Progress = _silent,
) -> dict[str, Any]:
    """Put the titles of a table through the look for names, and count. Raises BadTitles."""
    rows, names = read_titles(titles), read_brands(brands)
    known = {name.casefold(): name for name in names}
    unknown = sorted({row.brand for row in rows if row.brand and row.brand.casefold() not in known})
    if unknown:
        raise BadTitles(
            _("%(file)s lacks brands that the titles name: %(names)s.")
            % {"file": brands.name, "names": ", ".join(unknown[:SHOWN])}
        )
    rows = [replace(row, brand=known[row.brand.casefold()] if row.brand else "") for row in rows]
    return figures(answers(rows, names, progress=progress))


def answers(
    titles: Sequence[Title],
    names: Sequence[str],
    *,
    progress: Progress = _silent,
) -> list[Answer]:
    """Look at every title with the ordinary words of all folds but its own."""
    brands = tuple(KnownBrand(at, name) for at, name in enumerate(dict.fromkeys(names), 1))
    learned = ordinary_words(titles)
    banks = {fold: Bank(brands=brands, ordinary_words=known) for fold, known in learned.items()}
    detector = BrandName()
    # The first look prepares the names; it is not a title's cost.
    detector.examine(Subject(0, 0, "-"), next(iter(banks.values()), Bank()))
    found = []
    for done, (title, fold) in enumerate(zip(titles, folds(titles), strict=True)):
        subject = Subject(listing_id=1, shop_id=1, title=title.text)
        started = time.process_time()
        findings = detector.examine(subject, banks[fold])
        ms = (time.process_time() - started) * 1000
        found.append(Answer(title, _by_brand(findings), ms))
        if done % 500 == 0:
            progress("titles", done, len(titles))
    progress("titles", len(titles), len(titles))
    return found


def ordinary_words(titles: Sequence[Title]) -> dict[str, frozenset[str]]:
    """Return for each fold the words that honest titles of the other folds use."""
    by_fold: dict[str, Counter[str]] = {fold: Counter() for fold in folds(titles)}
    for title, fold in zip(titles, folds(titles), strict=True):
        if not title.brand:
            by_fold[fold].update({word.plain for word in words(title.text)})
    whole = sum(by_fold.values(), Counter[str]())
    return {
        fold: frozenset(w for w, n in whole.items() if n - own[w] >= ORDINARY_TITLES)
        for fold, own in by_fold.items()
    }


def folds(titles: Sequence[Title]) -> list[str]:
    """Return each title's source, or one of five numbers where the table tells none or one."""
    if len({title.source for title in titles}) > 1:
        return [title.source for title in titles]
    return [str(hashlib.sha256(title.text.encode()).digest()[0] % FOLDS) for title in titles]


def figures(found: Sequence[Answer]) -> dict[str, Any]:
    """Count: recall by kind with intervals, alarms on honest titles, milliseconds a title."""
    honest = [answer for answer in found if not answer.title.brand]
    hidden = [answer for answer in found if answer.title.brand]
    alarms = [alarm for answer in honest for alarm in _alarms(answer)]
    times = [answer.ms for answer in found]
    return {
        "titles": len(found),
        "kinds": {
            kind: _recall([answer for answer in hidden if answer.title.kind == kind])
            for kind in dict.fromkeys(answer.title.kind for answer in hidden)
        },
        "honest": {
            "titles": len(honest),
            "real_mentions": sum(1 for answer in honest if _mentions(answer)),
            "disguises": _rate([a for a in alarms if a["kind"] == LOOKALIKE], len(honest)),
            "slips_and_glued": _rate([a for a in alarms if a["kind"] != LOOKALIKE], len(honest)),
        },
        "ms_a_title": {
            "mean": round(mean(times), 4),
            "median": round(median(times), 4),
            "p95": round(quantiles(times, n=20)[-1], 4) if len(times) > 1 else round(times[0], 4),
        },
        "alarms": alarms[:LISTED],
        "missed": [
            {"title": a.title.text, "brand": a.title.brand, "kind": a.title.kind}
            for a in hidden
            if a.title.brand not in a.found
        ][:LISTED],
    }


def read_titles(path: Path) -> list[Title]:
    """Read the table of titles. Raises BadTitles, naming line and column."""
    rows = _rows(path)
    if not rows:
        raise BadTitles(_("%(file)s has no rows.") % {"file": path.name})
    columns = [name.strip().casefold() for name in rows[0]]
    missing = {"title", "brand", "kind"} - set(columns)
    if missing:
        raise BadTitles(
            _("%(file)s, line 1 lacks the columns: %(names)s.")
            % {"file": path.name, "names": ", ".join(sorted(missing))}
        )
    titles = [_title(path, line, columns, row) for line, row in enumerate(rows[1:], 2) if any(row)]
    if not titles:
        raise BadTitles(_("%(file)s has no titles.") % {"file": path.name})
    return titles


def read_brands(path: Path) -> list[str]:
    """Read the protected names. Raises BadTitles."""
    rows = _rows(path)
    columns = [name.strip().casefold() for name in rows[0]] if rows else []
    at = next((columns.index(name) for name in ("name", "brand") if name in columns), None)
    named = [row[at or 0].strip() for row in rows[0 if at is None else 1 :] if len(row) > (at or 0)]
    names = [name for name in dict.fromkeys(named) if name]
    if not names:
        raise BadTitles(_("%(file)s holds no names.") % {"file": path.name})
    return names


def _rows(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            return list(csv.reader(opened))
    except OSError as error:
        raise BadTitles(
            _("%(file)s cannot be read: %(why)s.") % {"file": path, "why": error.strerror}
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadTitles(_("%(file)s is no CSV in UTF-8.") % {"file": path.name}) from error


def _title(path: Path, line: int, columns: list[str], row: list[str]) -> Title:
    if len(row) != len(columns):
        raise BadTitles(
            _("%(file)s, line %(line)s has %(seen)s columns; %(wanted)s were named.")
            % {"file": path.name, "line": line, "seen": len(row), "wanted": len(columns)}
        )
    fields = dict(zip(columns, row, strict=True))
    if not fields["title"].strip():
        raise BadTitles(
            _("%(file)s, line %(line)s: the column title is empty.")
            % {"file": path.name, "line": line}
        )
    brand = fields["brand"].strip()
    kind = fields["kind"].strip() or (HONEST if not brand else "unnamed")
    return Title(fields["title"], brand, kind, fields.get("source", "").strip())


def _by_brand(findings: Iterable[Finding]) -> dict[str, tuple[str, str]]:
    return {str(f.evidence["brand"]): (f.kind, str(f.evidence["seen"])) for f in findings}


def _recall(asked: Sequence[Answer]) -> dict[str, Any]:
    hits = [answer for answer in asked if answer.title.brand in answer.found]
    sure = [a for a in hits if a.found[a.title.brand][0] in (LOOKALIKE, USE)]
    low, high = wilson(len(hits), len(asked))
    return {
        "titles": len(asked),
        "found": len(hits),
        "recall": round(len(hits) / len(asked), 4),
        "low": round(low, 4),
        "high": round(high, 4),
        # Without slips and glued names, which have a false-alarm rate of their own.
        "as_disguise_or_name": round(len(sure) / len(asked), 4),
    }


def _alarms(answer: Answer) -> list[dict[str, str]]:
    """Return the false alarms on an honest title: what it really says is none."""
    return [
        {"title": answer.title.text, "brand": brand, "kind": kind, "seen": seen}
        for brand, (kind, seen) in answer.found.items()
        if kind != USE and not says(answer.title.text, brand)
    ]


def _mentions(answer: Answer) -> bool:
    return any(kind == USE or says(answer.title.text, b) for b, (kind, _s) in answer.found.items())


def says(title: str, brand: str) -> bool:
    """Say whether whole words of a title spell a name in plain letters, blanks or none.

    >>> says("Levis Kids 501", "Levi's"), says("Legolas figure", "Lego")
    (True, False)
    """
    wanted = _letters(brand)
    parts = [_letters(part) for part in _split(title)]
    for first in range(len(parts)):
        joined = ""
        for part in parts[first:]:
            joined += part
            if joined in (wanted, f"{wanted}s"):
                return True
            if len(joined) > len(wanted):
                break
    return False


def _split(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c in "'’" else " " for c in text).split()


def _letters(text: str) -> str:
    return "".join(c for c in without_marks(text.casefold()) if c.isalnum())


def _rate(alarms: Sequence[dict[str, str]], titles: int) -> dict[str, Any]:
    sounded = len({alarm["title"] for alarm in alarms})
    share = sounded / titles if titles else 0.0
    return {
        "titles": sounded,
        "per_title": round(share, 6),
        "upper": round(upper_bound(sounded, titles), 6) if titles else 1.0,
    }
