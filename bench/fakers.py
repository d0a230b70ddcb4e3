"""A market with sellers of fakes who adapt: how many are gone before anybody buys?

    python bench/fakers.py [--genuine 30000] [--campaigns 1000] [--photos DIR] [--titles CSV]

Simulates weeks of a market (bench/fakers_world.py: who sells; fakers_campaigns.py: how fakers
adapt; fakers_market.py: posting, buying, reports and the desk, in hours) under three checks: the
project's own functions on a bank in memory (fakers_pipeline.py), a perceptual hash alone, and
hash and plain names. Each of `--markets` is a world of its own, one process each; their figures
are added up. The fakers' edits of photos, fonts and ways of hiding names are of these files alone.

Honest shops show a few own photos again and again, as on real markets; each picture is described
once. `--level site` sends a small market through the real services, database and worker, and
compares what both say. Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from bench import fakers_campaigns as fakers
from bench import fakers_pictures as pictures
from bench import fakers_report as report
from bench import fakers_world as worlds
from bench.fakers_market import Judge, Market, Staff, Tally

# What was promised.
GONE_MUST, GONE_TARGET = 0.97, 0.99
HELD_MUST, HELD_TARGET = 0.005, 0.002
GENUINE_MUST = 30_000
SEED = 61
CHECKS = ("pipeline", "hash only", "hash and names")


def main() -> int:
    """Run everything; 0 when what was promised is met."""
    chosen = _arguments()
    if chosen.level == "site":
        from bench import fakers_site

        return fakers_site.main(chosen)
    begun = time.perf_counter()
    tasks = [(chosen, number) for number in range(chosen.markets)]
    found: dict[str, list[Tally]] = {name: [] for name in CHECKS}
    with multiprocessing.get_context("spawn").Pool(min(chosen.jobs, chosen.markets)) as pool:
        for tallies in pool.imap_unordered(_market, tasks):
            for name, tally in tallies.items():
                found[name].append(tally)
    all_figures = {name: report.figures(found[name]) for name in CHECKS if found[name]}
    for name, figures in all_figures.items():
        sys.stderr.write("\n".join(report.lines(name, figures)) + "\n")
    return _say(all_figures, round(time.perf_counter() - begun, 1), chosen)


def _market(task: tuple[argparse.Namespace, int]) -> dict[str, Tally]:
    chosen, number = task
    share = (chosen.genuine // chosen.markets, chosen.campaigns // chosen.markets)
    titles = read_titles(chosen.titles)
    return {
        name: simulate(
            name, chosen, genuine=share[0], campaigns=share[1], number=number, titles=titles
        )
        for name in CHECKS
        if chosen.only in ("", name)
    }


def simulate(
    check: str,
    chosen: argparse.Namespace,
    *,
    genuine: int,
    campaigns: int,
    number: int,
    titles: Sequence[str] = (),
) -> Tally:
    """Run one market under one check; the same numbers make the same world."""
    begun = time.perf_counter()
    world, honest, sellers = made(
        chosen, genuine=genuine, campaigns=campaigns, number=number, titles=titles
    )
    market = Market(world, judge_of(check, world, chosen), Staff(people=chosen.staff), seed=number)
    tally = market.run(honest, sellers)
    seconds = time.perf_counter() - begun
    sys.stderr.write(
        f"market {number}, {check}: {len(tally.listings):,} listings, {seconds:.0f} s\n"
    )
    return tally


def made(
    chosen: argparse.Namespace,
    *,
    genuine: int,
    campaigns: int,
    number: int,
    titles: Sequence[str] = (),
) -> tuple[worlds.World, list[worlds.Listing], list[fakers.Campaign]]:
    """Make a world with its honest listings and its fakers."""
    seed = chosen.seed + number
    rings = max(1, campaigns // fakers.CAMPAIGNS_A_RING)
    pool = pictures.deal(
        Path(chosen.photos or pictures.DEMO),
        brands=chosen.brands,
        each=chosen.references,
        rings=min(rings, chosen.rings_most),
        seed=seed,
    )
    world = worlds.found(pool, brands=chosen.brands, each=chosen.references, seed=seed)
    return world, worlds.honest(world, genuine, titles), fakers.campaigns(world, campaigns)


def judge_of(check: str, world: worlds.World, chosen: argparse.Namespace) -> Judge:
    """Return a check by its name."""
    from bench import fakers_baseline as baseline

    if check == "pipeline":
        from bench import fakers_pipeline as pipeline

        reads = not chosen.unread and pipeline.reads_pictures()
        return pipeline.Pipeline(world, read_pictures=reads)
    return baseline.Baseline(world, names=check == "hash and names")


def read_titles(path: str) -> list[str]:
    """Return the column `title` of a CSV, without repetition; nothing without a path."""
    if not path:
        return []
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row["title"] for row in csv.DictReader(file) if row["title"]))


def _say(found: dict[str, dict[str, Any]], seconds: float, chosen: argparse.Namespace) -> int:
    ours = found.get("pipeline", {})
    meets = {}
    if ours:
        gone, held = ours["gone_before_sale"], ours["genuine_withheld"]
        meets = {
            "gone": gone >= GONE_MUST,
            "held": held <= HELD_MUST,
            "no_wrong_takedown": ours["wrong_takedowns_by_machine"] == 0,
            "target_gone": gone >= GONE_TARGET,
            "target_held": held <= HELD_TARGET,
            "target_size": ours["genuine"] >= GENUINE_MUST,
        }
    targets = {
        "gone_before_sale": {"must": GONE_MUST, "target": GONE_TARGET},
        "genuine_withheld": {"must": HELD_MUST, "target": HELD_TARGET},
        "wrong_takedowns_by_machine": {"must": 0, "genuine": GENUINE_MUST},
    }
    machine = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average": [round(value, 2) for value in os.getloadavg()],
        "seconds": seconds,
        "markets": chosen.markets,
    }
    figures = {
        name: {key: value for key, value in one.items() if key not in ("missed", "held_for")}
        for name, one in found.items()
    }
    result = {"bench": "fakers", "machine": machine, "figures": figures, "targets": targets}
    print(json.dumps({**result, "meets": meets}, ensure_ascii=False))
    return 0 if all(value for name, value in meets.items() if "target" not in name) else 1


def _arguments() -> argparse.Namespace:
    return arguments().parse_args()


def arguments() -> argparse.ArgumentParser:
    """Return the options with what they are when nobody chooses."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--level", choices=("pipeline", "site"), default="pipeline")
    parser.add_argument("--genuine", type=int, default=30_000)
    parser.add_argument("--campaigns", type=int, default=1_000)
    parser.add_argument("--markets", type=int, default=2, help="worlds, one process each")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--photos", default="", help="a folder; numbered files: odd ones only")
    parser.add_argument("--titles", default="", help="a CSV with real titles of plain goods")
    parser.add_argument("--brands", type=int, default=24)
    parser.add_argument("--references", type=int, default=4, help="photos of each rights holder")
    parser.add_argument("--rings-most", type=int, default=25, help="rings with photos of their own")
    parser.add_argument("--staff", type=int, default=4, help="people at the desk")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", default="", help="one check alone")
    parser.add_argument("--unread", action="store_true", help="do not read words in pictures")
    return parser


if __name__ == "__main__":
    sys.exit(main())
