"""Protected names prepared once, so that a title is looked up instead of compared with each.

A title of twenty words is read in well under a millisecond whether ten names are protected or a
thousand: every way to write a name is a key of a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from antifake.detectors.text import canonical, distance, leet, without_marks, words

# Shorter names look like too many ordinary words.
SLIP_LETTERS = 5
SHORT_SLIP_LETTERS = 4
FREE_START_LETTERS = 7
GLUED_LETTERS = 4
LEAST_REST = 2
SQUEEZED_LETTERS = 4
SOUND_LETTERS = 4
# Letters that many languages speak alike, in this order.
_SOUNDS = (
    *(("sch", "sh"), ("ph", "f"), ("ck", "k"), ("qu", "kw"), ("x", "ks"), ("ch", "sh")),
    *(("tz", "z"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ie", "i"), ("ea", "i")),
)
_ONE_SOUND = str.maketrans("cqyzwj", "kkisvi")
HEAD = 3
KEPT = 100_000
_RUN = re.compile(r"(.)\1+")

Places = tuple[int, ...]


@dataclass(frozen=True)
class Name:
    """A protected name with its readings; `at` is its place in the list that was prepared."""

    at: int
    plain: tuple[str, ...]
    looks: tuple[str, ...]
    pieces: int
    blanks: int  # pieces with a blank before them; "Coca-Cola" is one


@dataclass(frozen=True)
class Index:
    """All ways to write the protected names."""

    names: tuple[Name, ...]
    plain: dict[str, Places]
    looks: dict[str, Places]
    slips: dict[str, Places]
    squeezed: dict[str, Places]
    sounds: dict[str, Places]
    glued: dict[str, Places]
    by_length: dict[int, Places]
    most_pieces: int
    longest: int
    # How names begin, as they look: what begins otherwise is not read further.
    heads: frozenset[str]
    # (pieces, first letter, letters) that a name of several pieces or its slip may have.
    shapes: frozenset[tuple[int, str, int]]
    # First and last pieces of names of several.
    ends: frozenset[str]
    _slips: dict[str, Places] = field(default_factory=dict)
    _cuts: dict[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)


@lru_cache(maxsize=16)
def index_of(names: tuple[str, ...]) -> Index:
    """Return the names prepared; kept for the next title."""
    known = tuple(name for name in map(_name, range(len(names)), names) if name.plain)
    return Index(
        names=tuple(_name(at, name) for at, name in enumerate(names)),
        plain=_table((f, n.at) for n in known for form in n.plain for f in (form, f"{form}s")),
        looks=_table((look, n.at) for n in known for look in n.looks),
        slips=_table((key, n.at) for n in known for form in n.plain for key in _slip_keys(form)),
        squeezed=_table(
            (short, n.at)
            for n in known
            for form in n.plain
            if len(short := squeeze(form)) >= SQUEEZED_LETTERS
        ),
        sounds=_table(
            (sound(form), n.at) for n in known for form in n.plain if len(form) >= SOUND_LETTERS
        ),
        glued=_table(
            (form, n.at)
            for n in known
            for form in (*n.plain, *n.looks)
            if len(form) >= GLUED_LETTERS
        ),
        by_length=_lengths(known),
        most_pieces=max((name.pieces for name in known), default=1),
        longest=max((len(look) for name in known for look in name.looks), default=0),
        heads=frozenset(
            form[:size]
            for name in known
            for form in (*name.plain, *name.looks)
            for size in range(1, HEAD + 1)
        ),
        shapes=frozenset(
            (name.pieces, form[0], len(form) + more)
            for name in known
            for form in name.plain
            for more in (-1, 0, 1)
        ),
        ends=frozenset(
            word.plain
            for name in names
            if len(parts := words(name)) > 1
            for word in (parts[0], parts[-1])
        ),
    )


def squeeze(text: str) -> str:
    """Return `text` with every run of one letter as a single one.

    >>> squeeze("niikkee")
    'nike'
    """
    return _RUN.sub(r"\1", text)


def sound(text: str) -> str:
    """Return roughly how a word sounds: what is spelt otherwise and spoken alike is one.

    >>> sound("kalvyn") == sound("calvin"), sound("nyke") == sound("nike")
    (True, True)
    """
    text = without_marks(text)
    for spelt, spoken in _SOUNDS:
        text = text.replace(spelt, spoken)
    return squeeze(text.translate(_ONE_SOUND))


def longest_run(text: str) -> int:
    """Return the length of the longest run of one letter that is longer than one, else 1."""
    return max((len(run.group()) for run in _RUN.finditer(text)), default=1)


def slips_of(index: Index, word: str, pieces: int) -> Places:
    """Return the places of names that are one edit away from so many words joined."""
    if len(word) < SHORT_SLIP_LETTERS:
        return ()
    if pieces > 1 and (pieces, word[0], len(word)) not in index.shapes:
        return ()
    key = word if pieces == 1 else f"{pieces} {word}"
    if key not in index._slips:
        _make_room(index._slips)
        index._slips[key] = tuple(_slips(index, word, pieces))
    return index._slips[key]


def cuts_of(index: Index, word: str) -> tuple[tuple[int, str], ...]:
    """Return the places of names that a word begins or ends with, each with the word's rest."""
    if word not in index._cuts:
        _make_room(index._cuts)
        index._cuts[word] = tuple(_cuts(index, word))
    return index._cuts[word]


