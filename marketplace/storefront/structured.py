"""What pages say to machines: schema.org data as JSON-LD.

A block of data is never run, so the content policy needs no exception for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from marketplace.care.queries import Stars
from marketplace.listings.models import Variant
from marketplace.money import currency_digits, scaled
from marketplace.shops.models import ShippingMethod, Shop
from marketplace.storefront.queries import Shown

_CONTEXT = "https://schema.org"
# The only letters that could end a script element or begin a comment in it; JSON reads them back.
_ESCAPED = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def block(data: Mapping[str, Any]) -> SafeString:
    """Return a JSON-LD object as the text of a script element; no text of a seller leaves it."""
    text = json.dumps({"@context": _CONTEXT, **data}, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPED))  # noqa: S308


def product(
    *, shown: Shown, ways: Sequence[ShippingMethod], address: str, pictures: Sequence[str]
) -> SafeString:
    """Describe goods on sale, with what they cost, whether there are any, and who sells them."""
    listing = shown.listing
    data: dict[str, Any] = {
        "@type": "Product",
        "name": listing.title,
        "description": listing.description or listing.title,
        "url": address,
        "category": listing.category.name,
        "offers": _offers(listing.shop, shown.variants, ways, address),
    }
    if pictures:
        data["image"] = list(pictures)
    if shown.stars.count:
        data["aggregateRating"] = _rating(shown.stars)
    return block(data)


def organization(*, shop: Shop, stars: Stars, address: str, picture: str) -> SafeString:
    """Describe a shop."""
    data: dict[str, Any] = {
        "@type": "Organization",
        "name": shop.name,
        "url": address,
        "description": shop.story or shop.name,
        "address": {"@type": "PostalAddress", "addressCountry": shop.country},
    }
    if picture:
        data["image"] = picture
    if stars.count:
        data["aggregateRating"] = _rating(stars)
    return block(data)


def breadcrumbs(steps: Sequence[tuple[str, str]]) -> SafeString:
    """Describe the way to a page as (name, whole address), from the top."""
    items = [
        {"@type": "ListItem", "position": number, "name": name, "item": address}
        for number, (name, address) in enumerate(steps, start=1)
    ]
    return block({"@type": "BreadcrumbList", "itemListElement": items})


def _offers(
    shop: Shop, variants: Sequence[Variant], ways: Sequence[ShippingMethod], address: str
) -> dict[str, Any]:
    prices = sorted(variant.price_minor for variant in variants)
    there = "InStock" if any(variant.free > 0 for variant in variants) else "OutOfStock"
    data: dict[str, Any] = {
        "@type": "Offer",
        "url": address,
        "priceCurrency": shop.currency,
        "availability": f"{_CONTEXT}/{there}",
        "seller": {"@type": "Organization", "name": shop.name},
    }
    if not prices:
        return data
    if prices[0] == prices[-1]:
        data["price"] = _decimal(prices[0], shop.currency)
    else:
        data["@type"], data["offerCount"] = "AggregateOffer", len(prices)
        data["lowPrice"] = _decimal(prices[0], shop.currency)
        data["highPrice"] = _decimal(prices[-1], shop.currency)
    if ways:
        data["shippingDetails"] = [_shipping(way, shop.currency) for way in ways]
    return data


def _shipping(way: ShippingMethod, currency: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "@type": "OfferShippingDetails",
        "shippingRate": {
            "@type": "MonetaryAmount",
            "value": _decimal(way.first_minor, currency),
            "currency": currency,
        },
        "deliveryTime": {
            "@type": "ShippingDeliveryTime",
            "transitTime": {
                "@type": "QuantitativeValue",
                "minValue": way.days_min,
                "maxValue": way.days_max,
                "unitCode": "DAY",
            },
        },
    }
    if way.countries:
        data["shippingDestination"] = [
            {"@type": "DefinedRegion", "addressCountry": code} for code in way.countries
        ]
    return data


def _rating(stars: Stars) -> dict[str, Any]:
    return {"@type": "AggregateRating", "ratingValue": stars.mean, "reviewCount": stars.count}


def _decimal(amount_minor: int, currency: str) -> str:
    return str(scaled(amount_minor, currency_digits(currency)))
