"""The slang of sellers of fakes, read in its company, in title, choices and description.

A SURE phrase is worth more beside a protected name; an IN_CONTEXT word counts only beside one, or
on a shelf where fakes are sold, and only in the title. "Not a replica" is no finding. A call to
order by messenger counts beside a protected name or another phrase.

Where the figures come from: log-odds are set by hand until staff verdicts can train them: a phrase
that no honest title of 18,173 holds, beside a name, makes a person look (with the name itself); a
phrase alone does not, but at a shop that has hardly sold anything: nobody has bought there, and
goods that are offered as imitations of no named brand are seen by a person first.
`bench/titles.py` prints how often each sounds on real titles.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from antifake.detectors import fake_words_phrases as lists
from antifake.detectors.base import Bank, Finding, Subject, strongest
from antifake.detectors.brand_name import BrandName, is_lawful
from antifake.detectors.brand_name_hits import hits
from antifake.detectors.brand_name_index import index_of
from antifake.detectors.newcomer_brand import is_newcomer
from antifake.detectors.text import Word, canonical, without_marks, words

FAKE_WORDS = "fake_words"
SURE, IN_CONTEXT, ELSEWHERE = "sure", "in_context", "elsewhere"
# (what, beside a protected name or not) → what it adds.
LOG_ODDS = {
    (SURE, True): 3.6,
    (SURE, False): 2.4,
    (IN_CONTEXT, True): 1.6,
    (IN_CONTEXT, False): 0.8,
    (ELSEWHERE, True): 2.6,
    (ELSEWHERE, False): 0.8,
}
# A sure phrase, wherever it stands, at a newcomer's: -3.9 + 4.0 = 0.1, which is 52 %.
NEWCOMER_LOG_ODDS = 4.0
DESCRIPTION_SHARE = 0.8
LONGEST = 5
ONE_TO_ONE = re.compile(r"(?<![\w.:/-])1\s?[:∶比]\s?1(?![\w:/-])")
ONE_WORD = "oneone"
SENTENCES = {
    SURE: "The {where} says “{seen}”, which is how imitations of branded goods are offered.",
    IN_CONTEXT: "The {where} says “{seen}” of goods that are often imitated.",
    ELSEWHERE: "The {where} says “{seen}”, which sends buyers to order outside this market.",
}
NEAR = 3  # how many words before a phrase may turn it into its opposite
CALL = 4  # how many words apart "WhatsApp" and "order" may stand


@dataclass(frozen=True)
class Seen:
    """A phrase at words `first` to `last` of a text."""

    what: str
    phrase: str
    language: str
    first: int
    last: int
    written: str


class FakeWords:
    """Finds the slang of fakes."""

    name = "fake_words"
    version = "3"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:
        """Return at most one finding: the strongest."""
        said = [(seen, where) for where, text in _texts(subject) for seen in phrases(text)]
        if not said:
            return []
        # A hidden or misspelt name is company too, and more so.
        is_branded = _names_brand(subject, bank) or bool(BrandName().examine(subject, bank))
        on_shelf = bool(_folded(subject.category) & _table().shelves)
        least = NEWCOMER_LOG_ODDS if subject.seller and is_newcomer(subject.seller) else 0.0
        found = [
            self._finding(seen, where, is_branded=is_branded, sure_at_least=least)
            for seen, where in said
            if _counts(seen, where, is_branded=is_branded, on_shelf=on_shelf)
        ]
        return [strongest(found)] if found else []

    def _finding(
        self, seen: Seen, where: str, *, is_branded: bool, sure_at_least: float
    ) -> Finding:
        share = DESCRIPTION_SHARE if where == "description" else 1.0
        log_odds = round(LOG_ODDS[seen.what, is_branded] * share, 3)
        if seen.what == SURE:
            log_odds = max(log_odds, sure_at_least)
        return Finding(
            detector=self.name,
            version=self.version,
            kind=FAKE_WORDS,
            key=f"{FAKE_WORDS}:{seen.phrase}",
            distance=0,
            threshold=0,
            sentence=SENTENCES[seen.what].format(where=where, seen=seen.written),
            log_odds=log_odds,
            evidence={
                "phrase": seen.phrase,
                "language": seen.language,
                "sort": seen.what,
                "where": where,
                "beside_brand": is_branded,
            },
        )


def phrases(text: str) -> list[Seen]:
    """Return the phrases of the lists that a text holds, their opposites left out."""
    if not text:
        return []
    parts = words(ONE_TO_ONE.sub(f" {ONE_WORD} ", text))
    folded = [without_marks(word.plain) for word in parts]
    found = [seen for seen in _listed(parts, folded) if not _is_innocent(seen, folded)]
    return [*found, *_joined(text), *_elsewhere(parts, folded)]


def _listed(parts: list[Word], folded: list[str]) -> Iterator[Seen]:
    table = _table().phrases
    shown = [word.looks_leet for word in parts]
    for first, word in enumerate(folded):
        for row in (folded, shown):
            if row[first] not in _table().beginnings:
                continue
            for size in range(min(LONGEST, len(row) - first), 0, -1):
                key = " ".join(row[first : first + size])
                if key in table and (row is folded or row[first : first + size] != folded):
                    what, language = table[key]
                    written = " ".join(p.written for p in parts[first : first + size])
                    written = written.replace(ONE_WORD, "1:1")
                    yield Seen(what, key, language, first, first + size - 1, written)
                    break
            if word in _table().beginnings:
                break


def _joined(text: str) -> Iterator[Seen]:
    if text.isascii():
        return
    whole = unicodedata.normalize("NFKC", text)
    for phrase in lists.JOINED:
        if phrase in whole:
            yield Seen(SURE, phrase, "zh", 0, 0, phrase)


def _elsewhere(parts: list[Word], folded: list[str]) -> Iterator[Seen]:
    """Give the messengers that a buyer is asked to write to."""
    table = _table()
    for first, word in enumerate(folded):
        pair = " ".join(folded[first : first + 2])
        named = next((name for name in (pair, word, parts[first].looks) if name in table.away), "")
        if not named:
            continue
        around = folded[max(0, first - CALL) : first + CALL + 1]
        number = any(sum(c.isdigit() for c in near) >= 5 for near in around)
        handle = any(any(c.isdigit() for c in near) and len(near) > 5 for near in around)
        if number or handle or table.asking.intersection(around):
            yield Seen(ELSEWHERE, named, "", first, first, parts[first].written)


def _is_innocent(seen: Seen, folded: list[str]) -> bool:
    before = folded[max(0, seen.first - NEAR) : seen.first]
    if _table().negations.intersection(before):
        return True
    if seen.what != IN_CONTEXT:
        return False
    others = set(folded[: seen.first]) | set(folded[seen.last + 1 :])
    return any(
        others & _table().unless.get(word, frozenset())
        for word in (*seen.phrase.split(), seen.phrase)
    )


def _counts(seen: Seen, where: str, *, is_branded: bool, on_shelf: bool) -> bool:
    if seen.what == SURE:
        return True
    if seen.what == ELSEWHERE:
        return is_branded or on_shelf
    return where != "description" and (is_branded or on_shelf)


def _texts(subject: Subject) -> Iterator[tuple[str, str]]:
    yield "title", subject.title
    for choice in subject.choices:
        yield "choice", choice
    yield "description", subject.description


def _names_brand(subject: Subject, bank: Bank) -> bool:
    """Say whether the title or a choice names a protected name that is not the shop's to use."""
    index = index_of(tuple(brand.name for brand in bank.brands))
    for text in (subject.title, *subject.choices):
        parts = words(text)
        for hit in hits(text, parts, index, slips=False):
            if not bank.brands[hit.at].authorised and not is_lawful(parts, hit.first):
                return True
    return False


