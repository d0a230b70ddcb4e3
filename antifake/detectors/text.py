"""Reading a title as a person would see it: folding look-alike letters to plain ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from antifake.detectors.text_letters import SHAPES, WIDE, is_latin, look

# Blank fillers that are letters to Unicode and nothing to the eye.
_FILLERS = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_PLANES = (range(0x80, 0x3000), range(0xFE00, 0xFFFF), range(0xE0000, 0xE01F0))


def _of_kinds(*kinds: str) -> str:
    """Return the characters of some Unicode categories, for use between square brackets."""
    codes = (code for plane in _PLANES for code in plane)
    return "".join(chr(c) for c in codes if unicodedata.category(chr(c)) in kinds)


_HIDDEN = _of_kinds("Cf") + _FILLERS + "\u034f"
_VARIANTS = "\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180e"
_MARKS = _of_kinds("Mn", "Mc", "Me")
# Characters nobody sees: zero-width, soft hyphen, joiners, direction marks, variation selectors.
INVISIBLE = re.compile(f"[{_HIDDEN}{_VARIANTS}]")
# Digits and signs written for letters; a few stand for two.
LEET = str.maketrans("0134578269@$!|+€£¥", "oieastbzggasiiteiy")
LEET_OTHER = str.maketrans("0134578269@$!|+€£¥", "oieasibrbpasiitely")
TWO_READINGS = re.compile("[62978£]")
LEET_SIGNS = "@$!|+€£¥"
_APOSTROPHES = "'’‘`´＇ʼʹʻ′"
APOSTROPHES = re.compile(f"[{_APOSTROPHES}]")
ENCLOSED = "\u249c-\u24e9\U0001f110-\U0001f189"
_FLAG = "[\U0001f1e6-\U0001f1ff]"
FLAGS = re.compile(f"(?<!{_FLAG}){_FLAG}{{2}}(?!{_FLAG})")
# Shapes that are no letters to Unicode, yet are written for some.
_SIGNS = "".join(sign for sign in SHAPES if not sign.isalnum() and sign not in "|")
CJK_LETTERS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
CJK = re.compile(f"[{CJK_LETTERS}]")
_INSIDE = (
    f"@$!|+€£¥{_APOSTROPHES}{_SIGNS}{_HIDDEN}{_VARIANTS}{_MARKS}{ENCLOSED}\U0001f1e6-\U0001f1ff"
)
# What stands between words. Signs used for letters stay inside a word; Chinese, Japanese and
# Korean ones are words beside Latin ones, blank or none.
WORD = re.compile(f"[{CJK_LETTERS}]+|(?:(?![{CJK_LETTERS}])[\\w{_INSIDE}])+")
PLAIN_WORD = re.compile(r"[\w@$!|+'`]+")
BREAK = re.compile(r"[\s,;:/&]")


@dataclass(frozen=True)
class Word:
    """One word of a title: as written, as it honestly reads, and how it looks.

    `looks_leet` reads digits and signs as letters where it has letters at all, `forced` in
    any case; `readings` holds all ways to read it.
    `strange` marks a word that mixes plain letters with those of another script, or hides
    characters nobody sees; `glued` one tied to the word before it by a sign other than a
    blank ("adi.das"); `foreign` one in a script of its own, in a title truly written in it.
    """

    written: str
    plain: str
    looks: str
    looks_leet: str
    glued: bool
    foreign: bool
    forced: str = ""
    readings: tuple[str, ...] = ()
    strange: bool = False


@dataclass(frozen=True)
class _Reading:
    plain: str
    looks: str
    looks_leet: str
    forced: str
    readings: tuple[str, ...]
    strange: bool
    is_own_script: bool


def without_marks(text: str) -> str:
    """Return `text` without accents and other combining marks."""
    if text.isascii():
        return text
    return "".join(
        letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter)
    )


def canonical(text: str) -> str:
    """Return what `text` looks like: one spelling for all that the eye confuses.

    >>> canonical("Nіke") == canonical("Nike") == canonical("NlKE")
    True
    """
    if text.isascii():
        folded = text.lower()
    else:
        folded = without_marks(INVISIBLE.sub("", text))
        folded = without_marks("".join(look(letter) for letter in folded)).lower()
    return alike(re.sub(r"[\W_]", "", folded))


def alike(folded: str) -> str:
    """Return plain letters with those that run together or look the same made one."""
    return folded.replace("rn", "m").replace("vv", "w").replace("l", "i")


def leet(text: str) -> str:
    """Return `text` with digits and signs read as letters, if it has letters at all.

    "CAS10" might be a name; "501" and "10" are numbers.
    """
    if sum(letter.isalpha() for letter in text) < 2:
        return text
    return text.translate(LEET)


def plain(text: str) -> str:
    """Return the honest reading: lower case, letters and digits only, accents kept.

    Invisible characters stay when they stand inside: nobody types them there by chance.
    """
    if text.isascii():
        return re.sub(r"[\W_]", "", text.lower())
    whole = unicodedata.normalize("NFC", text).casefold()
    return "".join(
        letter
        for at, letter in enumerate(whole)
        if letter.isalnum() or (INVISIBLE.match(letter) and 0 < at < len(whole) - 1)
    )


def distance(one: str, other: str) -> int:
    """Return the edits (insert, drop, replace, swap neighbours) from `one` to `other`.

    Optimal string alignment.

    >>> distance("adibas", "adidas"), distance("adiads", "adidas")
    (1, 1)
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, target in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != target))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == target:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def words(title: str) -> list[Word]:
    """Return the words of a title in order."""
    title = title.replace("_", "-")
    is_plain = title.isascii()
    if not is_plain:
        title = FLAGS.sub(" ", title)
    wide_is_normal = not is_plain and bool(CJK.search(title))
    found: list[Word] = []
    end = 0
    native = not is_plain and any(_is_native(part) for part in title.split())
    for match in (PLAIN_WORD if is_plain else WORD).finditer(title):
        between = title[end : match.start()]
        end = match.end()
        written = match.group()
        if not written.strip(LEET_SIGNS):
            continue
        reading = _read(written, wide_is_normal=wide_is_normal)
        found.append(
            Word(
                written=written,
                plain=reading.plain,
                looks=reading.looks,
                looks_leet=reading.looks_leet,
                glued=bool(found) and between != "" and not BREAK.search(between),
                foreign=native and reading.is_own_script,
                forced=reading.forced,
                readings=reading.readings,
                strange=reading.strange,
            )
        )
    return found


