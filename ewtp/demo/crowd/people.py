"""Who sells and buys in the crowd: people and shops, through the services of their rooms."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ewtp.demo import story, world
from ewtp.demo.crowd.plan import SEED
from ewtp.demo.world import DemoShop, Good, Person
from marketplace.accounts import services as accounts
from marketplace.accounts.models import User
from marketplace.shops.models import Shop

_WORDS: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)
SORTS: dict[str, list[str]] = _WORDS["sorts"]
BUYERS_A_STEP = 100
# Goods that carry a protected name, or tell a story of their own, have no copies in the crowd.
_NAMES = tuple(word for name, _ in world.BRANDS for word in (name, name.replace("i", "í")))


@dataclass(frozen=True, slots=True)
class CrowdShop:
    """One shop of the crowd and the goods that its own are like."""

    shop: DemoShop
    like: tuple[Good, ...]


def shops(count: int) -> list[CrowdShop]:
    """Return the first `count` shops, of every trade in turn. At most as many as places."""
    trades = _WORDS["trades"]
    return [
        _shop(number, trades[number % len(trades)], number // len(trades))
        for number in range(count)
    ]


def _shop(number: int, trade: dict[str, Any], turn: int) -> CrowdShop:
    like = next(shop for shop in world.SHOPS if shop.name == trade["like"])
    name = trade["names"][turn % len(trade["names"])].format(trade["places"][turn])
    owner = Person(
        _name(number), f"crowd.seller.{number:03d}@demo.example", like.country, ("seller",)
    )
    shop = DemoShop(
        name=name,
        owner=owner,
        country=like.country,
        currency=like.currency,
        shipping_minor=like.shipping_minor,
        story=f"{trade['places'][turn]}: a small house with few hands, selling what it makes.",
        orders=0,
        late_percent=0,
        goods=(),
    )
    goods = tuple(good for good in like.goods if not any(word in good.title for word in _NAMES))
    return CrowdShop(shop, goods)


def _name(number: int) -> str:
    first, last = _WORDS["first"], _WORDS["last"]
    return f"{first[number % len(first)]} {last[(number * 7 + number // len(first)) % len(last)]}"


def open_shop(crowd_shop: CrowdShop, at: datetime) -> dict[str, int]:
    """Have an owner sign up and open the shop. Safe to repeat.

    The password is the demo's; its hash is copied, because hashing is slow on purpose.
    """
    owner = crowd_shop.shop.owner
    if not User.objects.filter(email=owner.mail).exists():
        _sign_up(owner, at)
        known = User.objects.values_list("password", flat=True).get(email=world.STAFF.mail)
        User.objects.filter(email=owner.mail).update(password=known)
    story.settle(owner, at)
    story.open_shop(crowd_shop.shop, at)
    return {"shop_id": Shop.objects.values_list("pk", flat=True).get(name=crowd_shop.shop.name)}


def buyers(numbers: Sequence[int], at: datetime) -> dict[str, list[int]]:
    """Have buyers sign up; nobody can log in as them. Returns their ids in order."""
    return {"user_ids": [_sign_up(_buyer(number), at) for number in numbers]}


def _buyer(number: int) -> Person:
    dice = random.Random(f"{SEED}:buyer:{number}")  # noqa: S311 (made-up people)
    return Person(
        _name(number + 100),
        f"crowd.buyer.{number:04d}@demo.example",
        dice.choice(_WORDS["buyers_from"]),
    )


def _sign_up(person: Person, at: datetime) -> int:
    user = accounts.create_user(
        email=person.mail,
        password=None,
        display_name=person.name,
        country=person.country,
        at=at,
    )
    return user.pk
