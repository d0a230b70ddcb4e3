"""Rounds of kills: one after the other, and how long the work needs each time to go on.

All that is chosen is chosen from the seed. What a kill meets depends on the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.victims import WEB_VICTIMS, Victims

RECOVERS_WITHIN_SECONDS = 60.0
PROGRESS_EVERY = 25
# Without workers each job waits until the sweeper sees that nobody comes for it. The next kill
# does not wait for that: it comes while up to this many kills have not been recovered from.
OVERLAPPING = 8


@dataclass
class Strike:
    """One kill, when it came, and how long it took until work asked for after it was done."""

    number: int
    victim: str
    at: float = 0.0
    effects: int = 0
    recovery_seconds: float = 0.0


class Acknowledged:
    """What a program has reported as acknowledged: keys, and when each was asked for."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._place = 0
        self.asked_at: dict[str, float] = {}

    def read(self) -> list[str]:
        """Take in what is new and return its keys."""
        with self._file.open("rb") as file:
            file.seek(self._place)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._place += len(whole)
        fresh = []
        for line in whole.decode(errors="replace").splitlines():
            key, _space, moment = line.partition(" ")
            if key.startswith(("fault:", "shop:")):
                self.asked_at[key] = float(moment)
                fresh.append(key)
        return fresh

    def since(self, moment: float) -> list[str]:
        """Return what was asked for after a moment and acknowledged."""
        late = []
        for key in reversed(self.asked_at):
            if self.asked_at[key] <= moment:
                break
            late.append(key)
        return late


@dataclass
class Rounds:
    """One run of kills against a crew that works."""

    victims: Victims
    workers: int
    jobs: Acknowledged
    purchases: Acknowledged
    diary: Path
    strikes: list[Strike] = field(default_factory=list)
    _open: list[Strike] = field(default_factory=list)
    _unchecked: list[str] = field(default_factory=list)
    _healed: bool = True

    def run(self, planned: list[tuple[float, str]]) -> None:
        """Kill one after the other; the next when the last was recovered from."""
        began = time.monotonic()
        for number, (pause_seconds, victim) in enumerate(planned, 1):
            self._rest(pause_seconds)
            self._kill(Strike(number, victim))
            self._check_books()
            if number % PROGRESS_EVERY == 0 or number == len(planned):
                self._report_progress(number, len(planned), time.monotonic() - began)
        self._until(lambda: not self._open, "no recovery from the last kills")

    def _kill(self, strike: Strike) -> None:
        strike.effects = self._effects()
        strike.at = time.time()
        self._until(lambda: self.victims.strike(strike.victim), f"nobody to hit: {strike}")
        self.strikes.append(strike)
        self._open.append(strike)
        self._note(strike, "struck")
        self._until(lambda: self._goes_on(strike), f"no recovery from {strike}")

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._look()
            time.sleep(0.02)

    def _until(self, true: Callable[[], bool], otherwise: str) -> None:
        end = time.monotonic() + RECOVERS_WITHIN_SECONDS
        self._look()
        while not true():
            if time.monotonic() > end:
                pytest.fail(f"{otherwise} within {RECOVERS_WITHIN_SECONDS:g} s")
            time.sleep(0.02)
            self._look()

    def _look(self) -> None:
        """Do what a supervisor does, end freezes that are over, and note who recovered."""
        self.victims.team.look()
        self._healed = self.victims.heal()
        self._unchecked += self.jobs.read()
        self.purchases.read()
        for strike in list(self._open):
            if self._recovered(strike):
                strike.recovery_seconds = time.time() - strike.at
                self._note(strike, f"recovered from after {strike.recovery_seconds:.2f} s")
                self._open.remove(strike)

    def _recovered(self, strike: Strike) -> bool:
        """Say whether something that was asked for after the kill is done."""
        if strike.victim in WEB_VICTIMS:
            return bool(self.purchases.since(strike.at))
        late = self.jobs.since(strike.at)
        done = "SELECT 1 FROM outbox_job WHERE key = ANY(%s) AND state = 'done' LIMIT 1"
        return bool(late) and bool(self.victims.database.ask(done, [late]))

    def _goes_on(self, strike: Strike) -> bool:
        """Say whether the next kill may come."""
        if self.workers or not self._healed:
            return self._healed and not self._open
        return len(self._open) < OVERLAPPING and self._effects() > strike.effects

    def _effects(self) -> int:
        return self.victims.database.number("SELECT coalesce(max(id), 0) FROM fault_effect")

    def _check_books(self) -> None:
        """After each kill the sum is zero, nothing was done twice, nothing acknowledged is gone."""
        self._look()
        fresh, self._unchecked = self._unchecked, []
        found = self.victims.database.ask(
            "SELECT (SELECT coalesce(sum(amount_minor), 0) FROM ledger_entry),"
            " (SELECT count(*) - count(DISTINCT job_id) FROM fault_effect),"
            " (SELECT count(*) FROM outbox_job WHERE key = ANY(%s))",
            [fresh],
        )
        assert found == [(0, 0, len(fresh))], f"sum, doubled, found of {len(fresh)}: {found}"

    def _note(self, strike: Strike, what: str) -> None:
        """Write into the diary beside the programs' logs, by the same clock as theirs."""
        with self.diary.open("a") as diary:
            diary.write(f"{datetime.now(UTC):%H:%M:%S.%f} {strike.number} {strike.victim} {what}\n")

    def _report_progress(self, number: int, of: int, seconds: float) -> None:
        print(
            f"  {number}/{of} kills, {seconds:.0f} s, {seconds / number * (of - number):.0f} s to"
            f" go, {len(self.jobs.asked_at)} jobs and {len(self.purchases.asked_at)} purchases"
            " acknowledged",
            flush=True,
        )


def recovery_table(strikes: list[Strike]) -> str:
    """Return the seconds from kill to recovery: all, then by kind of victim."""
    kinds = {"all": strikes}
    for strike in sorted(strikes, key=lambda one: one.victim):
        kinds.setdefault(strike.victim, []).append(strike)
    lines = [f"  {'recovery, seconds':<18}{'kills':>6}{'p50':>8}{'p99':>8}{'worst':>8}"]
    for kind, of_kind in kinds.items():
        took = sorted(strike.recovery_seconds for strike in of_kind)
        p50, p99 = (took[min(int(len(took) * q), len(took) - 1)] for q in (0.50, 0.99))
        lines.append(f"  {kind:<18}{len(took):>6}{p50:>8.2f}{p99:>8.2f}{took[-1]:>8.2f}")
    return "\n".join(lines)
