"""The simulated market's clock: posting, checking, buying, reporting, deciding. In hours.

Nothing here knows how a check works: it asks a judge, and the same clock runs for all judges.
"""

from __future__ import annotations

import heapq
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from bench import fakers_campaigns as fakers
from bench.fakers_campaigns import Campaign
from bench.fakers_world import HOURS_OPEN, USUAL_MINOR, Listing, World

PUBLISH, HOLD, TAKE_DOWN = "publish", "hold", "take_down"
# How the market behaves; times are means of exponential delays, in hours.
FIRST_SALE_H = 40.0
HOLDER_WATCHES, HOLDER_H = 0.5, 72.0
BUYER_COMPLAINS, BUYER_H = 0.35, 120.0
CHECK_H = 0.02
SETTLE_H = 24 * 21  # after the last posting, so that reports still come in
AUDIT_SHARE = 0.015
RETRY_H = (4, 40)
# An honest seller whose goods were removed appeals, and another person puts it right.
APPEAL_H, APPEAL_MINUTES = (8, 60), 8.0
NEXT_H = (10, 50)


@dataclass(frozen=True)
class Staff:
    """People at the desk: minutes a case, mistakes, hours before a case is first looked at."""

    people: int = 4
    minutes: tuple[float, float] = (2.0, 8.0)
    first_look_h: float = 0.5
    allows_fake: float = 0.02
    removes_genuine: float = 0.002


@dataclass(frozen=True)
class Seen:
    """What a judge says of one look."""

    outcome: str
    kinds: tuple[str, ...] = ()
    permille: int = 0
    ground: str = ""
    linked: bool = False


class Judge(Protocol):
    """A check of listings. It is told what staff found, and what went live."""

    name: str

    def look(self, listing: Listing, now_h: float) -> Seen:
        """Judge a listing."""
        ...

    def shown(self, listing: Listing, now_h: float) -> None:
        """Note that it went live."""
        ...

    def decided(
        self, listing: Listing, seen: Seen, *, removed: bool, now_h: float
    ) -> Sequence[Listing]:
        """Learn a person's ruling; return the live listings that deserve another look."""
        ...

    def restored(self, listing: Listing) -> None:
        """Learn that an appeal was won: forget what the removal taught."""
        ...


@dataclass
class Tally:
    """What is counted over a run."""

    listings: list[Listing] = field(default_factory=list)
    campaigns: list[Campaign] = field(default_factory=list)
    staff_minutes: float = 0.0
    cases: int = 0
    held: dict[int, Seen] = field(default_factory=dict)
    wrongly_held_h: list[float] = field(default_factory=list)
    taken_down: list[Listing] = field(default_factory=list)
    removed_by_people: list[Listing] = field(default_factory=list)
    audited: list[Listing] = field(default_factory=list)
    found_by: dict[int, str] = field(default_factory=dict)
    last_seen: dict[int, Seen] = field(default_factory=dict)


