"""Parts are killed at random while money moves: nothing acknowledged is lost or done twice.

`EWTP_FAULT_KILLS` says how many kills (8), `EWTP_FAULT_SEED` which ones, `EWTP_FAULT_WORKERS`
how many workers live in each run ("2,0"). See README.md here.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults import rounds, victims
from tests.faults.crew import PRODUCER, Crew, Database, command
from tests.faults.faultapp.work import TICK, TICK_SECONDS
from tests.live import free_port

KILLS = int(os.environ.get("EWTP_FAULT_KILLS", "8"))
SEED = int(os.environ.get("EWTP_FAULT_SEED", random.SystemRandom().randrange(10**6)))
CREWS = [int(workers) for workers in os.environ.get("EWTP_FAULT_WORKERS", "2,0").split(",")]
SHOPPERS = 2
# A job that ends its process each time stays dead; whatever else died is started again.
POISON = (
    "INSERT INTO outbox_job (key, kind, queue, payload, state, run_at, attempts, token,"
    " last_error, request_id, created_at)"
    " VALUES (%s, 'fault.poison', 'default', '{}', 'pending', now(), 0, 0, '', '-', now())"
)
OPEN = "SELECT count(*) FROM outbox_job WHERE state IN ('pending', 'leased')"
DEAD = "SELECT count(*) FROM outbox_job WHERE state = 'dead' AND key NOT LIKE 'poison %'"
DONE = "SELECT count(*) FROM outbox_job WHERE state = 'done' AND key LIKE %s"
# Nobody waits for a retry, nor the sweeper for somebody else.
AT_ONCE = (
    "UPDATE outbox_job SET run_at = now() - interval '6 s'"
    " WHERE state = 'pending' AND run_at > now() - interval '5 s'",
    "UPDATE outbox_job SET lease_until = now() - interval '6 s'"
    " WHERE state = 'leased' AND lease_until BETWEEN now() - interval '5 s' AND now()",
)
LATENESS = (
    "SELECT percentile_cont(ARRAY[0.5, 0.99, 1]) WITHIN GROUP"
    " (ORDER BY extract(epoch FROM done_at - created_at)) FROM outbox_job"
    " WHERE key LIKE %s"
)
# Periods that have no job or two, between the first and the last of the clock's.
ODD_PERIODS = (
    "WITH made AS (SELECT substr(key, %(cut)s)::timestamptz AS start FROM outbox_job"
    " WHERE kind = %(kind)s)"
    " SELECT period, count(start) FROM generate_series((SELECT min(start) FROM made),"
    " (SELECT max(start) FROM made), %(every)s * interval '1 second') AS period"
    " LEFT JOIN made ON start = period GROUP BY period HAVING count(start) <> 1"
)


@contextmanager
def replayable() -> Iterator[None]:
    """Say first, and again when it fails, how this very run is asked for."""
    crews = "" if CREWS == [2, 0] else f" WORKERS={','.join(map(str, CREWS))}"
    again = f"make faults KILLS={KILLS} SEED={SEED}{crews} ARGS='-k seeded_kills'"
    print(f"\nagain: {again}", flush=True)
    try:
        yield
    except BaseException:
        print(f"\nFAILED; again: {again}", flush=True)
        raise


@contextmanager
def at_work(team: Crew, database: Database) -> Iterator[victims.Victims]:
    """Programs in pairs, shoppers, and the line to the broker; who produces comes later."""
    port = free_port()
    variant, *buyers = team.run("tests.faults.stage", str(SHOPPERS)).split()
    proxy, team.environment["REDIS_URL"] = victims.behind(team.environment["REDIS_URL"])
    try:
        team.start("web", command("web", port=port))
        for number in (1, 2):
            team.start(f"sweeper {number}", command("sweeper"))
            team.start(f"scheduler {number}", command("scheduler"))
        for number, buyer in enumerate(buyers):
            asked = [f"http://127.0.0.1:{port}/fault/buy", buyer, variant]
            shopper = ["-m", "tests.faults.shopper", str(number), "0.7", *asked]
            team.start(f"shopper {number}", shopper)
        yield victims.Victims(team, database, proxy, random.Random(SEED))
    finally:
        team.stop_all()
        proxy.close()


@pytest.mark.timeout(300 + 10 * KILLS)
def test_seeded_kills_lose_nothing(own_servers):
    team, database = own_servers
    with replayable(), at_work(team, database) as knife:
        for workers in CREWS:
            kill_and_report(knife, workers)
        for name in [name for name in team.running if name.startswith(("shop", "sched"))]:
            team.stop(name)
        dead = come_to_rest(team, database)
        gave_up = at_their_start(team, knife)
        alone = Counter(team.ended) - Counter(knife.struck) - gave_up
        print(f"\n{dead} jobs died and were revived; ended by itself: {dict(alone) or 'nobody'}")
        print(f"  a child was killed at its worker's very start: {gave_up.total()}")
        assert_nothing_is_lost_or_doubled(team, database)
        assert_the_clock_ticked_once_a_period(database)
        assert not alone, "\n\n".join(
            words
            for name in alone
            for words in team.last_words[name]
            if not words.startswith("status -9")
        )


def at_their_start(team, knife):
    """Workers that ended because we killed one of their children before their loop began.

    Celery takes it for a pool that cannot start (celery/worker/loops.py, `did_start_ok`) and
    ends; whoever keeps the programs running starts the worker again. A pool that fails more
    often than it lost a child to us is not excused.
    """
    said_so = Counter(
        name
        for name, ends in team.last_words.items()
        for words in ends
        if words.rstrip().endswith("Could not start worker processes")
    )
    return said_so & Counter(knife.bereft)


def kill_and_report(knife, workers):
    """One run of kills with so many workers; the sweeper does the work where there is none."""
    team, database, producer = knife.team, knife.database, f"with-{workers}"
    print(f"\n{KILLS} kills, seed {SEED}, {workers} workers", flush=True)
    for name in [name for name in team.running if name.startswith("worker")]:
        team.stop(name)
    for number in range(1, workers + 1):
        team.start(f"worker {number}", [*command("worker"), "-n", f"worker{number}@%h"])
    # The sweeper has two hands, which must start again after each kill of it.
    team.start(producer, [*PRODUCER, producer, "8" if workers else "4"])
    database.ask(POISON, [f"poison {producer}"])
    team.wait_until(lambda: database.number(DONE, [f"fault:{producer}:%"]) > 5, 60)
    team.wait_until(lambda: "shop:0:0" in team.log("shopper 0"), 60)
    run = rounds.Rounds(
        victims=knife,
        workers=workers,
        jobs=rounds.Acknowledged(team.log_file(producer)),
        purchases=rounds.Acknowledged(team.log_file("shopper 0")),
        diary=team.log_file("kills"),
    )
    run.run(victims.plan(SEED, KILLS, workers=workers))
    team.stop(producer)
    print(rounds.recovery_table(run.strikes))
    ((lateness,),) = database.ask(LATENESS, [f"fault:{producer}:%"])
    words = "p50 {:.2f} s, p99 {:.2f} s, worst {:.2f} s".format(*lateness)
    print(f"  from asked to done, all transfers: {words}", flush=True)


def come_to_rest(team, database):
    """Finish all work; a job that was killed five times is dead, not lost: staff revive it."""

    def nothing_waits():
        for statement in AT_ONCE:
            database.ask(statement)
        return database.number(OPEN) == 0

    team.wait_until(nothing_waits, 120)
    dead = database.number(DEAD)
    if dead:
        database.ask(
            "UPDATE outbox_job SET state = 'pending', attempts = 0, run_at = now()"
            " WHERE state = 'dead' AND key NOT LIKE 'poison %'"
        )
        team.wait_until(nothing_waits, 60)
    return dead


def assert_nothing_is_lost_or_doubled(team, database):
    shoppers = [f"shopper {number}" for number in range(SHOPPERS)]
    producers = [f"with-{workers}" for workers in CREWS]
    jobs = {key for name in producers for key in rounds.Acknowledged(team.log_file(name)).read()}
    purchases = {
        key for name in shoppers for key in rounds.Acknowledged(team.log_file(name)).read()
    }
    done = {key for (key,) in database.ask("SELECT key FROM outbox_job WHERE state = 'done'")}
    effects = database.number("SELECT count(*) FROM fault_effect")
    paid = "SELECT count(*) FROM orders_order WHERE state = 'paid_held'"
    bought = (
        "SELECT c.key FROM fault_checkout c JOIN orders_ordergroup g USING (cart_id)"
        " JOIN orders_order o ON o.group_id = g.id JOIN orders_escrow e ON e.order_id = o.id"
        " JOIN orders_payment p ON p.id = o.payment_id WHERE o.state = 'paid_held'"
        " AND p.state = 'succeeded' AND e.state = 'open'"
    )
    keys = [key for (key,) in database.ask(bought)]
    print(
        f"  {len(jobs)} jobs acknowledged, {len(jobs - done)} lost; {len(purchases)} purchases"
        f" acknowledged, {len(purchases - set(keys))} lost; at most"
        f" {database.number('SELECT max(attempts) FROM outbox_job')} attempts"
    )
    assert jobs
    assert jobs - done == set()
    assert effects == database.number("SELECT count(DISTINCT job_id) FROM fault_effect")
    kinds = "SELECT count(*) FROM outbox_job WHERE state = 'done' AND kind = 'fault.transfer'"
    assert effects == database.number(kinds)
    assert effects == database.number("SELECT count(*) FROM ledger_transfer WHERE kind = 'fault'")
    poison = "SELECT state, attempts FROM outbox_job WHERE key LIKE 'poison %'"
    assert database.ask(poison) == [("dead", 5)] * len(producers)
    assert purchases
    assert purchases - set(keys) == set()
    assert len(keys) == len(set(keys)) == database.number(paid)
    assert len(keys) == database.number("SELECT sum(sold) FROM listings_variant")
    charged = "SELECT count(*) FROM orders_sandboxentry WHERE kind = 'charge'"
    assert len(keys) == database.number(f"{charged} AND outcome = 'succeeded'")
    assert database.number("SELECT coalesce(sum(amount_minor), 0) FROM ledger_entry") == 0
    team.manage("ledger_check")
    team.manage("reconcile")


def assert_the_clock_ticked_once_a_period(database):
    facts = {"kind": TICK, "cut": len(TICK) + 2, "every": TICK_SECONDS}
    assert database.ask(ODD_PERIODS, facts) == []
    ticks = database.number("SELECT count(*) FROM fault_tick")
    assert ticks == database.number(f"SELECT count(*) FROM outbox_job WHERE kind = '{TICK}'")
    assert ticks > 0


@pytest.mark.parametrize("workers", [2, 0])
def test_one_seed_makes_one_plan_with_a_fair_share_for_every_kind(workers):
    planned = victims.plan(7, 1000, workers=workers)
    assert (
        planned == victims.plan(7, 1000, workers=workers) != victims.plan(8, 1000, workers=workers)
    )
    shares = Counter(victim for _pause, victim in planned)
    own = victims.WITH_WORKERS if workers else victims.WITHOUT_WORKERS
    assert set(shares) == {*victims.ALWAYS, *own}
    assert min(shares.values()) >= 50
    assert {victim for _pause, victim in planned[:15]} == set(shares)
