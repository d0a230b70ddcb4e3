"""Who can be killed or cut off, and how.

A freeze or a dead line ends after a while: `heal` must be called again and again.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import redis

from ewtp import embedded
from tests.faults.crew import PROFILE, Crew, Database, kill, kill_one_child, kill_tree
from tests.faults.proxy import Proxy

ALWAYS = ("valkey", "valkey frozen", "valkey half-open", "flushall", "postmaster", "backend")
ALWAYS += ("session", "sweeper", "scheduler", "web", "web worker")
WITH_WORKERS = ("worker", "pool child")
WITHOUT_WORKERS = ("sweeper's hand",)
# Once more in each turn, because they cost little.
AGAIN = ("session", "flushall")
WEB_VICTIMS = ("web", "web worker")
LONGEST_PAUSE_SECONDS = 0.15
SHORTEST_FREEZE_SECONDS, LONGEST_FREEZE_SECONDS = 0.3, 2.0


def plan(seed: int, kills: int, *, workers: int) -> list[tuple[float, str]]:
    """Return pauses in seconds and victims: every kind in each turn, the order shuffled."""
    chance = random.Random(seed)
    turn = [*ALWAYS, *(WITH_WORKERS if workers else WITHOUT_WORKERS), *AGAIN]
    victims: list[str] = []
    while len(victims) < kills:
        victims += chance.sample(turn, len(turn))
    return [(chance.uniform(0, LONGEST_PAUSE_SECONDS), victim) for victim in victims[:kills]]


def behind(url: str) -> tuple[Proxy, str]:
    """Return a line to the broker at `url` that can be cut, and the address to use instead."""
    parts = urlsplit(url)
    proxy = Proxy(parts.port or 6379)
    login = parts.netloc.rpartition("@")[0]
    return proxy, urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}"))


@dataclass
class Victims:
    """The running programs and servers, seen by somebody with a knife.

    `struck` names the programs that ended because of us and that the crew starts again;
    `bereft` those that lost a child to us.
    """

    team: Crew
    database: Database
    proxy: Proxy
    chance: random.Random
    struck: list[str] = field(default_factory=list)
    bereft: list[str] = field(default_factory=list)
    _healing: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def strike(self, victim: str) -> bool:
        """Hit one; False when there is nobody of that kind at this moment."""
        return {
            "valkey": self._kill_valkey,
            "valkey frozen": self._freeze_valkey,
            "valkey half-open": self._cut_the_line,
            "flushall": self._forget_all_rings,
            "postmaster": self._kill_postmaster,
            "backend": self._kill_backend,
            "session": self._end_session,
            "worker": self._kill_worker,
            "pool child": lambda: self._kill_child_of("worker"),
            "sweeper": lambda: self._kill_program("sweeper"),
            "sweeper's hand": lambda: self._kill_child_of("sweeper"),
            "scheduler": lambda: self._kill_program("scheduler"),
            "web": lambda: self._kill_program("web"),
            "web worker": lambda: self._kill_child_of("web"),
        }[victim]()

    def heal(self) -> bool:
        """End the freezes that are over; say whether all are."""
        now = time.monotonic()
        for due, end in [one for one in self._healing if one[0] <= now]:
            self._healing.remove((due, end))
            end()
        return not self._healing

    def _kill_valkey(self) -> bool:
        kill(self._valkey())
        return True

    def _freeze_valkey(self) -> bool:
        frozen = self._valkey()
        os.kill(frozen, signal.SIGSTOP)

        def thaw() -> None:
            with suppress(ProcessLookupError):
                os.kill(frozen, signal.SIGCONT)

        self._heal_later(thaw)
        return True

    def _cut_the_line(self) -> bool:
        self.proxy.go_dead()
        self._heal_later(self.proxy.heal)
        return True

    def _forget_all_rings(self) -> bool:
        redis.Redis.from_url(embedded.known(PROFILE).redis_url).flushall()
        return True

    def _kill_postmaster(self) -> bool:
        kill(embedded.pids(PROFILE)[0] or 0)
        return True

    def _kill_backend(self) -> bool:
        """One killed backend sends the whole server into crash recovery."""
        sessions = self.database.sessions()
        if sessions:
            kill(self.chance.choice(sessions))
        return bool(sessions)

    def _end_session(self) -> bool:
        sessions = self.database.sessions()
        if sessions:
            pid = self.chance.choice(sessions)
            self.database.ask("SELECT pg_terminate_backend(%s)", [pid])
        return bool(sessions)

    def _kill_program(self, kind: str) -> bool:
        self.struck.append(self.chance.choice(self._names(kind)))
        kill(self.team.running[self.struck[-1]].pid)
        return True

    def _kill_worker(self) -> bool:
        self.struck.append(self.chance.choice(self._names("worker")))
        kill_tree(self.team.running[self.struck[-1]].pid)
        return True

    def _kill_child_of(self, kind: str) -> bool:
        names = self._names(kind)
        shuffled = self.chance.sample(names, len(names))
        for name in shuffled:
            if kill_one_child(self.team.running[name].pid, self.chance):
                self.bereft.append(name)
                return True
        return False

    def _names(self, kind: str) -> list[str]:
        return sorted(name for name in self.team.running if name.split()[0] == kind)

    def _heal_later(self, end: Callable[[], None]) -> None:
        seconds = self.chance.uniform(SHORTEST_FREEZE_SECONDS, LONGEST_FREEZE_SECONDS)
        self._healing.append((time.monotonic() + seconds, end))

    def _valkey(self) -> int:
        return embedded.pids(PROFILE)[1] or 0
