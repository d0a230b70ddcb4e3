"""What is written in the pictures: protected names, and how to reach the seller off the market.

A reader of pictures misreads letters, so a disguise means nothing here. A name must stand as a
word of its own (short names are found in any pattern); a long one may run into its neighbours or
have one letter wrong.

Where the figures come from: set by hand until staff verdicts can train them. Real goods show real
names, so a name that the title says too adds little; a name that the title keeps silent about is
how fakes with a plain title are offered. One of 25 plain photos "contained" a brand when parts of
words counted, none with whole words of four letters or more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from antifake.detectors.base import Bank, Finding, KnownBrand, Subject, strongest
from antifake.detectors.brand_name import is_lawful, is_second_hand
from antifake.detectors.brand_name_hits import hits
from antifake.detectors.brand_name_index import Index, index_of, slips_of
from antifake.detectors.text import without_marks, words

BRAND, CONTACT = "picture_brand", "picture_contact"
# (the title is silent about the name, every letter was read) → what it adds.
LOG_ODDS = {(True, True): 2.6, (True, False): 1.2, (False, True): 0.6, (False, False): 0.4}
SECOND_HAND_LOG_ODDS = 0.4
CONTACT_LOG_ODDS, CONTACT_BESIDE_BRAND = 1.2, 2.0
LEAST_LETTERS = 3
RUN_ON_LETTERS = 7
SLIP_LETTERS = 6
SENTENCES = {
    BRAND: "A picture shows the protected name “{seen}” ({brand}), and we know of no agreement "
    "between your shop and its holder.",
    CONTACT: "A picture says “{seen}”, which sends buyers to order outside this market.",
}
# A number with a country code or a leading nought, of 9 to 15 digits: no size, price or barcode.
PHONE = re.compile(r"(?<![\w.])(?:\+|00|0)\d(?:[\s().-]{0,2}\d){7,13}(?!\w)")
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE)
ADDRESS = re.compile(
    r"(?:https?://|www\.)\S{4,}|(?<![\w@.])[\w-]{3,}\.(?:com|net|cn|ru|shop|store|online|top|me|xyz)"
    r"(?:\.\w\w)?\b(?:/\S*)?",
    re.IGNORECASE,
)
HANDLE = re.compile(
    r"(?:whats\s?app|wats\s?app|we\s?chat|weixin|telegram|yupoo|viber|kakao\s?talk|line\s?id|wa\.me"
    r"|t\.me|微信|威信|薇信|qq)(?:\s?(?:id|no|num|number|号)?\.?\s?[:：+/-]*\s*@?[\w.+-]{3,}|\b)",
    re.IGNORECASE,
)
CONTACTS = (MAIL, PHONE, ADDRESS, HANDLE)


class PictureText:
    """Weighs what was read in the pictures. Where nothing was read it says nothing."""

    name = "picture_text"
    version = "1"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:
        """Return at most one finding for each brand, and one for contact strings."""
        if not subject.picture_texts:
            return []
        brands = self._brands(subject, bank)
        contacts = [
            self._contact(photo_id, seen, is_branded=bool(brands))
            for photo_id, text in subject.picture_texts
            for seen in contact_strings(text)
        ]
        return [*brands, *contacts[:1]]

    def _brands(self, subject: Subject, bank: Bank) -> list[Finding]:
        index = index_of(tuple(brand.name for brand in bank.brands))
        title = words(subject.title)
        said = {hit.at for hit in hits(subject.title, title, index, slips=False)}
        lawful = {
            hit.at
            for hit in hits(subject.title, title, index, slips=False)
            if is_lawful(title, hit.first)
        }
        is_used = subject.second_hand or is_second_hand(title)
        found: dict[int, list[Finding]] = {}
        for photo_id, text in subject.picture_texts:
            for at, seen, is_exact in names_in(text, index):
                if bank.brands[at].authorised or at in lawful:
                    continue
                odds = SECOND_HAND_LOG_ODDS if is_used else LOG_ODDS[at not in said, is_exact]
                finding = self._brand(photo_id, bank.brands[at], seen, odds, exact=is_exact)
                found.setdefault(at, []).append(finding)
        return [strongest(found[at]) for at in sorted(found)]

    def _brand(
        self, photo_id: int, brand: KnownBrand, seen: str, odds: float, *, exact: bool
    ) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            kind=BRAND,
            key=f"{BRAND}:{brand.brand_id}",
            distance=0 if exact else 1,
            threshold=1,
            sentence=SENTENCES[BRAND].format(seen=seen, brand=brand.name),
            log_odds=odds,
            evidence={
                "brand_id": brand.brand_id,
                "brand": brand.name,
                "photo_id": photo_id,
                "seen": seen,
            },
        )

    def _contact(self, photo_id: int, seen: str, *, is_branded: bool) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            kind=CONTACT,
            key=f"{CONTACT}:{seen.casefold()}",
            distance=0,
            threshold=0,
            sentence=SENTENCES[CONTACT].format(seen=seen),
            log_odds=CONTACT_BESIDE_BRAND if is_branded else CONTACT_LOG_ODDS,
            evidence={"photo_id": photo_id, "seen": seen},
        )


def contact_strings(text: str) -> list[str]:
    """Return the ways to reach somebody that a text holds, as written.

    >>> contact_strings("WeChat: gina8888 / +44 7911 123456")
    ['+44 7911 123456', 'WeChat: gina8888']
    """
    found: list[str] = []
    left = text
    for pattern in CONTACTS:
        found.extend(match.group().strip() for match in pattern.finditer(left))
        left = pattern.sub(" ", left)
    return found


def names_in(text: str, index: Index) -> Iterator[tuple[int, str, bool]]:
    """Give places of names read in a picture, the words that say them, and whether exactly."""
    parts = words(text)
    plain = [without_marks(word.plain) for word in parts]
    for first in range(len(parts)):
        for size in range(1, min(index.most_pieces, len(parts) - first) + 1):
            joined = "".join(plain[first : first + size])
            seen = " ".join(word.written for word in parts[first : first + size])
            if len(joined) < LEAST_LETTERS:
                continue
            for at in index.plain.get(joined, ()):
                yield at, seen, True
            if len(joined) >= SLIP_LETTERS:
                for at in slips_of(index, joined, size):
                    yield at, seen, False
        yield from _run_on(plain[first], parts[first].written, index)


def _run_on(word: str, written: str, index: Index) -> Iterator[tuple[int, str, bool]]:
    """Give long names that run into what stands beside them."""
    if len(word) <= RUN_ON_LETTERS:
        return
    for cut in range(len(word) - RUN_ON_LETTERS + 1):
        for end in range(cut + RUN_ON_LETTERS, len(word) + 1):
            if end - cut < len(word):
                for at in index.plain.get(word[cut:end], ()):
                    yield at, written, False