@dataclass(frozen=True)
class _Table:
    phrases: dict[str, tuple[str, str]]
    beginnings: frozenset[str]
    away: frozenset[str]
    asking: frozenset[str]
    negations: frozenset[str]
    shelves: frozenset[str]
    unless: dict[str, frozenset[str]]


@lru_cache(maxsize=1)
def _table() -> _Table:
    found: dict[str, tuple[str, str]] = {}
    for what, by_language in ((IN_CONTEXT, lists.IN_CONTEXT), (SURE, lists.SURE)):
        for language, listed in by_language.items():
            for phrase in listed.split(","):
                plain = phrase.strip().replace("1:1", ONE_WORD)
                for key in _keys(plain):
                    found[key] = (what, language)
    return _Table(
        phrases=found,
        beginnings=frozenset(key.split(" ", 1)[0] for key in found),
        away=frozenset(key for name in lists.ELSEWHERE.split(",") for key in _keys(name.strip())),
        asking=frozenset(_fold_all(lists.ASKING.replace(",", " ").split())),
        negations=frozenset(_fold_all(lists.NEGATIONS.split())),
        shelves=frozenset(_fold_all(lists.SHELVES.split())),
        unless={
            word.replace("1:1", ONE_WORD): frozenset(_fold_all(listed.split()))
            for word, listed in lists.UNLESS.items()
        },
    )


def _keys(phrase: str) -> Iterator[str]:
    """Give the phrase as an honest eye reads it, and as it looks."""
    parts = [without_marks(word.plain) for word in words(phrase)]
    yield " ".join(parts)
    if all(len(part) > 3 for part in parts):
        yield " ".join(canonical(part) for part in parts)


def _fold_all(listed: Iterable[str]) -> Iterator[str]:
    for word in listed:
        yield without_marks(word.casefold())


def _folded(text: str) -> set[str]:
    return {without_marks(word.plain) for word in words(text)}
