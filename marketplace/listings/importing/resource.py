"""The columns of a table of goods: each reads a cell, and writes what it read back unchanged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field
from import_export.resources import Diff, Resource
from import_export.widgets import Widget

from marketplace.accounts.rules import one_line
from marketplace.listings.importing import rules
from marketplace.money import currency_digits, scaled
from marketplace.shops.amounts import read_amount

# More than any shop of this market keeps, and far below the column's limit.
PIECES_MAX = 1_000_000
LEAST_MAX = 999
TITLE_MAX, CHOICE_MAX, NUMBER_MAX, DESCRIPTION_MAX = 120, 80, 60, 5_000

# What stands above the columns of our own tables.
LABELS: Mapping[str, Any] = {
    "sku": gettext_lazy("Number"),
    "goods": gettext_lazy("Goods number"),
    "title": gettext_lazy("Title"),
    "shelf": gettext_lazy("Shelf"),
    "description": gettext_lazy("Description"),
    "choice": gettext_lazy("Choice"),
    "price": gettext_lazy("Price"),
    "stock": gettext_lazy("Stock"),
    "seen": gettext_lazy("Stock when exported"),
    "least": gettext_lazy("Smallest order"),
    "low_stock": gettext_lazy("Low stock"),
    "from_1": gettext_lazy("From pieces 1"),
    "each_1": gettext_lazy("Price each 1"),
    "from_2": gettext_lazy("From pieces 2"),
    "each_2": gettext_lazy("Price each 2"),
    "from_3": gettext_lazy("From pieces 3"),
    "each_3": gettext_lazy("Price each 3"),
    "photos": gettext_lazy("Photos"),
}


class WrongCell(ValueError):
    """A cell that cannot be read; its words are for the seller."""


@dataclass(frozen=True, slots=True)
class Goods:
    """One buyable choice with the words of its listing: one row of the table.

    `shelf` is the category's id; prices are minor units of the shop's currency. None: not said.
    """

    sku: str | None = None
    goods: str | None = None
    title: str | None = None
    shelf: int | None = None
    description: str | None = None
    choice: str | None = None
    price: int | None = None
    stock: int | None = None
    seen: int | None = None
    least: int | None = None
    low_stock: int | None = None
    from_1: int | None = None
    each_1: int | None = None
    from_2: int | None = None
    each_2: int | None = None
    from_3: int | None = None
    each_3: int | None = None
    photos: tuple[str, ...] | None = None

    def with_said(self, said: Goods, *names: str) -> Goods:
        """Return these goods with what `said` says of `names`; an empty cell changes nothing."""
        values = {name: getattr(said, name) for name in names}
        return replace(self, **{name: value for name, value in values.items() if value is not None})

    def ladder(self) -> tuple[tuple[int, int], ...]:
        """Return the whole steps as (from so many pieces, price each)."""
        steps = [(getattr(self, f"from_{n}"), getattr(self, f"each_{n}")) for n in (1, 2, 3)]
        return tuple((pieces, each) for pieces, each in steps if pieces and each)


@dataclass(slots=True)
class Parsed:
    """What a row says, and what is wrong with it: (field, sentence)."""

    said: Goods
    wrong: list[tuple[str, str]] = field(default_factory=list)


class Line(Widget):
    """One line of text of at most `most` characters."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def clean(self, value: str, **_told: object) -> str | None:
        """Return the line, None for an empty cell."""
        text = one_line(rules.plain_text(value))
        return _not_longer(text, self.most) or None

    def render(self, value: Any, **_told: object) -> str:
        """Return it as `clean` reads it."""
        return one_line(rules.plain_text(value or ""))


class Text(Line):
    """Text with line breaks."""

    def clean(self, value: str, **_told: object) -> str | None:
        """Return the text, None for an empty cell."""
        return _not_longer(rules.plain_text(value), self.most) or None

    def render(self, value: Any, **_told: object) -> str:
        """Return it as `clean` reads it."""
        return rules.plain_text(value or "")


class Amount(Widget):
    """An amount as people type it, in minor units of a currency with so many decimals."""

    def __init__(self, digits: int) -> None:
        super().__init__()
        self.digits = digits

    def clean(self, value: str, **_told: object) -> int | None:
        """Return minor units, exactly; None for an empty cell."""
        text = value.strip()
        if not text:
            return None
        try:
            amount_minor = read_amount(text, digits=self.digits)
        except ValueError as error:
            raise WrongCell(self._words(str(error), text)) from error
        if amount_minor == 0:
            raise WrongCell(_("Write a price above zero."))
        return amount_minor

    def render(self, value: Any, **_told: object) -> str:
        """Return major units with a dot, such as 12.50."""
        return "" if value is None else f"{scaled(value, self.digits):f}"

    def _words(self, code: str, text: str) -> str:
        named = {"text": _short(text), "digits": self.digits}
        if code == "range":
            return _("“%(text)s” is too large an amount.") % named
        if code == "decimals" and self.digits:
            return _("“%(text)s” has more than %(digits)d digits after the comma or dot.") % named
        if not self.digits:
            return _("“%(text)s” is not an amount; write a whole number, such as 1200.") % named
        return _("“%(text)s” is not an amount; write it such as 12.50 or 12,50.") % named


