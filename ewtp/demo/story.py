"""What happened in the demo's six months: dated steps, each through the services of its room.

Nothing is set by hand: scans find, staff decide, scores follow. Each step finds what it needs
by name, so that a seeding that was stopped goes on where it was.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from antifake.references import services as references
from antifake.references.models import Brand
from ewtp.demo import (
    accounting,
    accusations,
    complaints,
    desk,
    fakes,
    keeping,
    loans,
    offers,
    programs,
    quoting,
    redress,
    rights,
    scores,
    sharing,
    shelves,
    tables,
    talks,
    webhooks,
    world,
)
from ewtp.demo.world import DemoShop, Person
from marketplace.accounts import identity, second_factor, terms
from marketplace.accounts import services as accounts
from marketplace.accounts.models import User
from marketplace.listings.models import Variant
from marketplace.orders.models import Order, OrderState
from marketplace.orders.services import cart, checkout, escrow, payment, payout, shipment
from marketplace.outbox.models import LogEntry
from marketplace.shops import services as shops
from marketplace.shops.models import Shop

DAYS = 180
LAST_KEY = "complete:now"
PLAYED = "demo.step"  # the log entry that says a step was played, with what it returned
SEED = 2026


@dataclass(frozen=True)
class Step:
    """Something that happened at a moment. `key` names it for ever.

    What `play` returns is kept with the step's log entry for later steps to read.
    """

    at: datetime
    key: str
    play: Callable[[datetime], dict[str, Any] | None]


def steps(now: datetime) -> list[Step]:
    """Return the whole story up to `now`, in order."""
    start = now - timedelta(days=DAYS)
    told = [
        *_people(start),
        *_openings(start),
        *_goods(start, now),
        *_trade(start, now),
        *_clocks(start, now),
        *(Step(*decided) for decided in accusations.told(start, now)),
        *_late_parcel(now),
        *_complaints(now),
        *(Step(*said) for said in talks.told(now)),
        *_today(now),
        *(Step(*offered) for offered in offers.told(now)),
        *(Step(*kept) for kept in keeping.told(now)),
        *(Step(*asked) for asked in quoting.told(now)),
        *(Step(*shown) for shown in scores.told(now)),
        *(Step(*sent) for sent in tables.told(now)),
        *(Step(*tried) for tried in webhooks.told(now)),
        *(Step(*made) for made in programs.told(now)),
        *(Step(*counted) for counted in accounting.told(now)),
        *(Step(*lent) for lent in loans.told(now)),
        *(Step(*asked) for asked in fakes.told(now)),
        *(Step(*seen) for seen in redress.told(now)),
        *(Step(*sent) for sent in rights.told(now)),
        *(Step(*seen) for seen in desk.told(now)),
        *(Step(*shared) for shared in sharing.told(start, now, settle)),
    ]
    return sorted(told, key=lambda step: step.at)


def logins() -> list[tuple[str, str]]:
    """Return who plays each role, and with which address to sign in."""
    makers = [(f"seller, {shop.name}", shop.owner.mail) for shop in world.SHOPS]
    others = [(person.roles[0].replace("_", " "), person.mail) for person in world.OTHERS]
    staff = [("staff", world.STAFF.mail), ("staff, second", world.SECOND_STAFF.mail)]
    return [("buyer", world.BUYERS[0].mail), *makers, *sharing.logins(), *staff, *others]


# People and shops -------------------------------------------------------------------------


def _people(start: datetime) -> Iterator[Step]:
    owners = [shop.owner for shop in world.SHOPS]
    people = [world.STAFF, world.SECOND_STAFF, *world.OTHERS, *owners, *world.BUYERS]
    for number, person in enumerate(people):
        at = start + timedelta(minutes=number)
        yield Step(at, f"person:{person.mail}", partial(settle, person))


def settle(person: Person, at: datetime) -> None:
    """Have somebody sign up, with roles and an address; who is known already stays."""
    user = User.objects.filter(email=person.mail).first() or accounts.create_user(
        email=person.mail,
        password=world.PASSWORD,
        display_name=person.name,
        country=person.country,
        at=at,
    )
    for role in ("buyer", *person.roles):
        accounts.grant_role(user_id=user.pk, role=role, by_id=None, at=at)
    terms.accept(user_id=user.pk, version=terms.in_force().version, at=at)
    if "staff" in person.roles:
        second_factor.give(user_id=user.pk, at=at)
    if person in world.BUYERS and not user.addresses.exists():
        accounts.add_address(
            user_id=user.pk,
            recipient=person.name,
            lines=_address(person),
            country=person.country,
            at=at,
        )


def _openings(start: datetime) -> Iterator[Step]:
    for number, shop in enumerate(world.SHOPS):
        at = start + timedelta(hours=2, minutes=10 * number)
        yield Step(at, f"shop:{shop.name}", partial(open_shop, shop))
    yield Step(start + timedelta(hours=4), "brands", _register_brands)


def open_shop(shop: DemoShop, at: datetime) -> None:
    """Open a shop: its owner says who he is, and staff let it sell. Safe to repeat."""
    opened = Shop.objects.filter(name=shop.name).first() or shops.open_shop(
        owner_id=_user(shop.owner).pk,
        name=shop.name,
        country=shop.country,
        currency=shop.currency,
        story=shop.story,
        shipping_minor=shop.shipping_minor,
        payout_account=f"DEMO-{shop.currency}-0001",
        at=at,
    )
    _verify(shop.owner, at)
    shops.approve(shop_id=opened.pk, by_id=_user(world.STAFF).pk, at=at + timedelta(minutes=5))


def _verify(person: Person, at: datetime) -> None:
    """The owner says who he is, and staff verify it: without that no shop opens."""
    user = _user(person)
    facts = identity.Facts(
        legal_name=person.name,
        country=person.country,
        street=_address(person),
        phone=f"+2507881{user.pk % 100_000:05d}",
        email=person.mail,
        payment_holder=person.name,
        payment_account=f"DEMO-{user.pk:04d}",
        document_number=f"DEMO{user.pk:06d}",
    )
    sent = identity.submit_identity(user_id=user.pk, facts=facts, certified=True, at=at)
    identity.verify_identity(
        identity_id=sent.pk, version=sent.version, by_id=_user(world.STAFF).pk, at=at
    )


def _register_brands(at: datetime) -> None:
    for name, holder in world.BRANDS:
        if not Brand.objects.filter(name=name).exists():
            references.register_brand(name=name, holder=holder, at=at)
    brand = Brand.objects.get(name=world.BRANDS[0][0])
    shop = Shop.objects.get(name=world.BRAND_SHOP)
    references.authorise(brand_id=brand.pk, shop_id=shop.pk, at=at)
    for title in world.COPIED_GOODS.values():
        references.add_reference_photo(brand_id=brand.pk, data=shelves.photos_of(title)[0], at=at)


# Goods --------------------------------------------------------------------------------------


def _goods(start: datetime, now: datetime) -> Iterator[Step]:
    """Each shop fills its shelf on its first day and offers what is on it; a few come later."""
    late = {
        world.FAKE_GOOD: now - timedelta(days=60),
        world.WAITING_FAKE: now - timedelta(hours=5),
        world.ACCUSED_GOOD: start + timedelta(days=80),
    }
    minute = count()
    for shop in world.SHOPS:
        first = [good for good in shop.goods if good.title not in late]
        at = start + timedelta(days=1, minutes=next(minute))
        yield Step(at, f"shelf:{shop.name}", partial(shelves.fill, shop, first))
        at = start + timedelta(days=1, minutes=next(minute))
        yield Step(at, f"goods:{shop.name}", partial(shelves.offer, shop, first))
        for good in shop.goods:
            if good.title in late:
                yield Step(
                    late[good.title], f"good:{good.title}", partial(shelves.offer, shop, [good])
                )


# Trade ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deal:
    """One checkout: who buys what from which shops, and how it goes on."""

    key: str
    buyer: Person
    goods: tuple[tuple[str, int], ...]  # title, quantity
    ship_after_days: float
    travel_days: float
    confirm_after_days: float | None  # None: the buyer says nothing, the clock completes


def _trade(start: datetime, now: datetime) -> Iterator[Step]:
    dice = random.Random(SEED)  # noqa: S311 (a made-up history)
    for shop in world.SHOPS:
        for number in range(shop.orders):
            paid_at = start + timedelta(
                days=2 + (DAYS - 26) * (number + dice.random()) / shop.orders
            )
            deal = _deal(dice, shop, f"{shop.name}:{number}")
            yield from _played(deal, paid_at, now)


def _deal(dice: random.Random, shop: DemoShop, key: str) -> Deal:
    honest = [good for good in shop.goods if good.title not in _NOT_FOR_SALE]
    goods = [(dice.choice(honest).title, dice.randint(1, 2))]
    if dice.random() < 0.15:  # a second shop in the same cart
        other = dice.choice([s for s in world.SHOPS if s not in (shop, _BY_NAME[world.COPYCAT])])
        choice = dice.choice([g for g in other.goods if g.title not in _NOT_FOR_SALE])
        goods.append((choice.title, 1))
    late = dice.random() * 100 < shop.late_percent
    return Deal(
        key=key,
        buyer=dice.choice(world.BUYERS),
        goods=tuple(goods),
        ship_after_days=dice.uniform(8, 10) if late else dice.uniform(0.5, 4),
        travel_days=dice.uniform(2, 7),
        confirm_after_days=None if dice.random() < 0.2 else dice.uniform(0, 2),
    )


def _played(deal: Deal, paid_at: datetime, now: datetime) -> Iterator[Step]:
    shipped_at = paid_at + timedelta(days=deal.ship_after_days)
    there_at = shipped_at + timedelta(days=deal.travel_days)
    planned = [
        Step(paid_at, f"buy:{deal.key}", partial(_buy, deal)),
        Step(shipped_at, f"ship:{deal.key}", partial(_ship, deal)),
        Step(there_at, f"there:{deal.key}", partial(_arrive, deal)),
    ]
    if deal.confirm_after_days is not None:
        confirmed_at = there_at + timedelta(days=deal.confirm_after_days)
        planned.append(Step(confirmed_at, f"confirm:{deal.key}", partial(_confirm, deal)))
    return (step for step in planned if step.at < now)


def _buy(deal: Deal, at: datetime) -> dict[str, int]:
    buyer = _user(deal.buyer)
    basket = cart.open_cart(buyer_id=buyer.pk, at=at)
    for title, quantity in deal.goods:
        variant = Variant.objects.get(listing__title=title)
        if not basket.lines.filter(variant=variant).exists():
            cart.add_to_cart(buyer_id=buyer.pk, variant_id=variant.pk, quantity=quantity, at=at)
    group = checkout.place(
        buyer_id=buyer.pk,
        cart_id=basket.pk,
        recipient=deal.buyer.name,
        address=_address(deal.buyer),
        country=deal.buyer.country,
        at=at,
    )
    payment.pay(group_id=group.pk, card="tok_ok", at=at + timedelta(minutes=1))
    return {"group_id": group.pk}


def _ship(deal: Deal, at: datetime) -> None:
    for order in _orders(deal, OrderState.PAID_HELD):
        shipment.ship(
            order_id=order.pk, by_id=order.shop.owner_id, tracking=f"DEMO{order.pk:06d}", at=at
        )


def _arrive(deal: Deal, at: datetime) -> None:
    for order in _orders(deal, OrderState.SHIPPED):
        shipment.mark_delivered(order_id=order.pk, at=at)


def _confirm(deal: Deal, at: datetime) -> None:
    for order in _orders(deal, OrderState.SHIPPED, OrderState.DELIVERED):
        escrow.confirm(order_id=order.pk, by_id=order.buyer_id, at=at)


def _clocks(start: datetime, now: datetime) -> Iterator[Step]:
    """Every second day the clocks complete what nobody confirmed; each week shops are paid."""
    for day in range(6, DAYS, 2):
        at = start + timedelta(days=day)
        yield Step(at, f"complete:{day}", _complete)
        if day % 7 == 0:
            yield Step(at, f"payout:{day}", _pay_out)
    yield Step(now - timedelta(minutes=2), LAST_KEY, _complete)


def _complete(at: datetime) -> None:
    escrow.complete_due(at=at)


def _pay_out(at: datetime) -> None:
    payout.pay_out_due(at=at)


# Three stories ----------------------------------------------------------------------------------


def _late_parcel(now: datetime) -> Iterator[Step]:
    good = _BY_NAME[world.LATE_SHOP].goods[0].title
    deal = Deal("late-parcel", world.BUYERS[0], ((good, 1),), 9, 30, None)
    return _played(deal, now - timedelta(days=15), now)


def _complaints(now: datetime) -> Iterator[Step]:
    good = world.SHOPS[0].goods[5].title
    deals = {}
    for key, days, confirmed in complaints.SALES:
        deals[key] = Deal(key, world.BUYERS[0], ((good, 1),), 1, 2, 0.5 if confirmed else None)
        yield from _played(deals[key], now - timedelta(days=days), now)
    for at, key, play in complaints.told(now, lambda key: _orders(deals[key], *OrderState)[0]):
        yield Step(at, key, play)


def _today(now: datetime) -> Iterator[Step]:
    """What waits right now: two paid orders to pack, one parcel on its way."""
    for shop, days in ((world.SHOPS[0], 0.3), (world.SHOPS[4], 1.1), (world.SHOPS[1], 2.0)):
        deal = Deal(
            f"today:{shop.name}", world.BUYERS[0], ((shop.goods[1].title, 1),), 1.5, 9, None
        )
        yield from _played(deal, now - timedelta(days=days), now)


def _address(person: Person) -> str:
    number = len(person.name)
    return f"Market street {number}\n10{number:03d} Demo Town"


def _user(person: Person) -> User:
    return User.objects.get(email=person.mail)


def _orders(deal: Deal, *states: str) -> list[Order]:
    wanted = Order.objects.filter(state__in=states).select_related("shop").order_by("pk")
    bought = LogEntry.objects.get(action=PLAYED, subject=f"step:buy:{deal.key}")
    return list(wanted.filter(group_id=bought.data["group_id"]))


_BY_NAME = {shop.name: shop for shop in world.SHOPS}
_NOT_FOR_SALE = {world.FAKE_GOOD, world.WAITING_FAKE, world.ACCUSED_GOOD}
