"""Who asked the demo's shops for many pieces, and what they answered: through the services."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from ewtp.demo import world
from marketplace.accounts.models import User
from marketplace.listings.models import Category, Variant
from marketplace.listings.services import stock
from marketplace.orders.services import payment
from marketplace.quotes.models import Quote, QuoteRequest, QuoteVersion
from marketplace.quotes.rules import Rung
from marketplace.quotes.services import accepting, asking, quoting

Told = tuple[datetime, str, Callable[[datetime], None]]
ROOM = uuid.UUID("6ad7c1e2-0f6b-4f7a-9c55-2f3b8f1d7a10")  # keys of the demo's forms grow from it

HOTEL = "Baskets and lanterns for a small hotel"
GIFTS = "Coffee gifts for thirty colleagues"
ROASTERY = "Green coffee for a roastery in Recife"
BASKET, LANTERN = "Hand-woven coffee basket, sisal", "Clay lantern with stars"
SAMPLER = "Coffee sampler, three roasts of 100 g"


def told(now: datetime) -> Iterator[Told]:
    """Return when what happened, each with its key."""
    day, hour = timedelta(days=1), timedelta(hours=1)
    nora, julia = world.BUYERS[0], world.BUYERS[2]
    yield now - 6 * day, "ask:gifts", partial(_ask, nora, GIFTS, "food-drink", 30, details=_GIFTS)
    yield now - 5 * day, "quote:gifts", partial(_quote, GIFTS, SAMPLER, [(30, 8_200, 90_000)], "")
    yield now - 10 * hour, "accept:gifts", _accept
    yield now - 2 * day, "ask:hotel", partial(_ask, nora, HOTEL, "home", 12, details=_HOTEL)
    baskets = partial(_quote, HOTEL, BASKET)
    first, better = [(12, 16_500, 60_000)], [(12, 15_000, 60_000), (18, 14_000, 80_000)]
    yield now - 40 * hour, "quote:baskets", partial(baskets, first, _WOVEN)
    yield now - 36 * hour, "ask back:baskets", _ask_back
    yield now - 30 * hour, "revise:baskets", partial(baskets, better, _BETTER)
    lanterns = [(12, 48_000, 140_000)]
    yield now - 28 * hour, "quote:lanterns", partial(_quote, HOTEL, LANTERN, lanterns, _CLAY)
    yield (
        now - 5 * hour,
        "ask:roastery",
        partial(_ask, julia, ROASTERY, "food-drink", 50, details=_GREEN),
    )


def _key(*words: object) -> uuid.UUID:
    return uuid.uuid5(ROOM, " ".join(map(str, words)))


def _ask(
    person: world.Person, title: str, category: str, quantity: int, at: datetime, *, details: str
) -> None:
    wish = asking.Wish(
        title=title,
        details=details,
        category_id=Category.objects.get(slug=category).pk,
        quantity=quantity,
        unit="pieces",
        currency="EUR",
        country=person.country,
    )
    buyer = User.objects.get(email=person.mail)
    asking.ask(buyer_id=buyer.pk, key=_key("ask", title), wish=wish, at=at)


def _quote(
    title: str, goods: str, ladder: list[tuple[int, int, int]], note: str, at: datetime
) -> None:
    """Offer goods at prices in minor units: quantity, price of one, sending all."""
    variant = Variant.objects.select_related("listing__shop").filter(listing__title=goods)[0]
    shop = variant.listing.shop
    rungs = [Rung(*rung) for rung in ladder]
    terms = quoting.Terms(
        variant_id=variant.pk,
        ladder=rungs,
        transit_days=18,
        valid_days=14,
        note=note,
        sample=Rung(1, rungs[0].unit_price_minor * 11 // 10, rungs[0].shipping_minor // 6),
    )
    quoting.send(
        request_id=QuoteRequest.objects.get(title=title).pk,
        shop_id=shop.pk,
        by_id=shop.owner_id,
        key=_key("quote", title, goods, ladder),
        terms=terms,
        at=at,
    )


def _ask_back(at: datetime) -> None:
    quote = Quote.objects.get(request__title=HOTEL, shop__name=world.SHOPS[0].name)
    buyer_id = quote.request.buyer_id
    words = partial(quoting.say, quote_id=quote.pk)
    words(by_id=buyer_id, key=_key("asked"), text=_HOW_LONG, at=at)
    answered = at + timedelta(hours=3)
    words(by_id=quote.shop.owner_id, key=_key("answered"), text=_FOUR_DAYS, at=answered)


def _accept(at: datetime) -> None:
    """The pieces are made and counted; then the buyer says yes and pays."""
    version = QuoteVersion.objects.get(quote__request__title=GIFTS)
    variant, deal = version.variant, version.ladder[0]
    counted = {"seen": variant.on_hand, "wanted": variant.on_hand + deal.quantity}
    by_id = version.made_by_id
    stock.change_on_hand(variant_id=variant.pk, by_id=by_id, at=at - timedelta(hours=1), **counted)
    buyer = version.quote.request.buyer
    home = buyer.addresses.order_by("pk")[0]
    group = accepting.accept(
        deal_id=deal.pk,
        by_id=buyer.pk,
        recipient=home.recipient_sealed,
        address=home.lines_sealed,
        at=at,
    )
    payment.pay(group_id=group.pk, card="tok_ok", at=at)


_GIFTS = "For a team party in December. Whole beans are fine; a small card with the story is nicer."
_HOTEL = "Twelve rooms, a shelf in each. Natural colours, nothing that smells, about 30 cm across."
_GREEN = "Washed arabica of this year's harvest, moisture below 12 %, in sacks that can be stacked."
_WOVEN = "Woven in our cooperative, each a little different. Lids can be left out."
_BETTER = "The weavers agree: for twelve it is less, and for eighteen less again."
_CLAY = "Black clay, fired twice. I pack each in straw; so far none has broken."
_HOW_LONG = "How long do twelve of them take to weave?"
_FOUR_DAYS = "Four weavers, four days. I can send them next week."