def _make_room(kept: dict[str, Any]) -> None:
    """Titles repeat their words; what was found for one is kept, as far as memory allows."""
    if len(kept) >= KEPT:
        kept.clear()


def _cuts(index: Index, word: str) -> Iterator[tuple[int, str]]:
    for cut in range(LEAST_REST, len(word) - LEAST_REST + 1):
        for name, rest in ((word[:cut], word[cut:]), (word[cut:], word[:cut])):
            for at in index.glued.get(name, ()):
                yield at, rest


def _slips(index: Index, word: str, pieces: int) -> Iterator[int]:
    candidates = {at for key in _deletes(word) for at in index.slips.get(key, ())}
    for at in sorted(candidates):
        name = index.names[at]
        if name.pieces != pieces or at in index.plain.get(word, ()):
            continue
        if any(_is_slip(word, form) for form in name.plain):
            yield at


def _is_slip(word: str, form: str) -> bool:
    if abs(len(word) - len(form)) > 1 or form == f"{word}s":
        return False
    if len(form) < SLIP_LETTERS and not _is_short_slip(word, form):
        return False
    starts_alike = word[0] == form[0] or sorted(word[:2]) == sorted(form[:2])
    if not starts_alike and len(form) < FREE_START_LETTERS:
        return False
    return distance(word, form) == 1


def _is_short_slip(word: str, form: str) -> bool:
    """Four letters: only a doubled letter or two swapped ones; a change gives too many words."""
    if len(form) < SHORT_SLIP_LETTERS:
        return False
    if len(word) == len(form):
        return sorted(word) == sorted(form)
    return squeeze(word) == squeeze(form)


def _name(at: int, name: str) -> Name:
    parts = words(name)
    whole = "".join(word.plain for word in parts)
    return Name(
        at=at,
        plain=tuple(dict.fromkeys(form for form in (whole, without_marks(whole)) if form)),
        looks=tuple(
            dict.fromkeys(look for look in (canonical(name), canonical(leet(name))) if look)
        ),
        pieces=len(parts),
        blanks=sum(not word.glued for word in parts),
    )


def _slip_keys(form: str) -> Iterable[str]:
    return _deletes(form) if len(form) >= SHORT_SLIP_LETTERS else ()


def _deletes(word: str) -> set[str]:
    """Return the word and every word with one letter left out (as SymSpell looks up slips)."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _table(rows: Iterable[tuple[str, int]]) -> dict[str, Places]:
    found: dict[str, list[int]] = {}
    for key, at in rows:
        there = found.setdefault(key, [])
        if at not in there:
            there.append(at)
    return {key: tuple(places) for key, places in found.items()}


def _lengths(names: Iterable[Name]) -> dict[int, Places]:
    found: dict[int, list[int]] = {}
    for name in names:
        for length in {len(form) for form in name.plain}:
            found.setdefault(length, []).append(name.at)
    return {length: tuple(places) for length, places in found.items()}
