"""Baskets: what a cart costs at this moment, shop by shop, with every rule that applies."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, prefetch_related_objects

from marketplace.listings.models import PriceTier
from marketplace.orders import rules
from marketplace.orders.models import Cart, CartLine
from marketplace.shops.models import Discount, ShippingMethod, Shop
from marketplace.trade import queries as trade

NO_METHOD = 0  # a shop that names no ways of sending has one flat price


@dataclass(frozen=True, slots=True)
class Sending:
    """One way to send a shop's part, with its price in minor units. `method_id` 0 is flat."""

    method_id: int
    name: str
    price_minor: int
    days_min: int | None = None
    days_max: int | None = None
    tracked: bool = False


@dataclass(frozen=True, slots=True)
class NextDiscount:
    """What a shop takes off once its goods are worth so many minor units more."""

    missing_minor: int
    percent_bp: int

    @property
    def percent(self) -> str:
        """The discount as people read it."""
        return f"{self.percent_bp / 100:g}"


@dataclass(frozen=True, slots=True)
class ShopPart:
    """What a cart holds from one shop. Amounts in minor units, tax included."""

    shop: Shop
    lines: Sequence[CartLine]
    priced: Sequence[rules.Priced]
    sendings: Sequence[Sending]
    chosen: Sending | None
    tax_rate_bp: int | None
    country: str = ""
    next_discount: NextDiscount | None = None

    @property
    def priced_lines(self) -> Sequence[tuple[CartLine, rules.Priced]]:
        """Each line as it was put into the cart, with how its variant is priced in all."""
        by_variant = {one.variant_id: one for one in self.priced}
        return [(line, by_variant[line.variant_id]) for line in self.lines]

    @property
    def crosses_a_border(self) -> bool:
        """Whether the parcel goes to another country: its duty and import tax are not known."""
        return bool(self.country) and self.country != self.shop.country

    @property
    def full_minor(self) -> int:
        """Goods before discount, without shipping."""
        return sum(line.full_minor for line in self.priced)

    @property
    def tax_percent(self) -> str:
        """The domestic tax rate as people read it; empty where none is inside the prices."""
        return f"{self.tax_rate_bp / 100:g}" if self.tax_rate_bp else ""

    @property
    def goods_minor(self) -> int:
        """Goods after discount, without shipping."""
        return sum(line.total_minor for line in self.priced)

    @property
    def discount_minor(self) -> int:
        """What the shop takes off."""
        return sum(line.discount_minor for line in self.priced)

    @property
    def shipping_minor(self) -> int:
        """The chosen way of sending; 0 while the shop cannot send to that country."""
        return self.chosen.price_minor if self.chosen else 0

    @property
    def total_minor(self) -> int:
        """Goods and shipping; duty and import tax are not in it."""
        return self.goods_minor + self.shipping_minor

    @property
    def line_taxes_minor(self) -> Sequence[int]:
        """The domestic tax inside each line's price, rounded once per line."""
        return [rules.tax_inside(line.total_minor, self.tax_rate_bp or 0) for line in self.priced]

    @property
    def shipping_tax_minor(self) -> int:
        """The domestic tax inside the shipping."""
        return rules.tax_inside(self.shipping_minor, self.tax_rate_bp or 0)

    @property
    def tax_minor(self) -> int:
        """The domestic tax inside the total."""
        return sum(self.line_taxes_minor) + self.shipping_tax_minor


