"""Protected names: disguised, misspelt, glued to a market word, or used without a known right.

Looked for in title, choices and the shop's name, and disguises in the description too (what is
written in pictures is `picture_text`'s). Lawful mentions ("case for X", "compatible with X") are
no findings; second-hand goods may name their maker; an authorised shop may write the names of its
brands as it likes. A disguise needs no such excuse: nobody hides a lawful mention.

Where the figures come from: log-odds are set by hand until staff verdicts can train them;
`bench/titles.py` prints how often each kind sounds falsely on real titles. A disguise alone is
worth a person's look, the others only together with more.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from antifake.detectors import brand_name_words as lists
from antifake.detectors.base import Bank, Finding, KnownBrand, Subject, strongest
from antifake.detectors.brand_name_hits import GLUED, LOOKALIKE, TYPO, USE, Hit, hits
from antifake.detectors.brand_name_index import index_of
from antifake.detectors.text import Word, without_marks, words

LOG_ODDS = {LOOKALIKE: 5.0, GLUED: 2.2, TYPO: 1.8, USE: 1.2}
# Spelt otherwise and spoken alike ("Nyke"): chosen, not slipped.
SOUNDS_LOG_ODDS = 2.8
# A maker's name on second-hand goods says almost nothing.
SECOND_HAND_LOG_ODDS = 0.4
THRESHOLD = 1
DESCRIPTION = "description"
SENTENCES = {
    LOOKALIKE: "The {where} says “{seen}”, a disguised spelling of the protected name “{brand}”.",
    TYPO: "The {where} says “{seen}”, one letter away from the protected name “{brand}”.",
    GLUED: "The {where} says “{seen}”, the protected name “{brand}” joined to another word.",
    USE: "The {where} uses the protected name “{brand}”, and we know of no agreement between your "
    "shop and its holder.",
}
# "for Samsung Galaxy and Casio": how many words the thing before "and" may have.
JOINED = 3


class BrandName:
    """Finds protected names of which the shop is not known to be an authorised seller."""

    name = "brand_name"
    version = "4"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:
        """Return at most one finding for each brand: the strongest."""
        index = index_of(tuple(brand.name for brand in bank.brands))
        found: dict[int, list[Finding]] = {}
        for where, text in _texts(subject):
            parts = words(text)
            used = subject.second_hand or is_second_hand(parts)
            for hit in hits(text, parts, index, slips=where != DESCRIPTION):
                brand = bank.brands[hit.at]
                if brand.authorised or not _counts(hit, parts, where, bank.ordinary_words):
                    continue
                found.setdefault(hit.at, []).append(self._finding(hit, brand, where, used=used))
        return [strongest(found[at]) for at in sorted(found)]

    def _finding(self, hit: Hit, brand: KnownBrand, where: str, *, used: bool) -> Finding:
        kind = USE if used and hit.kind in (TYPO, GLUED) else hit.kind
        weight = SOUNDS_LOG_ODDS if hit.sounds and kind == TYPO else LOG_ODDS[kind]
        log_odds = SECOND_HAND_LOG_ODDS if used and kind == USE else weight
        seen = hit.seen
        return Finding(
            detector=self.name,
            version=self.version,
            kind=kind,
            key=f"{kind}:{brand.brand_id}:{seen.casefold()}",
            distance=hit.edits,
            threshold=THRESHOLD,
            sentence=SENTENCES[kind].format(where=where, seen=seen, brand=brand.name),
            log_odds=log_odds,
            evidence={
                "brand_id": brand.brand_id,
                "brand": brand.name,
                "seen": seen,
                "where": where,
                "second_hand": used,
                "sounds_alike": hit.sounds,
            },
        )


def near_words(title: str, brands: tuple[KnownBrand, ...]) -> frozenset[str]:
    """Return the words that decide whether something in the title is a slip or an ordinary word.

    The caller looks up which of them honest shops use in their titles.
    """
    index = index_of(tuple(brand.name for brand in brands))
    found: set[str] = set()
    for hit in hits(title, words(title), index, slips=True):
        if not brands[hit.at].authorised:
            found |= hit.ordinary | hit.market
    return frozenset(found)


def near_words_of(subject: Subject, brands: tuple[KnownBrand, ...]) -> frozenset[str]:
    """Return the near words of all texts of a subject in which slips are looked for."""
    texts = [text for where, text in _texts(subject) if where != DESCRIPTION]
    return frozenset().union(*(near_words(text, brands) for text in texts))


def is_lawful(title: list[Word], start: int, size: int = 1) -> bool:
    """Say whether the name at `start` only tells what the goods go with.

    A name joined by "and" to something lawfully named is lawful too.
    """
    around = [without_marks(word.plain) for word in title[: start + size + 1]]
    if around[start + size :] and around[-1] in lists.AFTER:
        return True
    at = start - 1
    if at > 0 and (around[at - 1], around[at]) in lists.FOR_ENDS:
        return True
    if at > 0 and around[at] in lists.AND:
        return any(is_lawful(title, joined) for joined in range(max(1, at - JOINED), at))
    while at >= 0 and around[at] in lists.PASSED_OVER and around[at] not in lists.FOR:
        at -= 1
    return at >= 0 and around[at] in lists.FOR


def is_second_hand(title: list[Word]) -> bool:
    """Say whether the words call the goods used."""
    plain = [without_marks(word.plain) for word in title]
    pairs = set(pairwise(plain))
    return bool(lists.SECOND_HAND.intersection(plain) or lists.SECOND_HAND_PAIRS & pairs)


def _texts(subject: Subject) -> Iterator[tuple[str, str]]:
    yield "title", subject.title
    for choice in subject.choices:
        yield "choice", choice
    if subject.shop_name:
        yield "shop name", subject.shop_name
    if subject.description:
        yield DESCRIPTION, subject.description


def _counts(hit: Hit, parts: list[Word], where: str, ordinary: frozenset[str]) -> bool:
    if hit.kind == USE and where == DESCRIPTION:
        return False
    if hit.ordinary & ordinary or hit.ordinary & lists.ORDINARY:
        return False
    if any(word not in ordinary for word in hit.market):
        return False
    return hit.kind == LOOKALIKE or not is_lawful(parts, hit.first, _size(hit))


def _size(hit: Hit) -> int:
    return max(1, len(hit.seen.split()))
