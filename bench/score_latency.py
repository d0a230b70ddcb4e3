"""One score with all its reasons, in plain Python: microseconds, and whether the reasons sum up.

    python bench/score_latency.py [--people 100000]

People of the simulated market (bench/shop_market.py), one after the other, in one process without
any server. `score`: the card alone, every row's points among what it returns. `explained`: what
the platform does for a shop: bands, rows to keep, and the four reasons that cost most. Beside it
an empty call, as Python's own share. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from bench import shop_market
from bench.ledger import processor
from credit.scoring import rules

PEOPLE, MOST_P99_US = 100_000, 20


def main() -> int:
    """Time each person's score; 0 when what was promised is met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=PEOPLE)
    people = drawn(parser.parse_args().people)
    figures = measure(people)
    card = rules.shop_card().card
    values = [one.values() for one in people]
    unequal = sum(
        1
        for scored in map(card.score, values)
        if sum(scored.contributions.values()) != scored.points
    )
    meets = {"explained_p99": figures["explained"]["p99"] <= MOST_P99_US, "sums": unequal == 0}
    machine = {
        "cores": os.cpu_count(),
        "processor": processor(),
        "python": platform.python_version(),
        "load_average": [round(value, 2) for value in os.getloadavg()],
    }
    figures = {"people": len(people), "microseconds": figures, "unequal_sums": unequal}
    targets = {"explained_p99_microseconds": MOST_P99_US, "unequal_sums": 0}
    result = {"bench": "score_latency", "machine": machine, "figures": figures}
    print(json.dumps({**result, "targets": targets, "meets": meets}))
    return 0 if all(meets.values()) else 1


def measure(people: list[rules.Features]) -> dict[str, dict[str, float]]:
    """Return percentiles in microseconds: the score, the score explained, and nothing at all."""
    card = rules.shop_card().card

    def explained(one: rules.Features) -> list[rules.Reason]:
        return rules.reasons_down(card, rules.score(one).contributions, limit=4)

    gc.disable()
    figures = {
        "score": timed(card.score, [one.values() for one in people]),
        "explained": timed(explained, people),
        "empty_call": timed(lambda one: one, people),
    }
    gc.enable()
    return figures


def drawn(count: int) -> list[rules.Features]:
    chance = np.random.default_rng(3)
    columns = shop_market.observe(chance, shop_market.traits(chance, count))
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [
        rules.Features(
            **{
                name: None if value != value else int(value)
                for name, value in zip(columns, row, strict=True)
            }
        )
        for row in rows
    ]


def timed(call: Callable[[object], object], people: list[object]) -> dict[str, float]:
    """Return percentiles of the microseconds of one call."""
    clock, took = time.perf_counter_ns, []
    for one in people:
        start = clock()
        call(one)
        took.append(clock() - start)
    ends = np.percentile(np.array(took) / 1000, [50, 99, 99.9])
    return dict(zip(("p50", "p99", "p999"), (round(float(end), 2) for end in ends), strict=True))


if __name__ == "__main__":
    sys.exit(main())
