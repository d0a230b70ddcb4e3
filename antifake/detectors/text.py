"""Reading a title as a person would see it: folding look-alike letters to plain ones."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from confusable_homoglyphs.confusables import confusables_data

# Characters nobody sees: zero-width, soft hyphen, joiners, direction marks, variation selectors.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
# Letters whose prototype in Unicode's table (UTS #39) is a small capital or no Latin letter,
# though a buyer reads a Latin one.
_SUPPLEMENT = {
    "вкмнтзьпг": "bkmhtebnr",
    "βεκητχωμπςδ": "bekntxwuncd",
    "եոսխձկտքլ": "enukdkuql",
    "ᴀʙᴅᴇɢʜᴊᴋʟᴍɴᴘʀᴛᴡʏɪꜱ": "abdeghjklmnprtwyis",
    "ɓɗɖɠɦɨɫɬɭɱɲɳɵɾʂʈɐəɛɜøłđħŧıßþ": "bddghilllmnnorstaeeeoldhtibp",
}
SUPPLEMENT = {
    strange: plain
    for row, letters in _SUPPLEMENT.items()
    for strange, plain in zip(row, letters, strict=True)
}
# Digits and signs written for letters.
LEET = str.maketrans("0134578@$!|+", "oieastbasiit")
LEET_SIGNS = "@$!|+"
APOSTROPHES = re.compile("['’‘`´]")
# What stands between words. Signs used for letters stay inside a word.
WORD = re.compile(r"[\w@$!|+'’‘`´\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]+")
CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Word:
    """One word of a title: as written, as it honestly reads, and how it looks."""

    written: str
    plain: str
    looks: str
    looks_leet: str
    glued: bool
    foreign: bool


@cache
def _look(letter: str) -> str:
    """Return the plain lower-case letter that `letter` looks like, or its lower case."""
    for form in (letter, letter.casefold()):
        if form.isascii():
            return form.casefold()
        if form in SUPPLEMENT:
            return SUPPLEMENT[form]
        for other in confusables_data.get(form, []):
            shape = str(other["c"])
            if len(shape) == 1 and shape.isascii() and shape.isalpha():
                return shape.casefold()
    return letter.casefold()


def without_marks(text: str) -> str:
    """Return `text` without accents and other combining marks."""
    return "".join(
        letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter)
    )


def canonical(text: str) -> str:
    """Return what `text` looks like: one spelling for all that the eye confuses.

    >>> canonical("Nіke") == canonical("Nike") == canonical("NlKE")
    True
    """
    folded = unicodedata.normalize("NFKC", INVISIBLE.sub("", text))
    folded = "".join(_look(letter) for letter in without_marks(folded))
    folded = without_marks(unicodedata.normalize("NFKC", folded)).casefold()
    folded = re.sub(r"[\W_]", "", folded)
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
    """Return the words of a title in order.

    `glued` marks a word tied to the one before it by a sign other than a blank
    ("adi.das"); `foreign` one in a script of its own, in a title that is truly
    written in that script.
    """
    wide_is_normal = bool(CJK.search(title))
    found: list[Word] = []
    end = 0
    native = _has_native_words(title)
    for match in WORD.finditer(_underscores_apart(title)):
        between = title[end : match.start()]
        end = match.end()
        written = match.group()
        bare = written.strip(LEET_SIGNS)
        if not bare:
            continue
        reading = unicodedata.normalize("NFKC", bare) if wide_is_normal else bare
        found.append(
            Word(
                written=written,
                plain=plain(APOSTROPHES.sub("", reading)),
                looks=canonical(bare),
                looks_leet=canonical(leet(INVISIBLE.sub("", written))),
                glued=bool(found) and between != "" and not re.search(r"[\s,;:/&]", between),
                foreign=native and not any(letter.isascii() for letter in bare),
            )
        )
    return found


def _underscores_apart(title: str) -> str:
    return title.replace("_", "-")


def _has_native_words(title: str) -> bool:
    """Say whether a title holds a word whose letters cannot all be read as Latin ones."""
    return any(
        letter.isalpha() and not _look(letter).isascii()
        for letter in without_marks(unicodedata.normalize("NFKC", title))
    )
