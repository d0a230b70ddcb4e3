"""Words and their stems, as the database's dictionaries cut them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from marketplace.listings.rules import words as rules

# By the script of the word's first letter: which dictionaries, and the shortest stem they may
# leave. Nobody says in which language goods or questions are written, so each dictionary of the
# script has its say; short stems of strange languages would make "case" and "casa" one word.
_LATIN = (("english", 3), ("spanish", 4), ("french", 4), ("portuguese", 4), ("german", 4))
_BY_SCRIPT = (
    (("a", "z"), _LATIN),
    (("à", "ɏ"), _LATIN),
    (("Ͱ", "Ͽ"), (("greek", 3),)),
    (("Ѐ", "ӿ"), (("russian", 3),)),
    (("\u0600", "\u06ff"), (("arabic", 2),)),
    (("\u0900", "\u097f"), (("hindi", 2),)),
    (("\u0b80", "\u0bff"), (("tamil", 2),)),
)
_KEPT_MAX = 300_000
# Pure facts of the dictionaries, for as long as the process lives: word → its codes, first its
# own; and whether it is a little word of some language.
_kept: dict[str, tuple[tuple[int, ...], bool]] = {}


def codes(words: Collection[str]) -> dict[str, tuple[int, ...]]:
    """Return for each folded word its own code, first, and those of its stems."""
    _learn(words)
    return {word: _kept[word][0] for word in words}


def little(words: Collection[str]) -> set[str]:
    """Return those of the words that say nothing by themselves, such as "the"."""
    _learn(words)
    return {word for word in words if _kept[word][1]}


def _learn(words: Iterable[str]) -> None:
    if len(_kept) > _KEPT_MAX:
        _kept.clear()
    new = sorted({word for word in words if word not in _kept})
    # A word's own code comes first: what is counted is the word.
    stems = {word: dict.fromkeys([word, *rules.other_forms(word)]) for word in new}
    small = {word for word in new if word in rules.LITTLE_WORDS}
    asked: dict[tuple[str, int], list[str]] = {}
    for word in new:
        for dictionary in _dictionaries(word):
            asked.setdefault(dictionary, []).append(word)
    if asked:
        _ask(asked, stems, small)
    for word in new:
        _kept[word] = (tuple(rules.code(one) for one in stems[word]), word in small)


def _ask(
    asked: dict[tuple[str, int], list[str]], stems: dict[str, dict[str, None]], small: set[str]
) -> None:
    """Ask every dictionary in one statement."""
    parts: list[str] = []
    values: list[Any] = []
    for (language, shortest), some in asked.items():
        parts.append(
            f"SELECT %s, word, ts_lexize('{language}_stem', word) FROM unnest(%s::text[]) AS word"  # noqa: S608
        )
        values += [shortest, some]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        for shortest, word, found in cursor.fetchall():
            if found == []:
                small.add(word)
            stems[word].update((one, None) for one in found or () if len(one) >= shortest)


def _dictionaries(word: str) -> tuple[tuple[str, int], ...]:
    if rules.is_dense(word) or word[0].isdigit():
        return ()
    return next((which for (low, high), which in _BY_SCRIPT if low <= word[0] <= high), ())
