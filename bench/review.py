"""Eight reviewers decide a thousand cases at once; some are killed at work.

    python bench/review.py [--cases 1000] [--reviewers 8] [--killed 4] [--shops 60]

Runs on a scratch database of its own. Each reviewer is a process with a connection of its own
that takes the next case, says that it still looks, and allows or removes by a seeded lot, without
a pause. Meanwhile more reviewers start, claim, and are killed by SIGKILL at a drawn moment; of
one, the database's session is ended too. Their claims run out as in life (90 s without a word
from the page): the clock that frees them is run with that moment. Then every case must be decided
once, and none claimed. Next case: from asking for it to holding it, compared with the same query
by one reviewer alone. Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from bench.ledger import scratch_database

SEED = 7
MOST_NEXT_MS = 150
REMOVED_SHARE = 0.3
NOTE = "The name is disguised and the photo is the holder's."
# A killed reviewer works so long at most before the blow.
LIVES_S = 1.5


def main() -> int:
    """Run everything; 0 when nothing was decided twice, nothing is stuck and nobody waits."""
    chosen = _arguments()
    with scratch_database("bench_review", rooms=()):
        at = datetime.now(UTC)
        fill(cases=chosen.cases, shops=chosen.shops, at=at)
        people = staff(chosen.reviewers + chosen.killed + 1)
        alone = percentile(alone_ms(people[-1]), 95)
        begun = time.perf_counter()
        load_before = os.getloadavg()
        looks = _crowd(people, chosen)
        figures = {
            "next_case_p50_ms": round(percentile(looks, 50), 1),
            "next_case_p95_ms": round(percentile(looks, 95), 1),
            "next_case_alone_p95_ms": round(alone, 1),
            "seconds": round(time.perf_counter() - begun, 1),
            "load_average_before": round(load_before[0], 2),
            **count(),
        }
    figures["decided_per_second"] = round(figures["decided"] / figures["seconds"], 1)
    meets = {
        "no_double_decisions": figures["double_decisions"] == 0 == figures["strikes_too_many"],
        "all_decided": figures["decided"] == chosen.cases,
        "no_stuck_claims": figures["stuck_claims"] == 0,
        "next_case_p95": figures["next_case_p95_ms"] <= MOST_NEXT_MS,
    }
    print(json.dumps({"bench": "review", "figures": figures, "meets": meets}))
    return 0 if all(meets.values()) else 1


# The market ------------------------------------------------------------------------------
def fill(*, cases: int, shops: int, at: datetime) -> None:
    """Write listings that a check held, each with its statement, its case and its finding."""
    from django.db import transaction

    from antifake.cases.models import Finding, Scan
    from antifake.cases.services import holds
    from antifake.detectors.base import Finding as Found
    from bench.photo_market import shops as open_shops
    from marketplace.listings.models import Category, Listing, Variant

    owners = open_shops(shops, at=at)
    category, _made = Category.objects.get_or_create(slug="home", defaults={"name": "Home"})
    dice = random.Random(SEED)
    for number in range(cases):
        since = at - timedelta(minutes=dice.randrange(2_000))
        listing = Listing.objects.create(
            shop=owners[number % shops],
            category=category,
            title=f"N1ke shoes {number}",
            state="pending",
            created_at=since,
            posted_at=since,
        )
        Variant.objects.create(listing=listing, price_minor=dice.randrange(500, 90_000), on_hand=3)
        with transaction.atomic():
            scan = Scan.objects.create(
                listing=listing,
                content_version=1,
                detector_set="bench",
                state="done",
                outcome="hold",
                risk_permille=dice.randrange(500, 1_000),
                started_at=since,
                done_at=since,
            )
            found = Found(
                detector="brand_name",
                version="1",
                kind="brand_lookalike",
                key=f"brand_lookalike:1:{number}",
                distance=0.1,
                threshold=0.3,
                evidence={},
                sentence="The title says “N1ke”.",
                log_odds=5.0,
            )
            Finding.objects.create(scan=scan, contribution=5.0, **vars(found))
            holds.hold(scan=scan, news=[found], at=since)


def staff(count_of: int) -> list[int]:
    """Return so many members of staff."""
    from marketplace.accounts.models import User

    return [
        User.objects.create_user(email=f"reviewer-{number}@example.org", is_staff=True).pk
        for number in range(count_of)
    ]


# Reviewers -------------------------------------------------------------------------------
def review(by_id: int, seed: int, *, told: Callable[[float], None]) -> int:
    """Decide until nothing is left to take; tell the milliseconds of each next case.

    A session that somebody ended costs what was at work in it, and the next one goes on.
    """
    from django.db import InterfaceError, OperationalError, connection

    from marketplace.errors import MarketplaceError

    dice, decided = random.Random(seed), 0
    while True:
        try:
            case_id = _take(by_id, told)
            if case_id is None:
                return decided
            _decide(by_id, case_id, dice)
            decided += 1
        except MarketplaceError as error:  # somebody else's by now: the next one
            sys.stderr.write(f"refused: {error.reason}\n")
        except (InterfaceError, OperationalError):
            sys.stderr.write("a session was ended\n")
            connection.close()


def _take(by_id: int, told: Callable[[float], None]) -> int | None:
    from antifake.cases import services

    start = time.perf_counter()
    ref = services.take_next(by_id=by_id, at=datetime.now(UTC))
    told((time.perf_counter() - start) * 1000)
    return None if ref is None else int(ref.partition(":")[2])


def _decide(by_id: int, case_id: int, dice: random.Random) -> None:
    from antifake.cases import rules, services

    services.keep(case_id=case_id, by_id=by_id, at=datetime.now(UTC), lasts=rules.HEARTBEAT_LASTS)
    remove = dice.random() < REMOVED_SHARE
    reason = {"policy": "misleading", "act": "slip", "note": NOTE} if remove else {"note": ""}
    verdict = "remove" if remove else "allow"
    services.decide(case_id=case_id, verdict=verdict, by_id=by_id, at=datetime.now(UTC), **reason)


def alone_ms(by_id: int, tries: int = 40) -> list[float]:
    """Return the milliseconds of next cases for one reviewer alone; each is put back."""
    from antifake.cases import services

    found = []
    for _ in range(tries):
        start = time.perf_counter()
        ref = services.take_next(by_id=by_id, at=datetime.now(UTC))
        found.append((time.perf_counter() - start) * 1000)
        if ref is not None:
            case_id = int(ref.partition(":")[2])
            services.unclaim(case_id=case_id, by_id=by_id, at=datetime.now(UTC))
    return found


def _work(by_id: int, seed: int, results: Any) -> None:
    """A reviewer's process."""
    import django

    django.setup()
    looks: list[float] = []
    decided = review(by_id, seed, told=looks.append)
    results.put((decided, looks))


