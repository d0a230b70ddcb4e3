"""How goods look over the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from marketplace.developers.ground.paging import PageQuery
from marketplace.developers.ground.shapes import BIGGEST, Shape, Text, Whole, amount_help
from marketplace.listings.forms import PIECES_MAX
from marketplace.listings.models import Listing, ListingState, Photo, Variant, photo_path

IDS_MAX = BIGGEST
CHOICES_MAX = 40
SORTS = ("newest", "best", "price_up", "price_down")


def absolute(path: str) -> str:
    """Return an address that works outside of this site; null's stand-in "" stays."""
    return f"{settings.SITE_URL.rstrip('/')}{path}" if path else ""


class CatalogueQuery(PageQuery):
    """What to look for. Without words and with `sort=newest` the whole catalogue can be read."""

    q = serializers.CharField(required=False, max_length=200, help_text="words to look for")
    category = serializers.SlugField(required=False, help_text="slug of a category")
    country = serializers.RegexField(
        r"^[A-Z]{2}$", required=False, help_text="of the shop, ISO 3166-1 alpha-2"
    )
    sort = serializers.ChoiceField(
        choices=SORTS,
        required=False,
        help_text="best when there are words, newest when there are none",
    )


class CardShape(Shape):
    """Goods on sale, as a list shows them."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    shop = serializers.CharField(help_text="slug of the shop")
    category = serializers.CharField(help_text="slug of the category")
    currency = serializers.CharField(help_text="ISO 4217")
    lowest_price_minor = serializers.IntegerField(
        allow_null=True, help_text=amount_help("the cheapest choice")
    )
    in_stock = serializers.BooleanField()
    thumb = serializers.CharField(help_text="address of a small picture, or empty")
    published_at = serializers.DateTimeField()
    web = serializers.CharField(help_text="address of its page for people")


class CategoryShape(Shape):
    """A shelf of the market."""

    slug = serializers.CharField()
    name = serializers.CharField()


class CategoriesShape(Shape):
    """All shelves."""

    items = CategoryShape(many=True)


class TierShape(Shape):
    """A lower price from so many pieces on."""

    from_quantity = Whole(min_value=2, max_value=PIECES_MAX)
    price_minor = Whole(min_value=1, help_text="each")


class ChoiceShape(Shape):
    """One buyable choice as buyers see it."""

    id = serializers.IntegerField(help_text="what goes into a cart")
    name = serializers.CharField(help_text="empty when it is the only one")
    price_minor = serializers.IntegerField(help_text=amount_help("price each"))
    least_quantity = serializers.IntegerField(help_text="smallest order")
    free = serializers.IntegerField(help_text="pieces that can be bought now")
    tiers = TierShape(many=True)


class PhotoShape(Shape):
    """A picture; the addresses can be kept for ever."""

    id = serializers.IntegerField()
    large = serializers.CharField()
    thumb = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class ListingShape(Shape):
    """Goods on sale, with all that their page says."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField()
    shop = serializers.CharField(help_text="slug of the shop")
    category = serializers.CharField(help_text="slug of the category")
    currency = serializers.CharField(help_text="ISO 4217")
    variants = ChoiceShape(many=True)
    photos = PhotoShape(many=True)
    published_at = serializers.DateTimeField()
    web = serializers.CharField(help_text="address of its page for people")


class OwnChoiceShape(ChoiceShape):
    """One choice as its shop sees it."""

    on_hand = serializers.IntegerField(help_text="pieces in the shop")
    reserved = serializers.IntegerField(help_text="of them kept for open checkouts")
    sold = serializers.IntegerField()
    low_stock_at = serializers.IntegerField()


class GoodShape(Shape):
    """Own goods, in whatever state."""

    id = serializers.IntegerField()
    shop = serializers.CharField(help_text="slug of the shop")
    state = serializers.ChoiceField(choices=ListingState.values)
    title = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField(help_text="slug of the category")
    currency = serializers.CharField(help_text="ISO 4217")
    content_version = serializers.IntegerField()
    variants = OwnChoiceShape(many=True)
    photos = PhotoShape(many=True)
    created_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)


class OwnQuery(PageQuery):
    """Which of one's own goods."""

    state = serializers.ChoiceField(choices=ListingState.values, required=False)


class NewGoodShape(Shape):
    """A new draft."""

    shop = Text(max_length=90, help_text="slug of your shop")
    category = Text(max_length=60, help_text="slug of the category")
    title = Text(max_length=120)
    description = Text(max_length=5000, required=False, allow_blank=True, default="")