@dataclass(frozen=True, slots=True)
class Basket:
    """A cart as the buyer sees it: one part per shop, one total per currency."""

    parts: Sequence[ShopPart]
    cart_id: int | None = None
    country: str = ""

    @property
    def crosses_a_border(self) -> bool:
        """Whether a part may: also while nobody has said where it goes."""
        return not self.country or any(part.crosses_a_border for part in self.parts)

    @property
    def totals(self) -> Mapping[str, int]:
        """Minor units to pay, by currency."""
        sums: Counter[str] = Counter()
        for part in self.parts:
            sums[part.shop.currency] += part.total_minor
        return dict(sorted(sums.items()))

    @property
    def seen(self) -> str:
        """What the page shows as one short text, sent back with the form.

        The totals, and a digest of what they are made of for each shop: a discount that ends
        while shipping grows by the same amount is a change all the same.
        """
        made_of = [
            (
                part.shop.pk,
                part.chosen.method_id if part.chosen else None,
                part.goods_minor,
                part.discount_minor,
                part.shipping_minor,
                part.tax_minor,
            )
            for part in self.parts
        ]
        totals = ",".join(f"{code}:{amount}" for code, amount in self.totals.items())
        return f"{totals}#{hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]}"


def basket(
    *,
    cart_id: int,
    country: str = "",
    choices: Mapping[int, int] | None = None,
    at: datetime,
) -> Basket:
    """Return a cart's lines grouped by shop, at the prices and rules of the moment `at`.

    `country` (ISO 3166-1) is where the parcel goes: it decides the ways of sending, and the
    tax of shops at home there. `choices` maps shop ids to ways of sending; without one the
    cheapest is taken. A constant number of queries whatever the cart holds.
    """
    lines = list(CartLine.objects.filter(cart_id=cart_id).select_related("variant__listing__shop"))
    by_shop: dict[int, list[CartLine]] = defaultdict(list)
    for line in lines:
        by_shop[line.variant.listing.shop_id].append(line)
    facts = _facts(lines, list(by_shop), country, at)
    picked = choices or {}
    parts = [_part(by_shop[one], facts, country, picked.get(one)) for one in sorted(by_shop)]
    return Basket(parts, cart_id, country)


def shown(
    *, cart_id: int, country: str, choices: Mapping[int, int] | None = None, at: datetime
) -> Basket:
    """Return the basket for a page: a way that does not lead there gives way to the cheapest."""
    found = basket(cart_id=cart_id, country=country, choices=choices, at=at)
    parts = [
        replace(part, chosen=part.chosen or next(iter(part.sendings), None)) for part in found.parts
    ]
    return Basket(parts, cart_id, country)


def agreed_part(
    *,
    lines: Sequence[CartLine],
    unit_prices_minor: Mapping[int, int],
    sending: Sending,
    country: str,
    at: datetime,
) -> ShopPart:
    """Return one shop's part at unit prices agreed beforehand, by variant; no discount applies.

    The tax inside is that of any other order. `lines` are of one shop, a line a variant.
    """
    shop = lines[0].variant.listing.shop
    priced = [
        rules.Priced(
            line.variant_id, _title(line), unit_prices_minor[line.variant_id], line.quantity
        )
        for line in sorted(lines, key=lambda one: one.variant_id)
    ]
    rates = trade.tax_rates_bp(countries=[country], at=at) if shop.country == country else {}
    return ShopPart(shop, lines, priced, [sending], sending, rates.get(country), country)


def with_pictures(found: Basket) -> Basket:
    """Fetch the photos of every listing in a basket, in one query for all of them."""
    listings = [line.variant.listing for part in found.parts for line in part.lines]
    prefetch_related_objects(listings, "photos")
    return found


@dataclass(frozen=True, slots=True)
class _Facts:
    tiers: Mapping[int, list[tuple[int, int]]]
    discounts: Mapping[int, list[Discount]]
    methods: Mapping[int, list[ShippingMethod]]
    tax_bp: int | None


def _facts(lines: Sequence[CartLine], shop_ids: list[int], country: str, at: datetime) -> _Facts:
    tiers: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for tier in PriceTier.objects.filter(variant__in={line.variant_id for line in lines}):
        tiers[tier.variant_id].append((tier.from_quantity, tier.price_minor))
    discounts: dict[int, list[Discount]] = defaultdict(list)
    running = Q(until=None) | Q(until__gt=at)
    for discount in Discount.objects.filter(running, shop__in=shop_ids, since__lte=at):
        discounts[discount.shop_id].append(discount)
    methods: dict[int, list[ShippingMethod]] = defaultdict(list)
    for method in ShippingMethod.objects.filter(shop__in=shop_ids, active=True):
        methods[method.shop_id].append(method)
    rates = trade.tax_rates_bp(countries=[country], at=at) if country else {}
    return _Facts(tiers, discounts, methods, rates.get(country))


