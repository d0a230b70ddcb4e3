"""What leads away from the market in a text: contacts, links, and payments outside it.

Plain patterns, made to be read: each finding names its kind and the letters that gave it away.
They warn; they never decide. Precision counts as much as recall, since shops write prices, sizes,
dates, order and tracking numbers all day, and a warning that is often wrong is read by nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from marketplace.talk.rules import phones, words

PHONE, MAIL, LINK, MESSENGER, PAYMENT = "phone", "mail", "link", "messenger", "payment"
KINDS = (PHONE, MAIL, LINK, MESSENGER, PAYMENT)
SHOWN_LETTERS = 60

# Letters of other alphabets that look Latin, and what people put between letters.
_ALIKE = str.maketrans("аеорсухіѕԁɡ", "aeopcyxisdg")
_INVISIBLE = {"Cf", "Cc", "Mn"}
_SPACED = re.compile(r"(?<!\w)(?:[^\W\d_][ .\-_*·]){4,}[^\W\d_](?!\w)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One suspicious place: its kind and the words as they were written."""

    kind: str
    words: str


def find(text: str, *, own_host: str = "") -> list[Finding]:
    """Return what leads away from the market, in the order of the text; one finding a place.

    `own_host` is the market's own, whose links are welcome.

    >>> find("Call me: +250 788 123 456")
    [Finding(kind='phone', words='+250 788 123 456')]
    >>> find("It is 20 x 30 cm and costs 45.00 EUR, order 10234")
    []
    """
    plain, origin = _plain(text)
    spans = sorted(set(_spans(plain, own_host)), key=lambda one: (one[1], -one[2]))
    found: list[Finding] = []
    ends = dict.fromkeys(KINDS, -1)
    for kind, start, end in spans:
        if start < ends[kind]:
            continue  # inside a finding of the same kind
        ends[kind] = end
        written = text[origin[start] : origin[end - 1] + 1].strip()
        found.append(Finding(kind, written[:SHOWN_LETTERS]))
    return found


def kinds(text: str, *, own_host: str = "") -> list[str]:
    """Return the kinds of all findings, each once, in the order of KINDS.

    >>> kinds("WhatsApp +250788123456, cheaper with Western Union")
    ['phone', 'messenger', 'payment']
    """
    there = {one.kind for one in find(text, own_host=own_host)}
    return [kind for kind in KINDS if kind in there]


def _plain(text: str) -> tuple[str, list[int]]:
    """Return the text as it is compared, and for each letter the place it came from.

    Full-width and other digits become ours, look-alike letters Latin, invisible ones go.
    """
    letters: list[str] = []
    origin: list[int] = []
    for place, letter in enumerate(text):
        if unicodedata.category(letter) in _INVISIBLE and letter not in "\n\t":
            continue
        for one in unicodedata.normalize("NFKC", letter).lower():
            digit = unicodedata.decimal(one, None)
            plain = str(digit) if digit is not None else one.translate(_ALIKE)
            letters.append(" " if plain.isspace() else plain)
            origin.append(place)
    return "".join(letters), origin


def _spans(plain: str, own_host: str) -> Iterator[tuple[str, int, int]]:
    yield from ((PHONE, start, end) for start, end in phones.spans(plain))
    for kind, pattern in words.PATTERNS:
        yield from ((kind, *match.span()) for match in pattern.finditer(plain))
    for pattern in words.LINKS:
        links = pattern.finditer(plain)
        yield from ((LINK, *one.span()) for one in links if not _is_own(one["host"], own_host))
    accounts = words.IBAN.finditer(plain)
    yield from ((PAYMENT, *one.span()) for one in accounts if words.is_iban(one.group()))
    yield from _spaced(plain)
    yield from _disguised(plain)


def _is_own(host: str, own_host: str) -> bool:
    own = own_host.lower()
    return bool(own) and (host == own or host.endswith(f".{own}"))


def _spaced(plain: str) -> Iterator[tuple[str, int, int]]:
    """Find names that are written letter by letter: w h a t s a p p."""
    for match in _SPACED.finditer(plain):
        joined = re.sub(r"[ .\-_*·]", "", match.group())
        for kind, names in words.NAMES.items():
            if any(name in joined for name in names):
                yield kind, match.start(), match.end()


def _disguised(plain: str) -> Iterator[tuple[str, int, int]]:
    """Find names with digits for letters: wh4ts4pp, te1egram."""
    for match in re.finditer(r"(?=[a-z0-9]*[a-z])(?=[a-z0-9]*\d)[a-z0-9]{5,}", plain):
        for table in words.DIGITS_FOR_LETTERS:
            readable = match.group().translate(table)
            for kind, names in words.NAMES.items():
                if readable in names:
                    yield kind, match.start(), match.end()
