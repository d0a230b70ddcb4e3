"""What happens in the crowd's year: who buys what, when, and how it goes on. Plain dice.

The same size, seed and moment give the same year. Shops, listings, choices and buyers are
numbers here; the database gives them their rows later.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate

SEED = 2026
DAYS = 365
SEVERAL_SHOPS = ((1, 84), (2, 12), (3, 4))  # shops in one checkout, in per cent
SEVERAL_LINES = ((1, 60), (2, 28), (3, 12))  # goods of one shop
PIECES = ((1, 82), (2, 14), (3, 4))
SIZED = 0.2  # of the listings come in three sizes
LATE = (0.0, 0.0, 0.02, 0.05, 0.1, 0.2, 0.45)  # shares of a shop's orders sent too late
SATURDAY = 5
OVER_AFTER = timedelta(days=90)  # then even a bank has decided


@dataclass(frozen=True, slots=True)
class Size:
    """How large the crowd is, beside the small world. Numbers of rows."""

    shops: int
    listings: int
    orders: int
    buyers: int


# With the small world's 12 shops and 200 listings: 100 shops, 3,000 listings.
FULL = Size(shops=88, listings=2_800, orders=20_000, buyers=1_500)


class Way(StrEnum):
    """How a purchase goes. All but SENT have one shop only."""

    SENT = "sent"
    EXPIRED = "expired"  # never paid
    GIVEN_UP = "given_up"  # called off by the buyer before paying
    SHOP_OFF = "shop_off"  # called off by the shop
    LATE_OFF = "late_off"  # called off by the buyer, because it was not sent in time
    TWO_PARCELS = "two_parcels"
    PART_BACK = "part_back"  # the shop gives a part back while the money is held
    PART_LATER = "part_later"  # the same, after the money was released
    ALL_LATER = "all_later"
    BANK_UNSENT = "bank_unsent"  # the bank takes it back before anything was sent
    BANK_LOST = "bank_lost"
    BANK_WON = "bank_won"


# In ten-thousandths of the purchases, the rest is SENT; at least one of each.
SHARES = {
    Way.EXPIRED: 420,
    Way.GIVEN_UP: 90,
    Way.SHOP_OFF: 140,
    Way.LATE_OFF: 70,
    Way.TWO_PARCELS: 180,
    Way.PART_BACK: 150,
    Way.PART_LATER: 110,
    Way.ALL_LATER: 60,
    Way.BANK_UNSENT: 25,
    Way.BANK_LOST: 25,
    Way.BANK_WON: 25,
}


@dataclass(frozen=True, slots=True)
class Line:
    """So many of one choice of a shop's listing."""

    listing: int
    choice: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Part:
    """One shop's part of a purchase, and when things are to happen to it.

    Moments may lie ahead: they have not happened yet then. `arrives_at` None: no carrier tells.
    `confirms_at` None: the buyer says nothing and the clock completes. `back_permille` is what
    of the goods goes back, `back_after` the release, or the sending for Way.PART_BACK.
    The bank takes the money `bank_after` the release (or the payment, for what was not sent) and
    decides `bank_takes` later.
    """

    shop: int
    lines: tuple[Line, ...]
    sent_at: tuple[datetime, ...]
    arrives_at: datetime | None
    confirms_at: datetime | None
    off_at: datetime | None = None
    back_after: timedelta | None = None
    back_permille: int = 0
    bank_after: timedelta = timedelta(0)
    bank_takes: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Purchase:
    """One checkout. `number` names it for ever; `paid_at` None is never paid."""

    number: int
    at: datetime
    buyer: int
    way: Way
    paid_at: datetime | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Pace:
    """How fast one part goes, each from the moment before; `confirm` None: the clock."""

    send: tuple[timedelta, ...]
    travel: timedelta
    told: bool
    confirm: timedelta | None


def shelves(size: Size, seed: int = SEED) -> list[tuple[int, ...]]:
    """Return for each shop how many choices each of its listings has: one, or three sizes."""
    dice = random.Random(f"{seed}:shelves")  # noqa: S311 (a made-up market)
    found = []
    for number in range(size.shops):
        listings = size.listings // size.shops + (number < size.listings % size.shops)
        found.append(tuple(3 if dice.random() < SIZED else 1 for _ in range(listings)))
    return found