def _part(lines: Sequence[CartLine], facts: _Facts, country: str, wanted: int | None) -> ShopPart:
    shop = lines[0].variant.listing.shop
    priced = _priced(lines, facts)
    goods = sum(line.total_minor for line in priced)
    reached = [one.percent_bp for one in facts.discounts[shop.pk] if goods >= one.from_minor]
    priced = rules.discounted(priced, max(reached, default=0))
    sendings = _sendings(shop, priced, facts.methods[shop.pk], country)
    return ShopPart(
        shop=shop,
        lines=lines,
        priced=priced,
        sendings=sendings,
        chosen=next((one for one in sendings if one.method_id == wanted), None)
        or (sendings[0] if sendings and wanted is None else None),
        tax_rate_bp=facts.tax_bp if shop.country == country else None,
        country=country,
        next_discount=_next_discount(goods, facts.discounts[shop.pk], max(reached, default=0)),
    )


def _next_discount(
    goods_minor: int, discounts: Sequence[Discount], percent_bp: int
) -> NextDiscount | None:
    ahead = [
        NextDiscount(one.from_minor - goods_minor, one.percent_bp)
        for one in discounts
        if one.from_minor > goods_minor and one.percent_bp > percent_bp
    ]
    return min(ahead, key=lambda one: one.missing_minor, default=None)


def _priced(lines: Sequence[CartLine], facts: _Facts) -> list[rules.Priced]:
    """Return one line per variant: many lines of one variant reach a price tier together."""
    merged = rules.merged(
        rules.Priced(line.variant_id, _title(line), line.variant.price_minor, line.quantity)
        for line in lines
    )
    return [
        rules.Priced(
            line.variant_id,
            line.title,
            rules.unit_price(line.unit_price_minor, line.quantity, facts.tiers[line.variant_id]),
            line.quantity,
            next_tier=rules.next_tier(
                line.unit_price_minor, line.quantity, facts.tiers[line.variant_id]
            ),
        )
        for line in merged
    ]


def _sendings(
    shop: Shop, priced: Sequence[rules.Priced], methods: Sequence[ShippingMethod], country: str
) -> list[Sending]:
    if not methods:
        return [Sending(NO_METHOD, "", shop.shipping_minor)]
    pieces = sum(line.quantity for line in priced)
    goods = sum(line.total_minor for line in priced)
    found = [
        Sending(
            method.pk,
            method.name,
            rules.shipping_price(
                pieces=pieces,
                goods_minor=goods,
                first_minor=method.first_minor,
                further_minor=method.each_further_minor,
                free_from=method.free_from_minor,
            ),
            method.days_min,
            method.days_max,
            method.tracked,
        )
        for method in methods
        if not (country and method.countries) or country in method.countries
    ]
    return sorted(found, key=lambda one: (one.price_minor, one.method_id))


def _title(line: CartLine) -> str:
    name = line.variant.name
    return f"{line.variant.listing.title}, {name}" if name else line.variant.listing.title


def too_few(parts: Sequence[ShopPart]) -> list[CartLine]:
    """Return a line of each variant of which less than its smallest order is in the cart."""
    found = []
    for part in parts:
        quantities = {line.variant_id: line.quantity for line in part.priced}
        seen: set[int] = set()
        for line in part.lines:
            least = line.variant.least_quantity
            if quantities[line.variant_id] < least and line.variant_id not in seen:
                seen.add(line.variant_id)
                found.append(line)
    return found


def open_cart_of(user_id: int) -> Cart | None:
    """Return the person's open cart, if there is one."""
    return Cart.objects.filter(buyer_id=user_id, checked_out_at=None).first()
