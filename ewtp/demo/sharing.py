"""The demo's cooperative: three growers have their share of each order, one is offered more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from ewtp.demo import world
from ewtp.demo.world import Person
from marketplace.accounts.models import User
from marketplace.orders.services import shares
from marketplace.shops import services as shops
from marketplace.shops.models import Share, Shop

COOPERATIVE = world.SHOPS[0].name
# Who grows what, and the part in ten-thousandths.
GROWERS = (
    (Person("Espérance Mukamana", "grower@demo.example", "RW"), "Upper terraces", 3_000),
    (Person("Jean Habimana", "grower2@demo.example", "RW"), "Lake side", 2_500),
    (Person("Vestine Ingabire", "grower3@demo.example", "RW"), "Bee garden", 1_000),
)
OFFERED_BP = 3_500  # to the first of them, from yesterday on


def told(
    start: datetime, now: datetime, settle: Callable[[Person, datetime], None]
) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return who is asked and agrees when, each with its key; `settle` opens the account."""
    for number, (person, plot, share_bp) in enumerate(GROWERS):
        at = start + timedelta(hours=5, minutes=10 * number)
        yield at, f"grower:{person.mail}", partial(_join, settle, person, plot, share_bp)
    person, plot, _share_bp = GROWERS[0]
    yield now - timedelta(days=1), "grower:more", partial(_ask, person, plot, OFFERED_BP)


def logins() -> list[tuple[str, str]]:
    """Return who plays the growers, and with which address to sign in."""
    return [(f"grower, {COOPERATIVE}", GROWERS[0][0].mail)]


def _ask(person: Person, plot: str, share_bp: int, at: datetime) -> None:
    _proposed(person, plot, share_bp, at)


def _proposed(person: Person, plot: str, share_bp: int, at: datetime) -> Share:
    shop = Shop.objects.get(name=COOPERATIVE)
    return shares.propose(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        contact=person.mail,
        called=plot,
        share_bp=share_bp,
        since=at,
        key=uuid5(NAMESPACE_URL, f"{person.mail}:{share_bp}"),
        at=at,
    )


def _join(
    settle: Callable[[Person, datetime], None],
    person: Person,
    plot: str,
    share_bp: int,
    at: datetime,
) -> None:
    settle(person, at)
    share = _proposed(person, plot, share_bp, at)
    user = User.objects.get(email=person.mail)
    shares.agree(share_id=share.pk, user_id=user.pk, at=at)
    account = f"DEMO-GROWER-{user.pk:04d}"
    shops.set_share_account(user_id=user.pk, account=account, at=at)