def year(size: Size, now: datetime, seed: int = SEED) -> list[Purchase]:
    """Return the purchases of the year before `now`, in order; their parts are `size.orders`."""
    dice = random.Random(f"{seed}:year")  # noqa: S311 (a made-up market)
    market = _Market(size, seed, dice)
    recent = list(_recent(max(1, size.orders // 2_000), now))
    early = list(SHARES)
    deck = _deck(dice, size.orders - len(recent) - len(early))
    moments = _moments(dice, len(deck), now, until=now)
    settled = _moments(dice, len(early), now, until=now - OVER_AFTER)
    told: list[tuple[datetime, Way, int, _Pace | None]] = [
        *((at, way, span, None) for at, (way, span) in zip(moments, deck, strict=True)),
        *((at, way, 1, None) for at, way in zip(settled, early, strict=True)),
        *((at, way, 1, pace) for at, way, pace in recent),
    ]
    told.sort(key=lambda one: one[0])
    return [market.purchase(number, *one) for number, one in enumerate(told)]


def demand(purchases: Sequence[Purchase]) -> Counter[tuple[int, int, int]]:
    """Return the pieces that leave the shelf in the year or wait for a payment at its end.

    By shop, listing and choice. What runs out unpaid counts too: it is on the shelf meanwhile.
    """
    pieces: Counter[tuple[int, int, int]] = Counter()
    for purchase in purchases:
        for part in purchase.parts:
            for line in part.lines:
                pieces[part.shop, line.listing, line.choice] += line.quantity
    return pieces


def _deck(dice: random.Random, orders: int) -> list[tuple[Way, int]]:
    """Return ways with their number of shops, shuffled; the shops sum to `orders`."""
    deck = [(way, 1) for way, share in SHARES.items() for _ in range(orders * share // 12_000)]
    left = orders - len(deck)
    while left > 0:
        span = min(_pick(dice, SEVERAL_SHOPS), left)
        deck.append((Way.SENT, span))
        left -= span
    dice.shuffle(deck)
    return deck


def _moments(dice: random.Random, count: int, now: datetime, *, until: datetime) -> list[datetime]:
    """Return moments of the year: growing, with a season at its end, fuller at weekends."""
    start = now - timedelta(days=DAYS)
    days = [start + timedelta(days=n) for n in range((until - start).days)]
    weights = [
        (0.6 + 0.8 * n / DAYS)
        * (1 + 0.4 * max(0.0, math.cos((day.timetuple().tm_yday - 340) / 58)))
        * (1.25 if day.weekday() >= SATURDAY else 1)
        for n, day in enumerate(days)
    ]
    chosen = dice.choices(days, weights, k=count)
    return [day + timedelta(seconds=dice.randrange(86_400)) for day in chosen]


def _recent(each: int, now: datetime) -> Iterator[tuple[datetime, Way, _Pace]]:
    """What is to be seen under way right now, so that every state has somebody in it."""
    day, hour = timedelta(days=1), timedelta(hours=1)
    slow = _Pace((3 * day,), 5 * day, True, None)
    under_way = (
        (timedelta(minutes=4), Way.EXPIRED, slow),
        (timedelta(minutes=11), Way.EXPIRED, slow),
        (1 * day, Way.SENT, slow),
        (2 * day, Way.SENT, slow),
        (4 * day, Way.TWO_PARCELS, _Pace((1 * day, 6 * day), 5 * day, True, None)),
        (3 * day, Way.SENT, _Pace((1 * day,), 9 * day, True, None)),
        (6 * day, Way.SENT, _Pace((2 * day,), 9 * day, False, None)),
        (5 * day, Way.SENT, _Pace((1 * day,), 60 * hour, True, None)),
        (3 * day, Way.BANK_UNSENT, slow),
        (30 * day, Way.BANK_LOST, _Pace((1 * day,), 4 * day, True, 5 * hour)),
    )
    for number in range(each):
        for ago, way, pace in under_way:
            yield now - ago - number * timedelta(seconds=37), way, pace


def _pick(dice: random.Random, shares: Sequence[tuple[int, int]]) -> int:
    return dice.choices([n for n, _ in shares], [share for _, share in shares])[0]


def _zipf(count: int, steep: float) -> list[float]:
    return list(accumulate(1 / (rank + 3) ** steep for rank in range(count)))


class _Market:
    """Who is bought from how often: a few shops and goods have most of the trade."""

    def __init__(self, size: Size, seed: int, dice: random.Random) -> None:
        self.dice = dice
        self.choices = shelves(size, seed)
        self.shops = list(range(size.shops))
        self.ranks = _zipf(size.shops, 0.7)
        self.goods = [_zipf(len(shelf), 0.9) for shelf in self.choices]
        self.late = [dice.choice(LATE) for _ in self.shops]
        self.buyers = list(range(size.buyers))
        self.regulars = _zipf(size.buyers, 0.5)

    def purchase(
        self, number: int, at: datetime, way: Way, span: int, pace: _Pace | None
    ) -> Purchase:
        """Fill one checkout."""
        dice = self.dice
        pays_at = at + timedelta(seconds=dice.randrange(40, 600))
        paid_at = None if way in (Way.EXPIRED, Way.GIVEN_UP) else pays_at
        chosen: dict[int, None] = {}
        while len(chosen) < min(span, len(self.shops)):
            chosen[dice.choices(self.shops, cum_weights=self.ranks)[0]] = None
        parts = tuple(
            self._part(shop, paid_at or at, way, pace or self._pace(shop, way)) for shop in chosen
        )
        buyer = dice.choices(self.buyers, cum_weights=self.regulars)[0]
        return Purchase(number, at, buyer, way, paid_at, parts)

    def _pace(self, shop: int, way: Way) -> _Pace:
        dice = self.dice
        late = dice.random() < self.late[shop] and way == Way.SENT
        first = dice.uniform(7.3, 10) if late else dice.uniform(0.3, 4.5)
        send = [first, first + dice.uniform(0.5, 2)] if way == Way.TWO_PARCELS else [first]
        confirm = None if dice.random() < 0.3 else timedelta(days=dice.uniform(0.05, 2.5))
        return _Pace(
            tuple(timedelta(days=days) for days in send),
            timedelta(days=dice.uniform(2, 8)),
            dice.random() < 0.65,
            confirm,
        )

    def _part(self, shop: int, paid_at: datetime, way: Way, pace: _Pace) -> Part:
        dice = self.dice
        sent_at = tuple(paid_at + after for after in pace.send)
        there_at = sent_at[-1] + pace.travel
        off_after = {
            Way.GIVEN_UP: timedelta(minutes=dice.uniform(2, 25)),
            Way.SHOP_OFF: timedelta(days=dice.uniform(0.2, 4)),
            Way.LATE_OFF: timedelta(days=dice.uniform(7.1, 9)),
        }.get(way)
        back_permille = {
            Way.PART_BACK: dice.randrange(50, 400),
            Way.PART_LATER: dice.randrange(50, 400),
            Way.ALL_LATER: 1_000,
        }.get(way, 0)
        bank = way in (Way.BANK_LOST, Way.BANK_WON)
        unsent = timedelta(days=1)
        return Part(
            shop=shop,
            lines=self._lines(shop, least=2 if way == Way.TWO_PARCELS else 1),
            sent_at=() if off_after or way == Way.BANK_UNSENT else sent_at,
            arrives_at=there_at if pace.told else None,
            confirms_at=there_at + pace.confirm if pace.confirm is not None else None,
            off_at=paid_at + off_after if off_after else None,
            back_after=timedelta(days=dice.uniform(1, 8)) if back_permille else None,
            back_permille=back_permille,
            bank_after=timedelta(days=dice.uniform(8, 20)) if bank else unsent,
            bank_takes=timedelta(days=dice.uniform(12, 35)),
        )

    def _lines(self, shop: int, *, least: int) -> tuple[Line, ...]:
        dice, shelf = self.dice, self.choices[shop]
        chosen: dict[int, Line] = {}
        wanted = min(_pick(dice, SEVERAL_LINES), len(shelf))
        while len(chosen) < wanted:
            listing = dice.choices(range(len(shelf)), cum_weights=self.goods[shop])[0]
            choice = dice.randrange(shelf[listing])
            chosen[listing] = Line(listing, choice, max(least, _pick(dice, PIECES)))
        return tuple(chosen.values())