class Market:
    """One run of one world under one judge."""

    def __init__(self, world: World, judge: Judge, staff: Staff, *, seed: int) -> None:
        self.world, self.judge, self.staff = world, judge, staff
        self.dice = random.Random(seed)
        self.tally = Tally()
        self._events: list[tuple[float, int, str, tuple[object, ...]]] = []
        self._order = count()
        self._desk = [0.0] * staff.people
        self._in_case: set[int] = set()
        self._week, self._begun = 0, time.perf_counter()

    def run(self, honest: Sequence[Listing], campaigns: Sequence[Campaign]) -> Tally:
        """Let time pass until the market has settled."""
        self.tally.campaigns = list(campaigns)
        for listing in honest:
            self._at(listing.posted_h, "post", listing)
        for campaign in campaigns:
            begin = max(0.0, campaign.shop.opened_h) + self.dice.uniform(1, 60)
            if campaign.strategy == "sleeper account":
                begin = self.dice.uniform(0, HOURS_OPEN * 0.6)
            self._at(begin, "offer", campaign)
        while self._events:
            now_h, _order, what, facts = heapq.heappop(self._events)
            if now_h > HOURS_OPEN + SETTLE_H:
                break
            self._say_progress(now_h)
            getattr(self, f"_on_{what}")(now_h, *facts)
        for campaign in campaigns:
            fakers.note_return(campaign)
        return self.tally

    def _say_progress(self, now_h: float) -> None:
        week = int(now_h // (7 * 24))
        if week > self._week:
            self._week = week
            seconds = time.perf_counter() - self._begun
            sys.stderr.write(
                f"{self.judge.name}: week {week} over, {len(self.tally.listings):,} listings, "
                f"{seconds:.0f} s\n"
            )

    def _at(self, when_h: float, what: str, *facts: object) -> None:
        heapq.heappush(self._events, (when_h, next(self._order), what, facts))

    def _soon(self, now_h: float, mean_h: float) -> float:
        return now_h + self.dice.expovariate(1 / mean_h)

    # Posting and checking ------------------------------------------------------------------
    def _on_offer(self, now_h: float, campaign: Campaign) -> None:
        if campaign.tries_left <= 0 or now_h > HOURS_OPEN:
            return
        if campaign.strategy == "slow mixing" and self.dice.random() < 0.6:
            self._on_post(now_h, fakers.honest_goods(self.world, campaign, now_h))
        self._on_post(now_h, fakers.offer(self.world, campaign, now_h))

    def _on_post(self, now_h: float, listing: Listing) -> None:
        self.tally.listings.append(listing)
        self._at(now_h + CHECK_H, "check", listing)

    def _on_check(self, now_h: float, listing: Listing) -> None:
        seen = self.judge.look(listing, now_h)
        self.tally.last_seen[listing.listing_id] = seen
        campaign = listing.campaign
        if isinstance(campaign, Campaign) and seen.linked and not campaign.link_seen_at:
            campaign.link_seen_at = campaign.tried_here
        if seen.outcome == PUBLISH:
            self._show(listing, now_h)
            if isinstance(campaign, Campaign):
                self._at(now_h + self.dice.uniform(*NEXT_H), "offer", campaign)
            return
        self._withhold(listing, seen, now_h, "check")
        if isinstance(campaign, Campaign) and seen.outcome == HOLD:
            self._at(now_h + fakers.PATIENCE_H, "impatient", listing)

    def _show(self, listing: Listing, now_h: float) -> None:
        first_time = listing.live_h is None
        listing.state, listing.live_h = "live", now_h if first_time else listing.live_h
        self.judge.shown(listing, now_h)
        if not first_time:
            return
        if self.dice.random() < AUDIT_SHARE:
            self.tally.audited.append(listing)
            self._case(listing, Seen(PUBLISH), self._soon(now_h, 6), "audit")
        if listing.fake:
            bait = 1 + 2 * max(0.0, 0.5 - listing.price_minor / USUAL_MINOR[listing.shelf])
            self._at(self._soon(now_h, FIRST_SALE_H / bait), "sale", listing)
            if self.dice.random() < HOLDER_WATCHES:
                self._at(self._soon(now_h, HOLDER_H), "report", listing, "holder")

    def _withhold(self, listing: Listing, seen: Seen, now_h: float, by: str) -> None:
        listing.state, listing.held_h = "held", now_h
        self.tally.held.setdefault(listing.listing_id, seen)
        if seen.outcome == TAKE_DOWN:
            self.tally.taken_down.append(listing)
            self._remove(listing, seen, now_h, f"machine ({by})")
        else:
            self._case(listing, seen, now_h, by)

    # Buying and reporting ------------------------------------------------------------------
    def _on_sale(self, now_h: float, listing: Listing) -> None:
        if listing.state == "live" and listing.sold_h is None:
            listing.sold_h = now_h
            if self.dice.random() < BUYER_COMPLAINS:
                self._at(self._soon(now_h, BUYER_H), "report", listing, "buyer")
        elif listing.state == "held" and listing.sold_h is None:
            # Held meanwhile: if it comes back, buyers come too.
            self._at(self._soon(now_h, FIRST_SALE_H), "sale", listing)

    def _on_report(self, now_h: float, listing: Listing, by: str) -> None:
        if listing.state == "live":
            self._case(listing, Seen(PUBLISH), now_h, by)

    # Deciding --------------------------------------------------------------------------------
    def _case(self, listing: Listing, seen: Seen, now_h: float, by: str) -> None:
        if listing.listing_id in self._in_case:
            return
        self._in_case.add(listing.listing_id)
        minutes = self.dice.uniform(*self.staff.minutes)
        self.tally.staff_minutes += minutes
        self.tally.cases += 1
        desk = min(range(len(self._desk)), key=self._desk.__getitem__)
        begin = max(self._soon(now_h, self.staff.first_look_h), self._desk[desk])
        self._desk[desk] = begin + minutes / 60
        self._at(self._desk[desk], "ruling", listing, seen, by)

    def _on_ruling(self, now_h: float, listing: Listing, seen: Seen, by: str) -> None:
        self._in_case.discard(listing.listing_id)
        if listing.state == "gone":
            return
        wrong = self.staff.allows_fake if listing.fake else self.staff.removes_genuine
        if listing.fake != (self.dice.random() < wrong):
            if not listing.fake:
                self.tally.removed_by_people.append(listing)
            self._remove(listing, seen, now_h, by)
            return
        for other in self.judge.decided(listing, seen, removed=False, now_h=now_h):
            self._at(now_h + CHECK_H, "recheck", other)
        if listing.state == "held":
            if not listing.fake and listing.held_h is not None:
                self.tally.wrongly_held_h.append(now_h - listing.held_h)
            self._show(listing, now_h)

    def _remove(self, listing: Listing, seen: Seen, now_h: float, by: str) -> None:
        was_given_up = listing.how.endswith(" (given up)")
        listing.state, listing.gone_h = "gone", now_h
        self.tally.found_by[listing.listing_id] = by
        for other in self.judge.decided(listing, seen, removed=True, now_h=now_h):
            self._at(now_h + CHECK_H, "recheck", other)
        if isinstance(listing.campaign, Campaign) and not was_given_up:
            self._refused(listing.campaign, now_h, removed=True)
        if listing.shop.honest:
            self._at(now_h + self.dice.uniform(*APPEAL_H), "appeal", listing)

    def _on_appeal(self, now_h: float, listing: Listing) -> None:
        self.tally.staff_minutes += APPEAL_MINUTES
        if listing.held_h is not None:
            self.tally.wrongly_held_h.append(now_h - listing.held_h)
        self.judge.restored(listing)
        self._show(listing, now_h)

    def _on_recheck(self, now_h: float, listing: Listing) -> None:
        if listing.state != "live":
            return
        seen = self.judge.look(listing, now_h)
        if seen.outcome != PUBLISH:
            self._withhold(listing, seen, now_h, "re-scan")

    def _on_impatient(self, now_h: float, listing: Listing) -> None:
        if listing.state == "held" and isinstance(listing.campaign, Campaign):
            listing.how += " (given up)"
            self._refused(listing.campaign, now_h, removed=False)

    def _refused(self, campaign: Campaign, now_h: float, *, removed: bool) -> None:
        fakers.adapt(self.world, campaign, now_h, removed=removed)
        self._at(now_h + self.dice.uniform(*RETRY_H), "offer", campaign)