@lru_cache(maxsize=50_000)
def _read(written: str, *, wide_is_normal: bool) -> _Reading:
    bare = written.strip(LEET_SIGNS)
    shown = bare.translate(WIDE) if wide_is_normal else bare
    looks = canonical(shown)
    looks_leet = canonical(leet(INVISIBLE.sub("", written)))
    return _Reading(
        plain=plain(APOSTROPHES.sub("", shown)),
        looks=looks,
        looks_leet=looks_leet,
        forced=canonical(INVISIBLE.sub("", written).translate(LEET)),
        readings=tuple(dict.fromkeys([looks, looks_leet, *_other_readings(written)])),
        strange=_is_strange(shown),
        is_own_script=_is_own_script(shown),
    )


def _other_readings(written: str) -> Iterator[str]:
    """Read a sign at either end as a letter or as a sign, and some digits another way."""
    seen = INVISIBLE.sub("", written)
    forms = {seen}
    if not seen:
        return
    if seen[0] in LEET_SIGNS or seen[-1] in LEET_SIGNS:
        forms |= {seen.lstrip(LEET_SIGNS), seen.rstrip(LEET_SIGNS), seen.strip(LEET_SIGNS)}
    for form in sorted(forms):
        yield canonical(leet(form))
        if TWO_READINGS.search(form) and sum(letter.isalpha() for letter in form) > 1:
            yield canonical(form.translate(LEET_OTHER))


def _is_strange(text: str) -> bool:
    """Say whether a word hides something, or mixes plain letters with another script's."""
    if text.isascii():
        return False
    inner = text.strip(_HIDDEN)
    if INVISIBLE.search(inner) or any(
        map(unicodedata.combining, unicodedata.normalize("NFC", inner))
    ):
        return any(is_latin(letter) and letter.isalpha() for letter in inner)
    strange = any(letter.isalnum() and not is_latin(letter) for letter in inner)
    return strange and any(letter.isascii() and letter.isalpha() for letter in inner)


def _is_own_script(text: str) -> bool:
    """Say whether a word is wholly of one script other than Latin, dressed-up Latin included."""
    bare = unicodedata.normalize("NFKC", text)
    if any(letter.isascii() and letter.isalpha() for letter in bare):
        return False
    return len({_script(letter) for letter in bare if letter.isalpha()}) == 1


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split(" ", 1)[0]


def _is_native(part: str) -> bool:
    """Say whether a word is of another script and holds a letter no Latin one looks like."""
    letters = [letter for letter in without_marks(part) if letter.isalpha()]
    if any(letter.isascii() for letter in letters):
        return False
    return any(_base_look(letter) for letter in letters)


def _base_look(letter: str) -> bool:
    """Say whether a letter is one that only readers of its script take for what it is."""
    return letter in ONLY_NATIVE or not look(letter).isascii()


# Cyrillic and Greek letters that merely remind of a Latin one: real words of Russian, Bulgarian,
# Serbian, Ukrainian or Greek have some of them.
ONLY_NATIVE = frozenset("иИйЙлЛдДцЦшШщЩчЧжЖяЯэЭюЮыЫбБпПгГфФзЗљњђћџєЄґҐλΛδΔσΣπΠξΞφΦψΨθΘγΓμωΩςζ")
