"""Where a text names a brand: plainly, disguised, one slip away, glued, torn, masked or stretched.

Only the letters are judged here; whether a use is lawful, and what it weighs, is `brand_name`'s.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from antifake.detectors.brand_name_index import (
    HEAD,
    SOUND_LETTERS,
    Index,
    Name,
    cuts_of,
    longest_run,
    slips_of,
    sound,
    squeeze,
)
from antifake.detectors.brand_name_words import MARKET
from antifake.detectors.text import INVISIBLE, Word, alike, canonical, without_marks
from antifake.detectors.text_letters import is_latin, look

LOOKALIKE, TYPO, GLUED, USE = "brand_lookalike", "brand_typo", "brand_glued", "brand_use"
LOOKALIKE_LETTERS = 4
# A shorter name must be written with another script's letters or hidden characters.
SHORT_LETTERS = 2
PIECE_LETTERS = 2
# A hyphen between two long halves ("play-station") is a slip, not a disguise.
HALF_LETTERS = 4
# Digits stand for letters in several words when so many letters are there.
FORCED_LETTERS = 3
GAP_LETTERS = 6
GLUED_WORD_LETTERS = 7
REST_LETTERS = 3
TORN = 2
CODE_LETTERS = 2
MARKET_LOOKS = frozenset(canonical(word) for word in MARKET)
DOUBLED, TREBLED = re.compile(r"(.)\1"), re.compile(r"(.)\1\1")
YEAR = re.compile(r"(?:19|20)\d\d")
# "N*ke", "Ad#das": a sign for a letter.
MASKS = frozenset("*#%^?=~•×&<(")
# Any other sign beyond ASCII is one too, but for those that stand in honest names.
HONEST_SIGNS = frozenset("®©™°´¨¸＋")
MASKED = re.compile(r"(?<!\w)\w+(?:[^\w\s]{1,2}\w+)+(?!\w)|(?<!\w)(?:\w{3,}\*\*|\w{5,}\*)(?![\w*])")
MASK_EXACT = 3
SPELT_LETTERS = 24


@dataclass(frozen=True)
class Hit:
    """Words `first` to `last` of a text name a brand in some way."""

    kind: str
    at: int
    first: int
    seen: str
    edits: int = 0
    # Spelt otherwise and spoken alike: hardly a slip of the finger.
    sounds: bool = False
    # Words that must not be ordinary ones for the hit to count.
    ordinary: frozenset[str] = frozenset()
    # Words of which each must be an ordinary one for the hit to count.
    market: frozenset[str] = frozenset()


def hits(text: str, parts: list[Word], index: Index, *, slips: bool) -> Iterator[Hit]:
    """Give all that names a brand in a text; slips and mere uses only where they are asked for."""
    for first in range(len(parts)):
        yield from _at_word(parts, first, index, slips=slips)
        yield from _spelt_out(parts, first, index)
        yield from _odd_word(parts, first, index)
    yield from _masked(text, index)


def _at_word(parts: list[Word], first: int, index: Index, *, slips: bool) -> Iterator[Hit]:
    """Read one to some neighbouring words as one."""
    word = parts[first]
    begins = word.strange or any(
        looks[:HEAD] in index.heads for looks in (word.plain, *word.readings, word.forced)
    )
    reach = max(2, index.most_pieces)
    # A word torn by signs is several words here.
    reach += min(TORN, sum(word.glued for word in parts[first + 1 : first + reach + 1]))
    plain = ""
    for size in range(1, min(reach, len(parts) - first) + 1):
        part = parts[first : first + size]
        plain += part[-1].plain
        if begins:
            yield from _named(part, plain, parts, first, index)
        if slips and plain and (size <= 2 or (size, plain[0], len(plain)) in index.shapes):
            yield from _slipped(part, plain, first, index)


def _named(
    part: list[Word], plain: str, parts: list[Word], first: int, index: Index
) -> Iterator[Hit]:
    """Give the names that the words are, plainly or in disguise."""
    spelt = index.plain.get(plain, ())
    shown = _readings(part, index)
    if not spelt and not shown:
        return
    pieces = _pieces(part)
    used: set[int] = set()
    for at in spelt if not any(word.strange for word in part) else ():
        if _is_plain(index.names[at], pieces, len(part)):
            used.add(at)
            yield Hit(USE, at, first, _seen(part))
    if all(word.foreign for word in part) or _is_code(part, parts, first):
        return
    for at, looks in {at: form for form in shown for at in index.looks[form]}.items():
        name = index.names[at]
        fits = pieces in (0, 1, name.pieces) or _blanks(part) == name.blanks
        if at not in used and fits and _is_long(looks, part):
            yield _disguised(name, part, first, plain, pieces)


def _disguised(name: Name, part: list[Word], first: int, plain: str, pieces: int) -> Hit:
    spelt_right = plain in name.plain
    if spelt_right and len(plain) < LOOKALIKE_LETTERS and plain.isascii():
        return Hit(USE, name.at, first, _seen(part))  # initials: "B.M.W."
    halves = len(part) == 2 and all(len(word.plain) >= HALF_LETTERS for word in part)
    is_slip = spelt_right and halves and pieces == 0
    # "lntel" hides; a real word that looks so does not.
    letters_only = part[0].written.isalpha() and len(part) == 1 and not part[0].strange
    ordinary = frozenset({plain}) if letters_only else frozenset()
    return Hit(TYPO if is_slip else LOOKALIKE, name.at, first, _seen(part), ordinary=ordinary)


def _is_code(part: list[Word], parts: list[Word], first: int) -> bool:
    """Say whether words with digits are a piece of a longer number: "1eg0 .052.00"."""
    whole = "".join(word.plain for word in part)
    if sum(map(str.isalpha, whole)) > CODE_LETTERS or not any(map(str.isdigit, whole)):
        return False
    after = parts[first + len(part) : first + len(part) + 1]
    follows = bool(after) and after[0].plain.isdigit()
    if follows and (after[0].glued or after[0].plain.startswith("0")):
        return True
    return first > 0 and part[0].glued and parts[first - 1].plain.isdigit()


def _readings(part: list[Word], index: Index) -> list[str]:
    """Return the ways to read the words as one that are a name."""
    if len(part) == 1:
        return [looks for looks in part[0].readings if looks in index.looks]
    looks = alike("".join(word.looks for word in part))
    forced = alike("".join(word.forced for word in part))
    if forced == looks:
        return [looks] if looks in index.looks else []
    joined = {looks: True, alike("".join(word.looks_leet for word in part)): True}
    if forced in index.looks:
        letters = sum(letter.isalpha() for word in part for letter in word.plain)
        joined[forced] = letters >= max(FORCED_LETTERS, len(forced) / 2)
    return [looks for looks, counts in joined.items() if counts and looks in index.looks]


def _is_long(looks: str, part: list[Word]) -> bool:
    """Say whether a disguised name is long enough to mean something."""
    if len(looks) >= LOOKALIKE_LETTERS:
        return True
    if any(word.strange for word in part):
        return len(looks) >= SHORT_LETTERS
    if len(looks) < LOOKALIKE_LETTERS - 1:
        return False
    spelt = len(part) > 1 and all(len(word.plain) == 1 for word in part)
    return spelt or any(c.isalpha() and not c.isascii() for word in part for c in word.written)


def _slipped(part: list[Word], plain: str, first: int, index: Index) -> Iterator[Hit]:
    if part[-1].foreign or part[0].foreign:
        return
    alike_sounding = _sounding(part, plain, first, index)
    yield from alike_sounding
    for at in slips_of(index, plain, len(part)):
        if at not in {hit.at for hit in alike_sounding}:
            yield Hit(TYPO, at, first, _seen(part), 1, ordinary=frozenset({plain}))
    yield from _stretched(part, plain, first, index)
    if len(part) == 1 or part[0].plain in index.ends or part[-1].plain in index.ends:
        yield from _glued(part, plain, first, index)
    if len(part) == 2 and len(plain) >= GAP_LETTERS and plain.isascii() and plain.isalpha():
        for at in index.plain.get(plain, ()):
            if index.names[at].pieces == 1 and _pieces(part) > 1:
                yield Hit(TYPO, at, first, _seen(part), 1, ordinary=frozenset({plain}))


def _sounding(part: list[Word], plain: str, first: int, index: Index) -> list[Hit]:
    """Return the names that the words sound like: "Nyke", "Kalvyn Clein"."""
    if len(plain) < SOUND_LETTERS or not plain.isalpha() or not plain.isascii():
        return []
    return [
        Hit(TYPO, at, first, _seen(part), 1, sounds=True, ordinary=frozenset({plain}))
        for at in index.sounds.get(sound(plain), ())
        if index.names[at].pieces == len(part)
        and at not in index.plain.get(plain, ())
        and all(squeeze(form) != squeeze(plain) for form in index.names[at].plain)
        and not any(f"{plain}s" == form for form in index.names[at].plain)
    ]


def _stretched(part: list[Word], plain: str, first: int, index: Index) -> Iterator[Hit]:
    """Give the names of which some letters were doubled: "Niikke", "Nikeee"."""
    if not (DOUBLED if len(part) == 1 else TREBLED).search(plain):
        return
    run = longest_run(plain)
    for at in index.squeezed.get(squeeze(without_marks(plain)), ()):
        name = index.names[at]
        extra = min(len(plain) - len(form) for form in name.plain)
        if name.pieces != len(part) or extra < 1 or at in index.plain.get(plain, ()):
            continue
        kind = LOOKALIKE if extra > 1 and run > 2 else TYPO
        yield Hit(kind, at, first, _seen(part), 1, ordinary=frozenset({plain}))


def _glued(part: list[Word], plain: str, first: int, index: Index) -> Iterator[Hit]:
    """Give the names at the start or the end of a word whose rest is a word of the market."""
    found: set[int] = set()
    for at, rest in cuts_of(index, plain) if len(plain) >= GLUED_WORD_LETTERS else ():
        is_known = _is_market(rest, MARKET)
        fits = len(part) in (1, index.names[at].pieces)
        if fits and (is_known or len(rest) >= REST_LETTERS):
            found.add(at)
            market: frozenset[str] = frozenset() if is_known else frozenset({rest})
            yield Hit(GLUED, at, first, _seen(part), 0, ordinary=frozenset({plain}), market=market)
    if len(part) == 1 and not (plain.isascii() and plain.isalpha()):
        yield from _glued_disguise(part[0], first, index, found)


def _glued_disguise(word: Word, first: int, index: Index, found: set[int]) -> Iterator[Hit]:
    for looks in word.readings:
        for at, rest in cuts_of(index, looks) if len(looks) >= GLUED_WORD_LETTERS else ():
            if at not in found and _is_market(rest, MARKET_LOOKS):
                found.add(at)
                yield Hit(LOOKALIKE, at, first, word.written, 0, ordinary=frozenset({word.plain}))


def _is_market(rest: str, known: frozenset[str]) -> bool:
    return rest in known or YEAR.fullmatch(rest) is not None


def _spelt_out(parts: list[Word], first: int, index: Index) -> Iterator[Hit]:
    """Give the names written in more pieces than words are read together: "a d i d a s"."""
    joined = [parts[first]]
    reach = max(2, index.most_pieces)
    for word in parts[first + 1 :]:
        short = len(word.looks) <= PIECE_LETTERS and len(joined[-1].looks) <= PIECE_LETTERS
        if not word.glued and not short:
            return
        joined.append(word)
        letters = sum(len(piece.looks) for piece in joined)
        if letters > min(SPELT_LETTERS, index.longest + 1):
            return
        if len(joined) > reach and _pieces(joined) == 0:
            plain = "".join(piece.plain for piece in joined)
            yield from _named(joined, plain, parts, first, index)


def _odd_word(parts: list[Word], first: int, index: Index) -> Iterator[Hit]:
    """Give the names of which a word of mixed scripts is one unknown shape or one edit away."""
    word = parts[first]
    if not word.strange or any(looks in index.looks for looks in word.readings):
        return
    letters = [c for c in without_marks(INVISIBLE.sub("", word.written)) if c.isalnum()]
    for at in index.by_length.get(len(letters), ()):
        if any(_is_masked(letters, form) for form in index.names[at].plain):
            yield Hit(LOOKALIKE, at, first, word.written)
    for at in slips_of(index, "".join(look(c) for c in letters), 1):
        yield Hit(LOOKALIKE, at, first, word.written, 1)


def _masked(text: str, index: Index) -> Iterator[Hit]:
    """Give the names with a sign for a letter, alone or among the words beside it."""
    signs = {letter for letter in text if _is_mask(letter)}
    if not signs:
        return
    parts = text.split()
    for place, part in enumerate(parts):
        if signs.intersection(part) and MASKED.search(part):
            for before in range(index.most_pieces):
                for size in range(before + 1, index.most_pieces + 1):
                    yield from _masked_at(parts, place - before, size, index)


def _masked_at(parts: list[str], first: int, size: int, index: Index) -> Iterator[Hit]:
    if first < 0 or first + size > len(parts):
        return
    seen = " ".join(parts[first : first + size])
    letters = [letter for letter in seen if letter.isalnum() or _is_mask(letter)]
    for at in index.by_length.get(len(letters), ()):
        if any(_is_masked(letters, form) for form in index.names[at].plain):
            yield Hit(LOOKALIKE, at, 0, seen, 1)


def _is_masked(letters: list[str], form: str) -> bool:
    """Say whether the letters are the name but for strange shapes, each in a letter's place."""
    exact = 0
    for letter, wanted in zip(letters, form, strict=False):
        if letter.lower() == wanted:
            exact += 1
        elif not _is_mask(letter) and (not letter.isalpha() or is_latin(letter)):
            return False
    return len(letters) == len(form) and exact >= max(MASK_EXACT, len(form) / 2)


def _is_mask(letter: str) -> bool:
    """Say whether a sign may stand for a letter."""
    if letter in MASKS:
        return True
    is_sign = not letter.isascii() and unicodedata.category(letter)[0] == "S"
    return is_sign and letter not in HONEST_SIGNS


def _seen(part: list[Word]) -> str:
    return " ".join(word.written for word in part)


def _pieces(part: list[Word]) -> int:
    """Count the words that stand apart honestly; 0 when they look torn on purpose.

    "N i k e", "Ni ke" and "adi.das" are torn; "man go" is two words.
    """
    torn = all(word.glued for word in part[1:]) or all(
        len(word.looks) <= PIECE_LETTERS for word in part
    )
    return 0 if len(part) > 1 and torn else len(part)


def _blanks(part: list[Word]) -> int:
    """Count the words that stand apart by blanks; 0 when nothing else parts them."""
    apart = 1 + sum(not word.glued for word in part[1:])
    return apart if apart < len(part) else 0


def _is_plain(name: Name, pieces: int, parts: int) -> bool:
    """Say whether words that spell the name do so as an honest seller would."""
    return pieces in (1, name.pieces) or (pieces == 0 and name.pieces == parts)
