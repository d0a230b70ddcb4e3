"""A wish as it stands in an address, both ways: a shared link, a saved search and Back agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qsl, urlencode

from marketplace.accounts.rules import COUNTRIES
from marketplace.listings.queries.search import Wish
from marketplace.money import currency_digits, scaled
from marketplace.shops.models import Standing

TEXT_AT_MOST = 100
SORTS = ("best", "newest", "price_up", "price_down")
# Larger than any price; what is typed beyond it means "no limit".
_MOST_MINOR = 10**15


def wish_from(said: Mapping[str, str]) -> Wish:
    """Read a wish from an address's parameters. What makes no sense there is left out.

    Prices are whole or decimal units of `currency`, as people type them.
    """
    text = " ".join(_word(said, "q").split())[:TEXT_AT_MOST].strip()
    currency = _word(said, "currency").upper()
    currency = currency if len(currency) == 3 and currency.isascii() and currency.isalpha() else ""
    country, standing, sort = _word(said, "country"), _word(said, "standing"), _word(said, "sort")
    return Wish(
        text=text,
        category=_word(said, "category")[:60],
        country=country if country in COUNTRIES else "",
        standing=standing if standing in Standing.values else "",
        currency=currency,
        price_from_minor=_minor(_word(said, "from"), currency),
        price_to_minor=_minor(_word(said, "to"), currency),
        in_stock=_word(said, "stock") == "1",
        sort=sort if sort in SORTS else "best",
    )


def said_of(wish: Wish) -> dict[str, str]:
    """Return the parameters that `wish_from` reads as this wish, in a fixed order."""
    said = {
        "q": wish.text,
        "category": wish.category,
        "country": wish.country,
        "standing": wish.standing,
        "currency": wish.currency,
        "from": _typed(wish.price_from_minor, wish.currency),
        "to": _typed(wish.price_to_minor, wish.currency),
        "stock": "1" if wish.in_stock else "",
        "sort": "" if wish.sort == "best" else wish.sort,
    }
    return {name: value for name, value in said.items() if value}


def address_of(wish: Wish) -> str:
    """Return a wish as the query part of an address, the same for the same wish."""
    return urlencode(said_of(wish))


def wish_in(query: str) -> Wish:
    """Read a wish from the query part of an address."""
    try:
        return wish_from(dict(parse_qsl(query, max_num_fields=50)))
    except ValueError:  # a hundred fields: no page of ours wrote that
        return Wish()


def without_order(wish: Wish) -> Wish:
    """Return a wish by what it finds alone."""
    return replace(wish, sort="best")


def newest_first(wish: Wish) -> Wish:
    """Return the same wish with what came last on top."""
    return replace(wish, sort="newest")


def _word(said: Mapping[str, str], name: str) -> str:
    # PostgreSQL text cannot hold NUL.
    return said.get(name, "").replace("\x00", "").strip()


def _minor(typed: str, currency: str) -> int | None:
    if not typed or not currency or len(typed) > 20:
        return None
    try:
        amount = Decimal(typed.replace(",", "."))
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount <= _MOST_MINOR:
        return None
    minor = int(amount.scaleb(currency_digits(currency)))
    return minor if minor <= _MOST_MINOR else None


def _typed(amount_minor: int | None, currency: str) -> str:
    if amount_minor is None or not currency:
        return ""
    return f"{scaled(amount_minor, currency_digits(currency)).normalize():f}"
