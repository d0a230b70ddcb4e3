"""The crowd's shops and buyers as the database knows them, and the rules of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from marketplace.accounts.models import User
from marketplace.listings.models import Variant
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop
from marketplace.trade import queries as trade


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a listing, as an order line names and prices it (minor units)."""

    variant_id: int
    title: str
    price_minor: int


@dataclass(frozen=True, slots=True)
class Stall:
    """One shop: its listings, each with its choices. Shipping is flat, in minor units."""

    shop_id: int
    owner_id: int
    country: str
    currency: str
    shipping_minor: int
    shelf: tuple[tuple[Choice, ...], ...]


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody who buys."""

    user_id: int
    name: str
    country: str


@dataclass(frozen=True, slots=True)
class DayRules:
    """What the rulebook and the tax rates say on a day. `tax_bp` by country."""

    commission_bp: int
    to_pay: timedelta
    to_send: timedelta
    to_confirm: timedelta
    to_confirm_delivered: timedelta
    tax_bp: dict[str, int]


@dataclass(slots=True)
class House:
    """All of them, by their numbers in the plan."""

    stalls: Sequence[Stall]
    buyers: Sequence[Buyer]
    _days: dict[date, DayRules] = field(default_factory=dict)

    def rules(self, at: datetime) -> DayRules:
        """Return the rules of a moment's day; read once a day."""
        if at.date() not in self._days:
            self._days[at.date()] = _rules(at, {stall.country for stall in self.stalls})
        return self._days[at.date()]


def _rules(at: datetime, countries: set[str]) -> DayRules:
    def days(name: str) -> timedelta:
        return timedelta(days=rulebook.value(name, at=at))

    return DayRules(
        commission_bp=rulebook.value("orders.commission_bp", at=at),
        to_pay=timedelta(minutes=rulebook.value("orders.payment_minutes", at=at)),
        to_send=days("orders.ship_days"),
        to_confirm=days("orders.confirm_days"),
        to_confirm_delivered=days("orders.delivered_confirm_days"),
        tax_bp=trade.tax_rates_bp(countries=countries, at=at),
    )


def load(*, shop_ids: Sequence[int], user_ids: Sequence[int]) -> House:
    """Read shops with their goods, and buyers, in the order of their ids here."""
    shops = Shop.objects.in_bulk(shop_ids)
    users = User.objects.in_bulk(user_ids)
    return House(
        [_stall(shops[pk]) for pk in shop_ids],
        [Buyer(pk, users[pk].display_name, users[pk].country) for pk in user_ids],
    )


def _stall(shop: Shop) -> Stall:
    variants = Variant.objects.filter(listing__shop=shop).select_related("listing")
    by_listing = groupby(variants.order_by("listing_id", "pk"), key=lambda one: one.listing_id)
    return Stall(
        shop_id=shop.pk,
        owner_id=shop.owner_id,
        country=shop.country,
        currency=shop.currency,
        shipping_minor=shop.shipping_minor,
        shelf=tuple(tuple(_choice(one) for one in choices) for _, choices in by_listing),
    )


def _choice(variant: Variant) -> Choice:
    title = variant.listing.title
    if variant.name:
        title = f"{title}, {variant.name}"
    return Choice(variant.pk, title, variant.price_minor)
