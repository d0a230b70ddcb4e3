"""What a question means: its words with their stems, a begun last word, a wrong letter put right.

Exact words come first: a word is put right only when no goods hold it in any form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from marketplace.listings.models import SearchWord
from marketplace.listings.queries import words
from marketplace.listings.rules import words as rules

# A begun word may go on as so many words, the commonest first.
ENDINGS = 30
BEGIN_LETTERS = 2
_CANDIDATES = 400
_PAIRS = 2_000
_NEIGHBOURS = """
    SELECT word, listings FROM listings_searchword
    WHERE length(word) = 2 AND (left(word, 1) = ANY(%s) OR right(word, 1) = ANY(%s))
    ORDER BY listings DESC LIMIT %s
"""


@dataclass(slots=True)
class Meaning:
    """One word of a question: what goods must hold (no group: nothing known), how it is spelt."""

    said: str
    shown: str = ""
    groups: list[list[int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look for: goods must hold a code of each group. Nothing was asked: no group.

    `is_hopeless`: words were asked that no goods hold, nor anything like them.
    """

    groups: list[list[int]] = field(default_factory=list)
    corrected: str = ""
    is_hopeless: bool = False
    meanings: Sequence[Meaning] = ()


def understand(text: str, *, literally: bool = False) -> Asked:
    """Return what a question means among the goods on sale now.

    One query when its words are known, up to four when not.
    """
    said = rules.asked(text)
    if not said:
        return Asked(is_hopeless=bool(text.strip()))
    little = words.little(said)
    said = [word for word in said if word not in little] or said
    begun = said[-1] if rules.ends_open(text) and not rules.is_dense(said[-1]) else ""
    parts = {word: rules.needed(word) if rules.is_dense(word) else [word] for word in said}
    codes = words.codes([part for some in parts.values() for part in some])
    present, alike = _known(codes)
    endings = _endings(begun) if begun and begun not in present else []
    meanings = [Meaning(word) for word in said]
    for one in meanings:
        if one.said == begun and endings:
            one.groups, one.shown = [endings], begun
        elif all(part in alike for part in parts[one.said]):
            one.groups, one.shown = [list(codes[part]) for part in parts[one.said]], one.said
    missing = [one for one in meanings if not one.groups]
    if missing and not literally:
        _mend([one for one in missing if rules.is_dense(one.said)])
        _put_right([one for one in missing if not rules.is_dense(one.said)])
    if any(not one.groups for one in meanings):
        return Asked(is_hopeless=True, meanings=meanings)
    changed = any(one.shown != one.said for one in meanings)
    return Asked(
        groups=[group for one in meanings for group in one.groups],
        corrected=" ".join(one.shown for one in meanings) if changed else "",
        meanings=meanings,
    )


def _known(codes: Mapping[str, Sequence[int]]) -> tuple[set[str], set[str]]:
    """Return the words that goods hold just so, and those that they hold in some form."""
    part = """SELECT %s, EXISTS (SELECT FROM listings_searchword WHERE word = %s)
        WHERE EXISTS (SELECT FROM listings_searchword WHERE codes && %s::int[])"""
    values: list[Any] = []
    for word, some in codes.items():
        values += [word, word, list(some)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([part] * len(codes)), values)
        found = dict(cursor.fetchall())
    return {word for word, just_so in found.items() if just_so}, set(found)


def _endings(begun: str) -> list[int]:
    """Return the codes of the words that go on from a begun one."""
    if len(begun) < BEGIN_LETTERS:
        return []
    found = SearchWord.objects.filter(word__startswith=begun).order_by("-listings", "word")
    rows = found.values_list("codes", flat=True)[:ENDINGS]
    return sorted({code for codes in rows for code in codes})


def _put_right(wrong: Iterable[Meaning]) -> None:
    """Give wrong words the likeliest right ones; one query, or none."""
    wrong = list(wrong)
    near = sorted({code for one in wrong for code in rules.near(one.said)})
    if not near:
        return
    found = SearchWord.objects.filter(near__overlap=near).order_by("-listings")
    rows = {
        word: (listings, codes)
        for word, listings, codes in found.values_list("word", "listings", "codes")[:_CANDIDATES]
    }
    known = {word: listings for word, (listings, _codes) in rows.items()}
    for one in wrong:
        best = next(iter(rules.nearest(one.said, known)), "")
        if best:
            one.shown, one.groups = best, [rows[best][1]]


def _mend(runs: Iterable[Meaning]) -> None:
    """Put one sign of each dense run right, and leave out the pairs that no goods hold."""
    runs = list(runs)
    signs = sorted({sign for one in runs for sign in one.said})
    if not signs:
        return
    with connection.cursor() as cursor:
        cursor.execute(_NEIGHBOURS, [signs, signs, _PAIRS])
        pairs = dict(cursor.fetchall())
    for one in runs:
        whole = rules.mended(one.said, pairs)
        kept = [pair for pair in rules.needed(whole) if pair in pairs]
        one.groups = [[rules.code(pair)] for pair in kept]
        one.shown = whole
