"""Parts are killed at random while money moves: nothing acknowledged is lost or done twice.

`EWTP_FAULT_KILLS` says how many kills (20), `EWTP_FAULT_SEED` which ones.
"""

from __future__ import annotations

import os
import random

import pytest

from ewtp import embedded
from tests.faults.crew import (
    PRODUCER,
    PROFILE,
    SWEEPER,
    WORKER,
    kill,
    kill_one_child,
    kill_tree,
)

KILLS = int(os.environ.get("EWTP_FAULT_KILLS", "20"))
SEED = int(os.environ.get("EWTP_FAULT_SEED", random.SystemRandom().randrange(10**6)))
VICTIMS = ("worker", "worker child", "valkey", "backend", "session", "sweeper")
OPEN = "SELECT count(*) FROM outbox_job WHERE state IN ('pending', 'leased')"


def plan(seed: int, kills: int) -> list[tuple[float, str]]:
    """Return pauses in seconds and victims; every kind of victim in turn, in shuffled order."""
    chance = random.Random(seed)
    victims: list[str] = []
    while len(victims) < kills:
        victims += chance.sample(VICTIMS, len(VICTIMS))
    return [(chance.uniform(0.3, 2.0), victim) for victim in victims[:kills]]


def strike(victim, team, database, chance):
    if victim == "worker":
        kill_tree(team.running["worker"].pid)
    elif victim == "worker child":
        kill_one_child(team.running["worker"].pid, chance)
    elif victim == "valkey":
        kill(embedded.pids(PROFILE)[1] or 0)
    elif victim == "sweeper":
        kill(team.running[chance.choice(["sweeper", "spare sweeper"])].pid)
    elif sessions := database.sessions():
        pid = chance.choice(sessions)
        if victim == "backend":
            kill(pid)  # the whole server goes into crash recovery
        else:
            database.ask(f"SELECT pg_terminate_backend({pid})")


def revive_the_dead(team, database):
    """A job that was killed five times is dead, not lost: staff start it again."""
    dead = database.number("SELECT count(*) FROM outbox_job WHERE state = 'dead'")
    if dead:
        database.ask(
            "UPDATE outbox_job SET state = 'pending', attempts = 0, run_at = now()"
            " WHERE state = 'dead'"
        )
        team.wait_until(lambda: database.number(OPEN) == 0, 60)
    return dead


@pytest.mark.timeout(120 + 6 * KILLS)
def test_seeded_kills_lose_no_acknowledged_job_and_double_no_effect(own_servers):
    team, database = own_servers
    print(f"EWTP_FAULT_SEED={SEED} EWTP_FAULT_KILLS={KILLS}")
    team.start("worker", WORKER)
    team.start("sweeper", SWEEPER)
    team.start("spare sweeper", SWEEPER)
    team.start("producer", PRODUCER)
    team.wait_until(lambda: database.number("SELECT count(*) FROM fault_effect") > 5, 60)

    chance = random.Random(SEED)
    for pause_seconds, victim in plan(SEED, KILLS):
        team.rest(pause_seconds)
        strike(victim, team, database, chance)
    team.stop("producer")
    team.wait_until(lambda: database.number(OPEN) == 0, 90)
    dead = revive_the_dead(team, database)

    acknowledged = {line for line in team.log("producer").split("\n") if line.startswith("fault:")}
    done = {key for (key,) in database.ask("SELECT key FROM outbox_job WHERE state = 'done'")}
    effects = database.number("SELECT count(*) FROM fault_effect")
    print(
        f"{KILLS} kills, {len(acknowledged)} jobs acknowledged, {len(acknowledged - done)} lost,"
        f" {effects - len(done)} effects doubled, {dead} died and were revived, at most"
        f" {database.number('SELECT max(attempts) FROM outbox_job')} attempts"
    )
    assert acknowledged
    assert acknowledged - done == set()
    assert effects == database.number("SELECT count(DISTINCT job_id) FROM fault_effect")
    assert effects == database.number("SELECT count(*) FROM outbox_job WHERE state = 'done'")
    assert effects == database.number("SELECT count(*) FROM ledger_transfer WHERE kind = 'fault'")
    assert database.number("SELECT coalesce(sum(amount_minor), 0) FROM ledger_entry") == 0
    team.manage("ledger_check")


def test_one_seed_makes_one_plan():
    assert plan(7, 40) == plan(7, 40) != plan(8, 40)
    assert {victim for _pause, victim in plan(7, 20)} == set(VICTIMS)
