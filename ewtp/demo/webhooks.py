"""A shop of the demo whose bookkeeping program is told what happens: a webhook with a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from ewtp.demo import world
from marketplace.hooks import services
from marketplace.hooks.caller import Answer
from marketplace.hooks.models import Endpoint
from marketplace.shops.models import Shop

_SHOP = world.SHOPS[0].name
# Reserved for examples (RFC 2606) and in nobody's way; the types are rare ones, so that the demo
# calls it only when somebody presses the button.
_URL = "https://books.example.org/ewtp"
_TYPES = ["payout.failed", "dispute.ruled"]
# What came of each test's calls, in order; the first was repeated by the schedule.
_TESTS = (
    (
        Answer(status=500, body=b"database is locked", duration_ms=412),
        Answer(status=204, duration_ms=96),
    ),
    (Answer(error="timeout", duration_ms=10_003), Answer(status=200, body=b"ok", duration_ms=88)),
    (Answer(status=204, duration_ms=71),),
)


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return when the webhook is set up and tried, with its key."""
    yield now, f"webhook:{_SHOP}", partial(_try_out, _SHOP)


def _try_out(name: str, at: datetime) -> None:
    shop = Shop.objects.get(name=name)
    key = uuid5(NAMESPACE_URL, _URL)
    endpoint = services.add(
        owner_ref=shop.ref,
        url=_URL,
        types=_TYPES,
        note="Bookkeeping",
        key=key,
        by_id=shop.owner_id,
        at=at,
    )
    for number, answers in enumerate(_TESTS):
        moment = at + timedelta(seconds=number)
        services.send_test(
            endpoint_id=endpoint.pk,
            key=uuid5(key, str(number)),
            by_id=shop.owner_id,
            at=moment,
        )
        for answer in answers:
            _call(endpoint, answer, moment)
            moment += timedelta(seconds=5)


def _call(endpoint: Endpoint, answer: Answer, at: datetime) -> None:
    turn = services.start(endpoint_id=endpoint.pk, at=at)
    if turn is None:
        return
    letter = services.take(endpoint_id=endpoint.pk, turn=turn, at=at)
    if letter is not None:
        services.note(letter=letter, answer=answer, at=at)
    services.release(endpoint_id=endpoint.pk, turn=turn, at=at)