class Pieces(Widget):
    """A whole number from `least` to `most`."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__()
        self.least = least
        self.most = most

    def clean(self, value: str, **_told: object) -> int | None:
        """Return the number, None for an empty cell."""
        text = value.strip()
        if not text:
            return None
        match = re.fullmatch(r"(\d{1,9})([.,]0+)?", re.sub(r"[\s'’]", "", text))
        if match is None:
            raise WrongCell(_("“%(text)s” is not a whole number.") % {"text": _short(text)})
        number = int(match[1])
        if not self.least <= number <= self.most:
            raise WrongCell(
                _("%(number)d is not between %(least)d and %(most)d.")
                % {"number": number, "least": self.least, "most": self.most}
            )
        return number

    def render(self, value: Any, **_told: object) -> str:
        """Return the digits."""
        return "" if value is None else str(value)


class Shelf(Widget):
    """A category by its name or short name, in any case."""

    def __init__(self, shelves: Sequence[tuple[int, str, str]]) -> None:
        super().__init__()
        self.names = {pk: name for pk, _slug, name in shelves}
        slugs = {slug.casefold(): pk for pk, slug, _name in shelves}
        self.known = {**slugs, **{name.casefold(): pk for pk, name in self.names.items()}}

    def clean(self, value: str, **_told: object) -> int | None:
        """Return the category's id, None for an empty cell."""
        text = one_line(value)
        if not text:
            return None
        found = self.known.get(text.casefold())
        if found is None:
            raise WrongCell(
                _("There is no shelf “%(text)s”. The template lists them all.")
                % {"text": _short(text)}
            )
        return found

    def render(self, value: Any, **_told: object) -> str:
        """Return the name."""
        return self.names.get(value, "")


class Photos(Widget):
    """Names of photos in the ZIP; `known`: small letters → name, None without a ZIP."""

    def __init__(self, known: Mapping[str, str] | None, most: int) -> None:
        super().__init__()
        self.known = known
        self.most = most

    def clean(self, value: str, **_told: object) -> tuple[str, ...] | None:
        """Return the names as the ZIP has them, None for an empty cell."""
        names = rules.photo_names(rules.plain_text(value), self.known or {})
        if not names:
            return None
        if self.known is None:
            raise WrongCell(_("Photos are named here, but no ZIP with photos was sent."))
        missing = [name for name in names if name.casefold() not in self.known]
        if missing:
            raise WrongCell(
                _("There is no photo “%(text)s” in the ZIP.") % {"text": _short(missing[0])}
            )
        if len(names) > self.most:
            raise WrongCell(_("A listing has at most %(most)d photos.") % {"most": self.most})
        return tuple(self.known[name.casefold()] for name in names)

    def render(self, value: Any, **_told: object) -> str:
        """Return the names."""
        return "; ".join(value or ())


class GoodsResource(Resource):
    """The table of one shop's goods. Reads and writes cells; it never touches a row of ours."""

    def __init__(
        self,
        *,
        currency: str,
        shelves: Sequence[tuple[int, str, str]],
        photos: Mapping[str, str] | None = None,
        photos_max: int = 0,
    ) -> None:
        super().__init__()
        amount = Amount(currency_digits(currency))
        widgets: dict[str, Widget] = {
            "sku": Line(NUMBER_MAX),
            "goods": Line(NUMBER_MAX),
            "title": Line(TITLE_MAX),
            "shelf": Shelf(shelves),
            "description": Text(DESCRIPTION_MAX),
            "choice": Line(CHOICE_MAX),
            "price": amount,
            "stock": Pieces(0, PIECES_MAX),
            "seen": Pieces(0, PIECES_MAX),
            "least": Pieces(1, LEAST_MAX),
            "low_stock": Pieces(0, PIECES_MAX),
            "photos": Photos(photos, photos_max),
        }
        for name in rules.LADDER:
            widgets[name] = amount if name.startswith("each") else Pieces(2, PIECES_MAX)
        for name in rules.FIELDS:
            self.fields[name] = Field(attribute=name, column_name=name, widget=widgets[name])

    def parse(self, cells: Mapping[str, str]) -> Parsed:
        """Read the mapped cells of one row (field → text as the file has it)."""
        row = {name: rules.unguarded(text) for name, text in cells.items()}
        said: dict[str, Any] = {}
        wrong: list[tuple[str, str]] = []
        for name in row:
            try:
                said[name] = self.fields[name].clean(row)
            except WrongCell as error:
                wrong.append((name, str(error)))
        return Parsed(Goods(**said), wrong)

    def differing(self, before: Goods, after: Goods) -> list[tuple[str, str, str]]:
        """Return (field, before, after) of each column that would read differently."""
        diff = Diff(self, before, False)
        diff.compare_with(self, after)
        names = [column.column_name for column in self.get_import_fields()]
        pairs = zip(names, diff.left, diff.right, strict=True)
        return [(name, left, right) for name, left, right in pairs if left != right]

    def row(self, goods: Goods) -> list[str]:
        """Return the cells of one row, safe to open in a spreadsheet."""
        return [rules.guarded(str(text)) for text in self.export_resource(goods)]


def headers() -> list[str]:
    """Return what stands above our own columns."""
    return [str(LABELS[name]) for name in rules.FIELDS]


def _not_longer(text: str, most: int) -> str:
    if len(text) > most:
        raise WrongCell(
            _("This holds %(long)d characters; at most %(most)d fit.")
            % {"long": len(text), "most": most}
        )
    return text


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
