"""The nine reasons on the desk's number keys: rule × act × words for the seller. Plain Python.

What one key says must be a whole reason. The words are translated into the seller's language
when the page is drawn (marked here, so that translators find them).
"""

from __future__ import annotations

from dataclasses import dataclass

from antifake.cases.rules.queue import Kind


def _(words: str) -> str:
    return words


@dataclass(frozen=True)
class Reason:
    """One ready reason; `number` is its key."""

    number: int
    policy: str
    act: str
    title: str
    words: str


_WORDS = (
    (
        "counterfeit",
        "knowing",
        _("Fake, name disguised"),
        _("The goods carry a protected name that was disguised, without the holder's agreement."),
    ),
    (
        "counterfeit",
        "careless",
        _("Fake, perhaps unaware"),
        _(
            "The goods carry a protected name without the holder's agreement. Ask your supplier "
            "for proof before you sell branded goods."
        ),
    ),
    (
        "counterfeit",
        "organised",
        _("Fake, one of many"),
        _("The goods are one of many fakes that are offered together in an organised way."),
    ),
    (
        "stolen_photo",
        "careless",
        _("Someone else's photo"),
        _(
            "A photo was there before, by somebody else. Show the goods with photos of your own "
            "and offer them again."
        ),
    ),
    (
        "stolen_photo",
        "knowing",
        _("Someone else's photo, mark removed"),
        _("A photo was taken from somebody else, and their mark was cut off or covered."),
    ),
    (
        "misleading",
        "careless",
        _("Not what it seems"),
        _("Title, words or photos do not show what the buyer gets."),
    ),
    (
        "prohibited",
        "careless",
        _("Prohibited goods"),
        _("These goods may not be offered here, because they are unlawful or dangerous."),
    ),
    (
        "prohibited",
        "knowing",
        _("Prohibited goods, disguised"),
        _("These goods may not be offered here, and the words were chosen to hide what they are."),
    ),
    (
        "misleading",
        "slip",
        _("A slip"),
        _(
            "Something in this listing is wrong, easily put right: correct it and offer the "
            "goods again."
        ),
    ),
)
REASONS = tuple(Reason(number, *facts) for number, facts in enumerate(_WORDS, start=1))
# What is preselected, so that a clear case takes one key.
_SUGGESTED = {Kind.FAKE: 1, Kind.PHOTO: 4, Kind.PROHIBITED: 7}
_DISGUISED = frozenset({"brand_lookalike", "brand_glued", "fake_words", "refused_again"})


def reason(number: int) -> Reason:
    """Return the reason on a key. Raises KeyError for a number that has none."""
    if not 1 <= number <= len(REASONS):
        raise KeyError(number)
    return REASONS[number - 1]


def suggested(kind: str, finding_kinds: frozenset[str]) -> int:
    """Return the number of the reason that fits what was found best.

    >>> suggested("fake", frozenset({"brand_lookalike"})), suggested("fake", frozenset())
    (1, 2)
    """
    if kind == Kind.FAKE and not finding_kinds & _DISGUISED:
        return 2
    return _SUGGESTED[Kind(kind)]
