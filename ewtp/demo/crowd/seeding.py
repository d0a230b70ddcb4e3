"""The crowd in steps, each in one transaction with its log entry: it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cached_property, partial
from itertools import count
from typing import Any

from credit.scoring import services as scoring
from ewtp.demo.crowd import goods, orders, people, plan, stalls
from ewtp.demo.crowd.books import Books
from ewtp.demo.crowd.plan import Purchase, Size
from ewtp.demo.story import PLAYED, Step
from marketplace.outbox import services as outbox
from marketplace.outbox.models import LogEntry
from marketplace.rulebook import queries as rulebook

PREFIX = "crowd:"
_BEGUN = f"step:{PREFIX}begun"
_WEEK = timedelta(days=7)
_OPENED_BEFORE = timedelta(days=14)  # beyond the months in which payouts leave a reserve


def begin(size: Size, now: datetime) -> Crowd:
    """Return the crowd that was begun before, or begin one whose year ends `now`."""
    known = begun()
    if known is not None:
        return known
    data = {**asdict(size), "now": now.isoformat()}
    outbox.record(action=PLAYED, actor="system", subject=_BEGUN, data=data, at=now)
    return Crowd(size, now)


def begun() -> Crowd | None:
    """Return the crowd that was begun before: a half one must be finished."""
    entry = LogEntry.objects.filter(action=PLAYED, subject=_BEGUN).first()
    if entry is None:
        return None
    data = dict(entry.data)
    now = datetime.fromisoformat(data.pop("now"))
    return Crowd(Size(**data), now)


class Crowd:
    """One crowd of a size, with its year before a moment. Deterministic."""

    def __init__(self, size: Size, now: datetime) -> None:
        self.size = size
        self.now = now
        self.start = now - timedelta(days=plan.DAYS)

    def steps(self) -> list[Step]:
        """Return everything that is to be done, in order."""
        return [*self._people(), *self._shelves(), *self._weeks(), *self._scores()]

    @cached_property
    def year(self) -> list[Purchase]:
        """What is bought."""
        return plan.year(self.size, self.now)

    @cached_property
    def house(self) -> stalls.House:
        """Shops and buyers as stored by the first steps."""
        user_ids: list[int] = []
        for step in self._buyer_steps():
            user_ids += _returned(step.key)["user_ids"]
        return stalls.load(shop_ids=self.shop_ids, user_ids=user_ids)

    @cached_property
    def shop_ids(self) -> list[int]:
        """The shops by their numbers in the plan."""
        return [_returned(f"{PREFIX}shop:{n}")["shop_id"] for n in range(self.size.shops)]

    @cached_property
    def books(self) -> Books:
        """Who posts the money."""
        return Books(self.shop_ids)

    def _people(self) -> Iterator[Step]:
        new = timedelta(days=rulebook.value("payouts.new_shop_days", at=self.start))
        opened = self.start - new - _OPENED_BEFORE
        for number, shop in enumerate(people.shops(self.size.shops)):
            at = opened + timedelta(hours=number)
            yield Step(at, f"{PREFIX}shop:{number}", partial(people.open_shop, shop))
        yield from self._buyer_steps()

    def _buyer_steps(self) -> Iterator[Step]:
        for first in range(0, self.size.buyers, people.BUYERS_A_STEP):
            numbers = range(first, min(first + people.BUYERS_A_STEP, self.size.buyers))
            at = self.start - _WEEK + timedelta(minutes=first)
            yield Step(at, f"{PREFIX}buyers:{first}", partial(people.buyers, numbers))

    def _shelves(self) -> Iterator[Step]:
        shelves = plan.shelves(self.size)
        for number, shop in enumerate(people.shops(self.size.shops)):
            at = self.start - timedelta(days=5, minutes=-number)
            yield Step(
                at, f"{PREFIX}shelf:{number}", partial(self._fill, shop, number, shelves[number])
            )

    def _fill(
        self, shop: people.CrowdShop, number: int, shelf: tuple[int, ...], at: datetime
    ) -> dict[str, int]:
        return goods.fill(shop, number, shelf, self._demand, at)

    @cached_property
    def _demand(self) -> dict[tuple[int, int, int], int]:
        return plan.demand(self.year)

    def _weeks(self) -> Iterator[Step]:
        for number in count():
            since = self.start + number * _WEEK
            if since >= self.now:
                return
            yield Step(
                min(since + _WEEK, self.now), f"{PREFIX}week:{number}", partial(self._week, since)
            )

    def _week(self, since: datetime, at: datetime) -> dict[str, int]:
        """Write a week's purchases, post all the money that moved in it, and pay the shops."""
        bought = [purchase for purchase in self.year if since <= purchase.at < at]
        written = orders.write(bought, self.house, self.now)
        is_last = at == self.now
        until = at + timedelta(microseconds=1) if is_last else at
        posted = self.books.post(since=since, until=until)
        paid = 0 if is_last else self.books.pay_out(at=at)
        return {"orders": written, "posted": posted, "paid": paid}

    def _scores(self) -> Iterator[Step]:
        """Nothing is given: each shop's score is computed from its year, as every night."""
        for number in range(self.size.shops):
            yield Step(self.now, f"{PREFIX}score:{number}", partial(self._score, number))

    def _score(self, number: int, at: datetime) -> None:
        scoring.rescore(shop_id=self.shop_ids[number], cause="clock.day", at=at)


def _returned(key: str) -> dict[str, Any]:
    """Return what a step's log entry kept."""
    data: dict[str, Any] = LogEntry.objects.get(action=PLAYED, subject=f"step:{key}").data
    return data