class ChangeShape(Shape):
    """Words to change; what is left out stays."""

    category = Text(max_length=60, required=False, help_text="slug of the category")
    title = Text(max_length=120, required=False)
    description = Text(max_length=5000, required=False, allow_blank=True)


class VariantIn(Shape):
    """One choice as it shall be."""

    id = Whole(required=False, min_value=1, max_value=IDS_MAX, help_text="none: a new choice")
    name = Text(max_length=80, required=False, allow_blank=True, default="")
    price_minor = Whole(min_value=1, help_text="in minor units of the shop's currency")
    on_hand = Whole(max_value=PIECES_MAX)
    seen_on_hand = Whole(
        max_value=PIECES_MAX,
        required=False,
        help_text="what you read before: sales since then are taken off; none: as you now say",
    )
    tiers = TierShape(many=True, required=False)
    least_quantity = Whole(min_value=1, max_value=999, required=False)
    low_stock_at = Whole(max_value=PIECES_MAX, required=False)


class VariantsIn(Shape):
    """Choices to write; those that are left out stay, in a draft they go."""

    variants = serializers.ListField(child=VariantIn(), min_length=1, max_length=CHOICES_MAX)


class PhotoIn(Shape):
    """A picture, as multipart/form-data."""

    photo = serializers.FileField(help_text="JPEG, PNG, WebP or HEIC; at most 15 MB")


class CountIn(Shape):
    """The pieces of one choice."""

    variant_id = Whole(min_value=1, max_value=IDS_MAX)
    counted = Whole(max_value=PIECES_MAX, help_text="pieces on the shelf")
    seen = Whole(
        max_value=PIECES_MAX,
        required=False,
        help_text="what you read before; sales since then are taken off",
    )


class CountsIn(Shape):
    """Stock of many choices: all of it, or nothing."""

    counts = serializers.ListField(child=CountIn(), min_length=1, max_length=500)


class CountedShape(Shape):
    """Stock of one choice after the count."""

    variant_id = serializers.IntegerField()
    on_hand = serializers.IntegerField()
    reserved = serializers.IntegerField()


class CountsShape(Shape):
    """Stock after the count."""

    items = CountedShape(many=True)


def photo(one: Photo) -> dict[str, Any]:
    """Return a picture."""
    return {
        "id": one.pk,
        "large": absolute(one.large_url),
        "thumb": absolute(one.thumb_url),
        "width": one.width,
        "height": one.height,
    }


def choice(one: Variant) -> dict[str, Any]:
    """Return a choice with its ladder; prefetch `tiers`."""
    tiers = [
        {"from_quantity": t.from_quantity, "price_minor": t.price_minor} for t in one.tiers.all()
    ]
    own = ("name", "price_minor", "least_quantity", "free", "on_hand", "reserved", "sold")
    found = {name: getattr(one, name) for name in own}
    return {"id": one.pk, **found, "low_stock_at": one.low_stock_at, "tiers": tiers}


def whole(listing: Listing) -> dict[str, Any]:
    """Return all facts of a listing; prefetch photos and variants with their tiers."""
    return {
        "id": listing.pk,
        "title": listing.title,
        "description": listing.description,
        "state": listing.state,
        "shop": listing.shop.slug,
        "category": listing.category.slug,
        "currency": listing.shop.currency,
        "content_version": listing.content_version,
        "variants": [choice(one) for one in listing.variants.all()],
        "photos": [photo(one) for one in listing.photos.all()],
        "created_at": listing.created_at,
        "published_at": listing.published_at,
        "web": web(listing.pk),
    }


def card(listing: Listing) -> dict[str, Any]:
    """Return a card of a row of `queries.live()`."""
    facts: Mapping[str, Any] = listing.__dict__
    return {
        "id": listing.pk,
        "title": listing.title,
        "shop": listing.shop.slug,
        "category": listing.category.slug,
        "currency": listing.shop.currency,
        "lowest_price_minor": facts["lowest_price_minor"],
        "in_stock": (facts["free_units"] or 0) > 0,
        "thumb": absolute(listing.thumb_url),
        "published_at": listing.published_at,
        "web": web(listing.pk),
    }


def thumb(name: str) -> str:
    """Return the address of a small picture by its stored name."""
    return absolute(photo_path(name, "thumb")) if name else ""


def web(listing_id: int) -> str:
    """Return the address of a listing's page."""
    return absolute(reverse("storefront:listing", args=[listing_id]))
