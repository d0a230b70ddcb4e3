"""What a card shows, and the shelf of cards, written in Python.

A template resolves some fourteen names a card; for 24 of them that was a fifth of a page's time.
The page around the shelf is a template like every other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.urls import get_script_prefix, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from marketplace.listings.queries.goods import Goods
from marketplace.shops.models import Standing
from marketplace.storefront.templatetags.trade import country, icon, money

_ANY_PHOTO = "0" * 32


@dataclass(frozen=True, slots=True)
class Card:
    """One thing on a shelf: all that is written on it, in the reader's language."""

    pk: int
    link: str
    title: str
    price: SafeString | str
    from_price: bool
    sold_out: bool
    shop: str
    place: str
    thumb: str
    trusted: bool
    stars: str
    reviews: int


def cards_of(rows: Iterable[Goods]) -> list[Card]:
    """Return the cards of search rows. No queries."""
    addresses = _addresses(get_script_prefix())
    return [_card(row, addresses) for row in rows]


# The first pictures of a page are loaded at once, the others when they are near.
EAGER_PICTURES = 4
_PICTURE = (
    '<img class="picture" src="{src}" alt="" width="360" height="360" {when} decoding="async">'
)
_STARS = (
    '<p class="small stars"><span aria-hidden="true">★</span> {stars}'
    '<span class="visually-hidden"> {of_five}</span> <span class="muted">({reviews})</span></p>'
)
_CARD = (
    '<li><article class="card goods">{picture}<div class="words">'
    '<h3><a href="{link}">{title}</a></h3>'
    '<p class="price">{begins}{price}</p>{marks}'
    '<p class="muted foot"><bdi>{shop}</bdi>, {place}</p>{trusted}</div></article></li>'
)


def shelf(cards: Sequence[Card], *, eager: int = EAGER_PICTURES) -> SafeString:
    """Return cards as the items of a list. Every word of a seller is escaped here."""
    words = {
        "from": f'<span class="muted small">{escape(_("from"))}</span> ',
        "sold_out": f'<p class="badge badge-warn">{escape(_("Sold out"))}</p>',
        "trusted": f'<p class="trusted">{icon("shield")} {escape(_("Trusted"))}</p>',
        "of_five": escape(_("of 5 stars")),
        "no_picture": f'<div class="no-picture">{icon("photo")}</div>',
    }
    items = [_item(card, words, eager=number < eager) for number, card in enumerate(cards)]
    return mark_safe("".join(items))  # noqa: S308


def _item(card: Card, words: Mapping[str, str], *, eager: bool) -> str:
    when = 'fetchpriority="high"' if eager else 'loading="lazy"'
    stars = ""
    if card.stars:
        stars = _STARS.format(stars=card.stars, of_five=words["of_five"], reviews=card.reviews)
    return _CARD.format(
        picture=_PICTURE.format(src=card.thumb, when=when) if card.thumb else words["no_picture"],
        link=card.link,
        title=escape(card.title),
        begins=words["from"] if card.from_price else "",
        price=card.price,
        marks=f"{stars}{words['sold_out'] if card.sold_out else ''}",
        shop=escape(card.shop),
        place=escape(card.place),
        trusted=words["trusted"] if card.trusted else "",
    )


def _card(row: Goods, addresses: _Addresses) -> Card:
    return Card(
        pk=row.pk,
        link=f"{addresses.listing}{row.pk}/",
        title=row.title,
        price=money(row.lowest_price_minor, row.currency),
        from_price=row.highest_price_minor != row.lowest_price_minor,
        sold_out=not row.in_stock,
        shop=row.shop_name,
        place=country(row.shop_country),
        thumb=f"{addresses.photo}{row.thumb_name}-thumb.webp" if row.thumb_name else "",
        trusted=row.shop_standing == Standing.TRUSTED,
        stars=stars_in_words(row.stars_hundredths) if row.stars_count else "",
        reviews=row.stars_count,
    )


def stars_in_words(hundredths: int) -> str:
    """Write hundredths of a star with one decimal, rounded half up.

    >>> stars_in_words(465), stars_in_words(400)
    ('4.7', '4.0')
    """
    tenths = (hundredths + 5) // 10
    return f"{tenths // 10}.{tenths % 10}"


@dataclass(frozen=True, slots=True)
class _Addresses:
    """What stands before the number of a listing, and before the name of a photo."""

    listing: str
    photo: str


@lru_cache(maxsize=8)
def _addresses(_prefix: str) -> _Addresses:
    """Ask the urls once for each place the site is mounted at, not twice for each card."""
    listing = reverse("storefront:listing", args=[0])
    photo = reverse("listings:photo", kwargs={"name": _ANY_PHOTO, "size": "thumb"})
    return _Addresses(listing.removesuffix("0/"), photo.removesuffix(f"{_ANY_PHOTO}-thumb.webp"))
