"""Why a listing ranks where it does, for the people of its shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from marketplace.listings.models import Listing, SearchRow
from marketplace.listings.queries import facts
from marketplace.listings.queries.asking import Meaning, understand
from marketplace.listings.queries.search import Search, Wish
from marketplace.listings.rules import ranking
from marketplace.rulebook import queries as rulebook

TITLE, DESCRIPTION, MISSING = "title", "description", "missing"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a question, and where the listing holds it: title, description or missing."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Factor:
    """One number by which the rank is multiplied, in hundredths, and what would help."""

    name: str
    hundredths: int
    meaning: str
    help: str

    @property
    def number(self) -> str:
        """The factor with two decimals, as the reader writes numbers."""
        return number_format(Decimal(self.hundredths) / 100, 2)


@dataclass(frozen=True, slots=True)
class Why:
    """A listing's place among the goods that answer; `place` 0: it is not among them."""

    place: int
    total: int
    words: Sequence[Word]
    factors: Sequence[Factor]
    corrected: str = ""

    @property
    def page(self) -> int:
        """On which page of 24 the listing stands."""
        return (self.place + 23) // 24


def why(listing: Listing, *, text: str, at: datetime) -> Why | None:
    """Return why a listing ranks where it does for a question; without one, on its shelf.

    None for goods that are not in search: not on sale, or without a price.
    """
    weights = ranking.Weights.of(rulebook.values(ranking.KEYS, at=at))
    line = next(iter(facts.lines(listing_ids=[listing.pk], weights=weights, at=at)), None)
    row = SearchRow.objects.filter(pk=listing.pk).first()
    if line is None or row is None:
        return None
    asked = understand(text)
    words = [_word(one, row) for one in asked.meanings]
    wish = Wish(text=text, category="" if asked.groups else listing.category.slug)
    found = None
    if not asked.is_hopeless:
        search = Search(wish, asked.groups, weights.description_permille, (0, 0))
        found = search.place(listing.pk)
    known = line.facts(at)
    factors = [*_text(asked.groups, row, weights), *_factors(known, weights)]
    place, total = found or (0, 0)
    return Why(place, total, words, factors, asked.corrected)


def _word(meaning: Meaning, row: SearchRow) -> Word:
    held = [
        TITLE if _holds(row.title_codes, group) else _elsewhere(row, group)
        for group in meaning.groups
    ] or [MISSING]
    return Word(meaning.shown or meaning.said, max(held, key=(TITLE, DESCRIPTION, MISSING).index))


def _elsewhere(row: SearchRow, group: Sequence[int]) -> str:
    return DESCRIPTION if _holds(row.codes, group) else MISSING


def _holds(codes: Sequence[int], group: Sequence[int]) -> bool:
    return not set(group).isdisjoint(codes)


def _text(
    groups: Sequence[Sequence[int]], row: SearchRow, weights: ranking.Weights
) -> list[Factor]:
    if not groups or not all(_holds(row.codes, group) for group in groups):
        return []
    permille = ranking.text_permille(
        words=len(groups),
        in_title=sum(_holds(row.title_codes, group) for group in groups),
        description_permille=weights.description_permille,
    )
    helps = _("Put the words that people look for into the title.") if permille < 1000 else ""
    return [
        Factor(_("Words"), permille // 10, _("How many of the words stand in the title."), helps)
    ]


def _factors(known: ranking.Facts, weights: ranking.Weights) -> list[Factor]:
    each = ranking.factors(known, weights)
    newcomer = _("The first goods of a new shop are lifted, a little less each day.")
    no_stock = _("Count your stock; goods that can be sent now come before sold-out ones.")
    trust = _("Send on time, answer disputes, and keep to the rules; strikes run out with time.")
    stars = _("Good reviews lift goods a little: what you promise should be what arrives.")
    return [
        Factor(
            _("Trust in the shop"),
            round(100 * each.trust),
            _("What the shop has shown so far. Full trust is 1.00."),
            trust if each.trust < 1 else "",
        ),
        Factor(
            _("Freshness"),
            round(100 * each.freshness),
            _("New goods lead a little; half of the lead is gone after %(days)d days.")
            % {"days": weights.fresh_half_days},
            "",
        ),
        Factor(_("New shop"), round(100 * each.newcomer), newcomer, ""),
        Factor(
            _("Stock"),
            round(100 * each.stock),
            _("Whether a piece can be sent now."),
            "" if known.in_stock else no_stock,
        ),
        Factor(
            _("Reviews"),
            round(100 * each.stars),
            _("A little more above four stars, a little less below; 1.00 without reviews."),
            stars if each.stars <= 1 else "",
        ),
    ]
