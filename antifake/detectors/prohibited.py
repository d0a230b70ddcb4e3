"""Goods that nobody may offer: named in title, description or choices, in several languages.

A word alone proves little, so each is read in its company: a glue gun, a cigar box, an ivory
dress and a bullet journal are no findings. Decided: toy guns that say so are toys; imitation
firearms, air guns and everything that shoots are for a person to look at.

Where the figures come from: log-odds are set by hand until staff verdicts can train them. A sure
word in a title asks for a person by itself (75 %), a likely one too (60 %); in a description,
where sellers also write what goods are not, a sure word does (55 %) and a likely one only adds;
the names of choices, often mere colours and sizes, count as descriptions do.
Measured on 18,173 product titles of large shops: 8 sounded, one of them on a real rifle; the
other seven (gun metal as a finish, a program called Fireworks) are in OTHER_THINGS since.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from antifake.detectors.base import Bank, Finding, Subject, strongest
from antifake.detectors.prohibited_words import (
    GIVEN,
    KINDS,
    NEGATIONS,
    OTHER_THINGS,
    Kind,
)
from antifake.detectors.text import canonical, without_marks, words

TITLE, DESCRIPTION, CHOICE = "title", "description", "choice"
# (where, sure) → what it adds.
LOG_ODDS = {
    (TITLE, True): 5.0,
    (TITLE, False): 4.3,
    (DESCRIPTION, True): 4.1,
    (DESCRIPTION, False): 1.5,
    (CHOICE, True): 4.1,
    (CHOICE, False): 1.5,
}
SENTENCE = "The {where} says “{seen}”. We read it as {what}, which may not be offered here."
# How far away a word may stand and still say what is meant.
COMPANY = 4
# A disguised spelling is looked for in words that have no near neighbours.
DISGUISED_LETTERS = 6
# Plurals: short words take an s alone, or "gun" would be found in "gunne".
LONG = 5


@dataclass(frozen=True)
class _Phrase:
    """One phrase to look for, folded as titles are."""

    kind: Kind
    parts: tuple[str, ...]
    looks: str
    is_sure: bool
    unless: frozenset[str]


@dataclass(frozen=True)
class _Token:
    """One word of a text: as written, folded, and as it looks to the eye."""

    written: str
    plain: str
    looks: frozenset[str]


@dataclass(frozen=True)
class _Hit:
    """A phrase found at some words of a text."""

    phrase: _Phrase
    first: int
    last: int


class Prohibited:
    """Finds unlawful or dangerous goods by what title, description and choices call them."""

    name = "prohibited"
    version = "2"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:  # noqa: ARG002 - the shape
        """Return at most one finding for each kind of goods: the strongest."""
        found: dict[str, list[Finding]] = {}
        choices = [(CHOICE, name) for name in subject.choices]
        for where, text in [(TITLE, subject.title), (DESCRIPTION, subject.description), *choices]:
            for finding in self._in_text(where, text):
                found.setdefault(finding.kind, []).append(finding)
        return [strongest(findings) for findings in found.values()]

    def _in_text(self, where: str, text: str) -> Iterator[Finding]:
        tokens = _tokens(text)
        # Allowed once is allowed in these very words: "gun" on a poster clears no gun.
        words_hash = hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()[:16]
        for hit in _hits(tokens):
            if not _is_innocent(hit, tokens, where):
                seen = " ".join(token.written for token in tokens[hit.first : hit.last + 1])
                sure = hit.phrase.is_sure
                yield self._finding(hit.phrase.kind, where, words_hash, seen, sure=sure)
        for kind, seen in _joined(text):
            yield self._finding(kind, where, words_hash, seen, sure=True)

    def _finding(
        self, kind: Kind, where: str, words_hash: str, seen: str, *, sure: bool
    ) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            kind=f"prohibited_{kind.name}",
            key=f"prohibited:{kind.name}:{where}:{words_hash}",
            distance=0,
            threshold=0,
            sentence=SENTENCE.format(where=where, seen=seen, what=kind.what),
            log_odds=LOG_ODDS[where, sure],
            evidence={"goods": kind.name, "where": where, "seen": seen, "sure": sure},
        )


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[_Phrase, ...]]:
    """Return all phrases, by the first letters of their first word."""
    found: dict[str, list[_Phrase]] = {}
    for kind in KINDS:
        unless = frozenset(_fold(word) for word in kind.unless.split())
        for listed, is_sure in ((kind.sure, True), (kind.likely, False)):
            for text in listed.split(","):
                parts = tuple(_fold(part) for part in text.split())
                looks = canonical(parts[0]) if len(parts) == 1 else ""
                phrase = _Phrase(kind, parts, looks, is_sure, unless)
                found.setdefault(_entry(parts[0]), []).append(phrase)
    return {entry: tuple(phrases) for entry, phrases in found.items()}


@lru_cache(maxsize=1)
def _disguisable() -> dict[str, _Phrase]:
    everything = (phrase for phrases in _phrases().values() for phrase in phrases)
    long = (p for p in everything if p.is_sure and len(p.parts) == 1 and "*" not in p.parts[0])
    return {phrase.looks: phrase for phrase in long if len(phrase.looks) >= DISGUISED_LETTERS}


def _entry(word: str) -> str:
    return word[:2]


def _fold(word: str) -> str:
    return without_marks(word.casefold())


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(
            written=word.written,
            plain=_fold(word.plain),
            looks=frozenset() if word.foreign else frozenset({word.looks, word.looks_leet}),
        )
        for word in words(text)
    ]


def _hits(tokens: list[_Token]) -> Iterator[_Hit]:
    for at, token in enumerate(tokens):
        for phrase in _phrases().get(_entry(token.plain), ()):
            if _same(phrase.parts[0], token.plain):
                span = _span(phrase.parts[1:], tokens, at)
                if span is not None:
                    yield _Hit(phrase, *span)
        for looks in token.looks & _disguisable().keys():
            yield _Hit(_disguisable()[looks], at, at)


def _span(rest: tuple[str, ...], tokens: list[_Token], at: int) -> tuple[int, int] | None:
    """Return from where to where the phrase stands that begins at `at`, its words in any order."""
    reach = len(rest) + 1  # one other word may stand between
    near = range(max(0, at - reach), min(len(tokens), at + reach + 1))
    places = [at]
    for part in rest:
        there = [n for n in near if n not in places and _same(part, tokens[n].plain)]
        if not there:
            return None
        places.append(min(there, key=lambda n: abs(n - at)))
    first, last = min(places), max(places)
    return (first, last) if last - first <= reach else None


def _same(part: str, word: str) -> bool:
    if part.endswith("*"):
        return word.startswith(part[:-1])
    if word in {part, f"{part}s"}:
        return True
    return len(part) >= LONG and word in (f"{part}es", f"{part}n", f"{part}en")


def _is_innocent(hit: _Hit, tokens: list[_Token], where: str) -> bool:
    """Say whether the words around a hit make it another thing, or its opposite."""
    own = range(hit.first, hit.last + 1)
    around = range(max(0, hit.first - COMPANY), min(len(tokens), hit.last + COMPANY + 1))
    company = {tokens[n].plain for n in around if n not in own}
    named = set(hit.phrase.parts)
    if company & (hit.phrase.unless - named) or _is_other_thing(hit, tokens):
        return True
    if hit.phrase.is_sure and where == TITLE:
        return False
    before = {token.plain for token in tokens[max(0, hit.first - 2) : hit.first]}
    return bool(before & NEGATIONS) or _ends_in_free(tokens, hit.last + 1)


def _is_other_thing(hit: _Hit, tokens: list[_Token]) -> bool:
    near = [token.plain for token in tokens[max(0, hit.first - 1) : hit.last + 2]]
    return any(pair in OTHER_THINGS for pair in pairwise(near))


def _ends_in_free(tokens: list[_Token], at: int) -> bool:
    after = [token.plain for token in tokens[at : at + 2]]
    return after[:1] == ["free"] and not set(after[1:]) & GIVEN


def _joined(text: str) -> Iterator[tuple[Kind, str]]:
    """Find words of a script that has no blanks."""
    whole = unicodedata.normalize("NFKC", text)
    for kind in KINDS:
        left = whole
        for innocent in kind.joined_unless:
            left = left.replace(innocent, " ")
        for term in kind.joined:
            if term in left:
                yield kind, term
                break