def _crowd(people: Sequence[int], chosen: argparse.Namespace) -> list[float]:
    """Let all work at once and kill some; then free what the killed held, and finish."""
    from antifake.cases import rules, services

    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    workers = people[: chosen.reviewers]
    victims = people[chosen.reviewers : chosen.reviewers + chosen.killed]
    with _running(context, workers, results) as crew:
        _kill_some(context, victims)
        looks = [look for _ in crew for look in results.get(timeout=600)[1]]
    # The page of a killed reviewer is silent: 90 s later his claim is over.
    later = datetime.now(UTC) + rules.HEARTBEAT_LASTS
    freed = services.free_stale(at=later)
    sys.stderr.write(f"freed {freed} claims of killed reviewers\n")
    rest: list[float] = []
    review(workers[0], SEED, told=rest.append)
    return looks


@contextmanager
def _running(context: Any, workers: Sequence[int], results: Any) -> Iterator[list[Any]]:
    crew = [
        context.Process(target=_work, args=(by_id, SEED + number, results), daemon=True)
        for number, by_id in enumerate(workers)
    ]
    for one in crew:
        one.start()
    yield crew
    for one in crew:
        one.join(timeout=60)


def _kill_some(context: Any, victims: Sequence[int]) -> None:
    """Start reviewers and kill each at a drawn moment of its work; end one's session as well."""
    dice = random.Random(SEED)
    for number, by_id in enumerate(victims):
        before = _claims_of(by_id)
        # Its own queue: a killed writer may leave a shared one locked.
        unread = context.Queue()
        victim = context.Process(target=_work, args=(by_id, number, unread), daemon=True)
        victim.start()
        give_up = time.monotonic() + 60
        while _claims_of(by_id) == before and time.monotonic() < give_up and victim.is_alive():
            time.sleep(0.01)
        time.sleep(dice.random() * LIVES_S)
        if number == 0:
            _end_sessions()
        if victim.is_alive():
            os.kill(victim.pid, signal.SIGKILL)
        victim.join()


def _claims_of(by_id: int) -> int:
    from antifake.cases.models import Case

    return Case.objects.filter(claimed_by_id=by_id).count()


def _end_sessions() -> None:
    """End the newest session of another process, as an operator would."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database() AND usename = current_user"
            " ORDER BY backend_start DESC LIMIT 1"
        )


# Counting --------------------------------------------------------------------------------
def count() -> dict[str, int]:
    """Count what came of it, from the rows."""
    from django.db.models import Count

    from antifake.cases.models import Case, Decision
    from marketplace.trust.models import Strike

    twice = Decision.objects.values("case").annotate(n=Count("pk")).filter(n__gt=1)
    removed = Decision.objects.filter(verdict="remove").count()
    return {
        "cases": Case.objects.count(),
        "decided": Case.objects.filter(state="decided").count(),
        "removed": removed,
        "double_decisions": twice.count(),
        "strikes_too_many": Strike.objects.count() - removed,
        "stuck_claims": Case.objects.filter(state="claimed").count(),
        "waiting": Case.objects.filter(state="open").count(),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` per cent lie; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))] if ordered else 0.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--reviewers", type=int, default=8)
    parser.add_argument("--killed", type=int, default=4)
    parser.add_argument("--shops", type=int, default=60)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
