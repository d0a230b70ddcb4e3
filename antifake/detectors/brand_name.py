"""Protected names in titles: disguised, misspelt, or used without a known right.

Lawful mentions ("case for X", "compatible with X") are no findings, and an authorised shop
may write the names of its brands as it likes.

Where the figures come from: log-odds are set by hand until staff verdicts can train them.
Measured on real titles, a disguised name falsely sounds in 2 of 10,000 titles and a
one-letter slip in 23 of 10,000; a plain name is what every honest reseller writes. So a
disguise alone is worth a person's look, the others only together with more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from antifake.detectors.base import Bank, Finding, KnownBrand, Subject, strongest
from antifake.detectors.text import Word, canonical, distance, without_marks, words

LOOKALIKE, TYPO, USE = "brand_lookalike", "brand_typo", "brand_use"
LOG_ODDS = {LOOKALIKE: 5.0, TYPO: 1.8, USE: 1.2}
SENTENCES = {
    LOOKALIKE: "The title says “{seen}”, a disguised spelling of the protected name “{brand}”.",
    TYPO: "The title says “{seen}”, one letter away from the protected name “{brand}”.",
    USE: "The title uses the protected name “{brand}”, and we know of no agreement between your "
    "shop and its holder.",
}
# Shorter names look like too many ordinary words.
LOOKALIKE_LETTERS = 4
TYPO_LETTERS = 5
TYPO_WORD_LETTERS = 4
WINDOW = 3
SPELT_OUT = 13
PIECE_LETTERS = 2
# "case for X" in the languages sellers write first.
FOR = frozenset(
    {"for", "fits", "fit", "fitting", "compatible", "replaces"}
    | {"für", "fur", "pour", "para", "per", "voor", "для"}
)
FOR_ENDS = {("compatible", "with"), ("works", "with"), ("use", "with"), ("kompatibel", "mit")}
PASSED_OVER = frozenset({"the", "your", "all", "any", "most", "my", "with", "a"})
# "for Samsung Galaxy and Casio": how many words the thing before "and" may have.
JOINED = 3
AND = frozenset({"and", "or", "und", "et", "y", "e"})


@dataclass(frozen=True)
class _Window:
    """Neighbouring words read as one."""

    start: int
    seen: str
    plain: str
    looks: frozenset[str]
    pieces: int
    foreign: bool


@dataclass(frozen=True)
class _Name:
    """A brand with its readings."""

    brand: KnownBrand
    plain: frozenset[str]
    looks: str
    pieces: int


class BrandName:
    """Finds protected names in the title of a shop that is not known to be authorised."""

    name = "brand_name"
    version = "1"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:
        """Return at most one finding for each brand: the strongest."""
        title = words(subject.title)
        windows = _windows(title)
        findings = []
        for brand in bank.brands:
            if brand.authorised:
                continue
            found = self._of_brand(_name(brand), title, windows, bank.ordinary_words)
            if found:
                findings.append(strongest(found))
        return findings

    def _of_brand(
        self,
        name: _Name,
        title: list[Word],
        windows: list[_Window],
        ordinary: frozenset[str],
    ) -> list[Finding]:
        found = []
        for window in windows:
            kind, edits = _kind(name, window, ordinary)
            if not kind or (kind != LOOKALIKE and is_lawful(title, window.start)):
                continue
            found.append(self._finding(kind, name.brand, window.seen, edits))
        return found

    def _finding(self, kind: str, brand: KnownBrand, seen: str, edits: int) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            kind=kind,
            key=f"{kind}:{brand.brand_id}:{seen.casefold()}",
            distance=edits,
            threshold=1,
            sentence=SENTENCES[kind].format(seen=seen, brand=brand.name),
            log_odds=LOG_ODDS[kind],
            evidence={"brand_id": brand.brand_id, "brand": brand.name, "seen": seen},
        )


def near_words(title: str, brands: tuple[KnownBrand, ...]) -> frozenset[str]:
    """Return the title's words that are one slip away from a brand.

    The caller looks up which of them honest shops use as ordinary words.
    """
    names = [_name(brand) for brand in brands if not brand.authorised]
    return frozenset(
        window.plain
        for window in _windows(words(title))
        for name in names
        if _kind(name, window, frozenset())[0] == TYPO
    )


def is_lawful(title: list[Word], start: int) -> bool:
    """Say whether the name at `start` only tells what the goods go with.

    A name joined by "and" to something lawfully named is lawful too.
    """
    at = start - 1
    if at > 0 and (title[at - 1].plain, title[at].plain) in FOR_ENDS:
        return True
    if at > 0 and title[at].plain in AND:
        return any(is_lawful(title, joined) for joined in range(max(1, at - JOINED), at))
    while at >= 0 and title[at].plain in PASSED_OVER:
        at -= 1
    return at >= 0 and title[at].plain in FOR


@lru_cache(maxsize=20_000)
def _name(brand: KnownBrand) -> _Name:
    parts = words(brand.name)
    whole = "".join(word.plain for word in parts)
    return _Name(
        brand=brand,
        plain=frozenset({whole, without_marks(whole)}),
        looks=canonical(brand.name),
        pieces=len(parts),
    )


def _windows(title: list[Word]) -> list[_Window]:
    found = []
    for start in range(len(title)):
        for size in range(1, SPELT_OUT + 1):
            part = title[start : start + size]
            if len(part) < size:
                break
            if size > WINDOW and any(len(word.plain) > 1 for word in part):
                break
            found.append(_window(start, part))
    return found


def _window(start: int, part: list[Word]) -> _Window:
    looks = {"".join(word.looks for word in part), "".join(word.looks_leet for word in part)}
    return _Window(
        start=start,
        seen=" ".join(word.written for word in part),
        plain="".join(word.plain for word in part),
        looks=frozenset(looks),
        pieces=_pieces(part),
        foreign=all(word.foreign for word in part),
    )


def _pieces(part: list[Word]) -> int:
    """Count the words that stand apart honestly; 0 when they look torn on purpose.

    "N i k e", "Ni ke" and "adi.das" are torn; "man go" is two words.
    """
    torn = all(word.glued for word in part[1:]) or all(
        len(word.looks) <= PIECE_LETTERS for word in part
    )
    return 0 if len(part) > 1 and torn else len(part)


def _kind(name: _Name, window: _Window, ordinary: frozenset[str]) -> tuple[str, int]:
    """Return what the window is to the name, and its distance in edits."""
    if _is_plain(name, window):
        return USE, 0
    if _looks_like(name, window):
        return LOOKALIKE, 0
    if window.plain not in ordinary and _is_typo(name, window):
        return TYPO, 1
    return "", 0


def _looks_like(name: _Name, window: _Window) -> bool:
    return (
        window.pieces in (0, 1, name.pieces)
        and not window.foreign
        and len(name.looks) >= LOOKALIKE_LETTERS
        and name.looks in window.looks
    )


def _is_plain(name: _Name, window: _Window) -> bool:
    """Say whether the window is the name as an honest seller writes it, plural and all."""
    if window.pieces not in (1, name.pieces) and (window.pieces or name.pieces == 1):
        return False
    return any(window.plain in (form, f"{form}s") for form in name.plain)


def _is_typo(name: _Name, window: _Window) -> bool:
    word = window.plain
    shortest = min(name.plain, key=len)
    return (
        window.pieces == name.pieces
        and len(shortest) >= TYPO_LETTERS
        and len(word) >= TYPO_WORD_LETTERS
        and abs(len(word) - len(shortest)) <= 1
        and word[0] == shortest[0]
        and any(distance(word, form) == 1 for form in name.plain)
    )
