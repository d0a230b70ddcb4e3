"""The demo's score: one seller shows it to a car-rental desk and says that a fact is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from credit.scoring import services
from credit.scoring.models import Purpose, Scope
from ewtp.demo import world
from marketplace.shops.models import Shop

SHOWN = world.SHOPS[0].name
LINK_HOURS = 720


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return what is done with the score when, each with its key."""
    yield now - timedelta(hours=20), "score:shown", _show
    yield now - timedelta(hours=19), "score:disputed", _dispute


def _show(at: datetime) -> None:
    shop = Shop.objects.get(name=SHOWN)
    link = services.make_link(
        shop_id=shop.pk,
        purpose=Purpose.VEHICLE,
        scope=Scope.FULL,
        hours=LINK_HOURS,
        key=uuid5(NAMESPACE_URL, f"score:{SHOWN}"),
        by_id=shop.owner_id,
        at=at,
    )
    services.note_view(link_id=link.pk, at=at + timedelta(minutes=25))


def _dispute(at: datetime) -> None:
    shop = Shop.objects.get(name=SHOWN)
    services.dispute_fact(
        shop_id=shop.pk,
        key="ship_hours",
        text="The road to the valley was closed for a week in the rains; nothing could leave.",
        order_id=None,
        by_id=shop.owner_id,
        at=at,
    )
