"""A market of shops whose truth is known, in the very columns that the score of a shop reads.

Sellers have latent traits that nobody sees (skill, honesty, scale); what the platform can observe
follows from them, with gaps and with the same shrinking of rates that the platform uses; each has
a probability of default that is a known function of what is observed. The card of the shops is
trained on one such market and judged here on another from its JSON alone: nothing is imported
from what is judged. No real loan stands behind these figures.

    python bench/shop_market.py write --out market.csv          # then manage.py scorecard train
    python bench/shop_market.py judge --card credit/scoring/cards/shop.json --keep
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
import sys
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from bench.credit_market import auc, best_auc, ece, judged, probability

CARD = PROJECT / "credit" / "scoring" / "cards" / "shop.json"
SEED, TRAIN, TEST = 2026, 300_000, 200_000
DATA = "300,000 sellers of a simulated market (bench/shop_market.py, seed 2026); no real loan"
LIMITS = [
    "The bands' rates of default are targets until 300 loans have run their course.",
    "How a row weighs follows the simulation's assumptions, not yet any repayment seen here.",
    "Circles of more than three trades, and buyers who never sell, are not seen through.",
]
PRIOR_BUYERS = 8
# Of the cautious priors that rates are pulled towards: in time, cancelled, refunded, disputes
# lost, repeat buyers; and of the hours to send and the stars (hundredths).
ON_TIME, CANCELLED, REFUNDED, LOST, REPEAT, HOURS, STARS = 0.9, 0.03, 0.03, 0.01, 0.2, 48, 400
RATES = ("on_time_permille", "cancelled_permille", "lost_permille", "refunded_permille")
RATES += ("repeat_permille",)
# What is not known weighs as the cautious prior; counts that are missing are nothing yet.
UNKNOWN = {"on_time_permille": 1000 * ON_TIME, "cancelled_permille": 1000 * CANCELLED}
UNKNOWN |= {"refunded_permille": 1000 * REFUNDED, "lost_permille": 1000 * LOST}
UNKNOWN |= {"repeat_permille": 1000 * REPEAT, "ship_hours": HOURS, "stars_hundredths": STARS}
UNKNOWN |= {"largest_buyer_permille": 350}
SPREAD_EDGES = (0, 3, 8, 16, 32, 64)


def traits(chance: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Draw what nobody sees, how long each seller has been here and how many buyers came."""
    months = np.minimum(chance.exponential(14, count), 90)
    scale = np.exp(chance.normal(2.0, 1.1, count))
    return {
        "skill": chance.normal(size=count),
        "honesty": chance.normal(size=count),
        "months": months,
        "buyers": chance.poisson(scale * np.sqrt(months / 3 + 0.2)),
    }


def observe(chance: np.random.Generator, who: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Draw what the platform reads of each seller; NaN where there is no record."""
    skill, honesty, months, buyers = who.values()
    count, none = len(skill), buyers == 0

    def share(center: float, slope: float, trait: np.ndarray) -> np.ndarray:
        truth = 1 / (1 + np.exp(-(center + slope * trait)))
        return chance.binomial(buyers, truth).astype(float)

    def permille(events: np.ndarray, prior: float) -> np.ndarray:
        pulled = np.floor((events + PRIOR_BUYERS * prior) / (buyers + PRIOR_BUYERS) * 1000)
        return np.where(none, np.nan, pulled)

    def pulled(mean: np.ndarray, prior: float) -> np.ndarray:
        return np.floor((mean * buyers + prior * PRIOR_BUYERS) / (buyers + PRIOR_BUYERS))

    hours = np.exp(3.6 - 0.35 * skill + chance.normal(0, 0.35, count))
    raters = chance.binomial(buyers, 0.35)
    stars = np.clip(430 + 28 * skill + 18 * honesty + chance.normal(0, 40, count), 100, 500)
    stars = np.floor((stars * raters + STARS * PRIOR_BUYERS) / (raters + PRIOR_BUYERS))
    fakes = np.minimum(chance.poisson(np.exp(-3.0 - 0.9 * honesty)), 2)
    small = np.minimum(chance.poisson(np.exp(-2.7 - 0.6 * honesty - 0.2 * skill)), 2)
    grave = chance.choice([9, 27], count, p=[0.75, 0.25])
    loans = np.where(months > 4, chance.poisson(np.clip(months / 12, 0, 4)), 0)
    late = np.maximum(chance.exponential(np.exp(1.3 - 0.6 * honesty - 0.3 * skill)) - 1, 0)
    largest = np.clip(chance.gamma(1.3, 0.1, count) + 1 / np.maximum(buyers, 1), 0.01, 1)
    enough = buyers >= 3
    return {
        "months_trading": np.where(none, np.nan, np.floor(months * chance.uniform(0.7, 1, count))),
        "active_months": np.where(
            none, np.nan, np.minimum(np.minimum(buyers, np.ceil(months)), 12)
        ),
        "account_months": np.floor(months),
        "instalments_paid": np.where(loans == 0, np.nan, loans * 6),
        "days_late": np.where(loans == 0, np.nan, np.floor(late)),
        "on_time_permille": permille(share(2.4, 0.9, skill), ON_TIME),
        "cancelled_permille": permille(share(-3.4, -0.6, skill), CANCELLED),
        "ship_hours": np.where(none, np.nan, pulled(hours, HOURS)),
        "lost_permille": permille(share(-4.2, -0.8, honesty), LOST),
        "strike_points": small * 1.0 + np.where(fakes > 0, fakes * grave, 0),
        "fakes_proven": fakes.astype(float),
        "refunded_permille": permille(share(-3.3, -0.4, skill + honesty), REFUNDED),
        "stars_hundredths": np.where(raters == 0, np.nan, stars),
        "identity_level": chance.choice([0.0, 1.0, 2.0], count, p=[0.1, 0.6, 0.3]),
        "payout_months": np.where(
            chance.random(count) < 0.05, np.nan, np.floor(months * chance.beta(4, 1, count))
        ),
        "buyers": np.where(none, np.nan, buyers.astype(float)),
        "repeat_permille": permille(share(-0.9, 0.5, skill), REPEAT),
        "largest_buyer_permille": np.where(enough, np.floor(largest * 1000), np.nan),
    }


def truth(x: dict[str, np.ndarray]) -> np.ndarray:
    """Log odds of default: monotone curves, three interactions; no record is a cautious one."""
    s = {name: np.nan_to_num(column, nan=UNKNOWN.get(name, 0)) for name, column in x.items()}
    thin = np.isnan(x["buyers"])
    borrowed = ~np.isnan(x["instalments_paid"])
    odds = (
        -0.30 * np.log1p(s["months_trading"])
        - 0.03 * s["active_months"]
        - 0.004 * np.minimum(s["account_months"], 60)
        - 0.02 * np.minimum(s["instalments_paid"], 24) * borrowed
        + 0.05 * np.minimum(s["days_late"], 25) * borrowed
        - 4.5 * np.minimum(s["on_time_permille"], 970) / 1000
        + 1.8 * np.sqrt(s["cancelled_permille"] / 1000)
        + 0.25 * np.log1p(s["ship_hours"] / 24)
        + 3.0 * np.sqrt(s["lost_permille"] / 1000)
        + 0.55 * np.log1p(s["strike_points"])
        + 0.70 * np.minimum(s["fakes_proven"], 2)
        + 1.0 * np.sqrt(s["refunded_permille"] / 1000)
        - 0.006 * (s["stars_hundredths"] - STARS)
        - 0.35 * s["identity_level"]
        - 0.10 * np.log1p(s["payout_months"])
        - 0.42 * np.log1p(np.minimum(s["buyers"], 60))
        - 1.0 * s["repeat_permille"] / 1000
        + 1.1 * s["largest_buyer_permille"] / 1000
        + 0.20 * thin
    )
    odds += 0.5 * (s["months_trading"] < 6) * (s["lost_permille"] > 25)
    odds += 0.5 * (s["fakes_proven"] > 0) * (s["stars_hundredths"] < 410)
    odds += 0.5 * (s["largest_buyer_permille"] > 400) * (s["repeat_permille"] < 200)
    return odds


def drawn(seed: int, count: int) -> tuple[dict, dict, np.ndarray, np.ndarray]:
    """Return traits, observables, true probabilities and outcomes."""
    chance = np.random.default_rng(seed)
    who = traits(chance, count)
    x = observe(chance, who)
    p = probability(truth(x))
    return who, x, p, (chance.random(count) < p).astype(int)


def write(options: argparse.Namespace) -> None:
    """Write a market as CSV for `manage.py scorecard train --target outcome --bad 1`."""
    _, x, _, bad = drawn(options.seed, options.rows)
    with options.out.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow([*x, "outcome"])
        out.writerows(
            ["" if value != value else f"{value:g}" for value in row]
            for row in zip(*x.values(), bad, strict=True)
        )


def points_of(card: dict, x: dict[str, np.ndarray]) -> np.ndarray:
    """Return everybody's score as the card promises it."""
    p = judged(card, x)
    factor = 50 / math.log(2)
    return np.clip(650 - factor * math.log(20) - factor * np.log(p / (1 - p)), 350, 950)


def spread(card: dict, seed: int) -> list[list[int]]:
    """Return how far scores of the same seller lie from each other in two separate histories.

    Half the width of the interval that holds nine of ten, by the number of buyers from which on
    it holds: what chance does to the rates of a short record, all else equal.
    """
    chance = np.random.default_rng(seed)
    who = traits(chance, TEST)
    one, again = observe(chance, who), observe(chance, who)
    other = {**one, **{name: again[name] for name in RATES}}
    gap = np.abs(points_of(card, one) - points_of(card, other)) / math.sqrt(2)
    buyers = np.nan_to_num(one["buyers"])
    found = []
    for edge, end in zip(SPREAD_EDGES, [*SPREAD_EDGES[1:], np.inf], strict=True):
        found.append([edge, int(np.quantile(gap[(buyers >= edge) & (buyers < end)], 0.9))])
    for place in range(len(found) - 2, -1, -1):  # fewer buyers never leave less open
        found[place][1] = max(found[place][1], found[place + 1][1])
    return found


def compact(whole: dict) -> str:
    """Return JSON that people can read: an attribute, a line of a pair, a fact per line."""
    lists = re.compile(r"\[[^\[\]{}]*\]")
    text = json.dumps(whole, indent=1)
    return lists.sub(lambda found: re.sub(r"\s+", " ", found.group()), text) + "\n"


def judge(options: argparse.Namespace) -> None:
    """Print what a card is worth on sellers it never saw; with --keep, write it into its file."""
    whole = json.loads(options.card.read_text())
    card = whole["card"]
    _, x, p, bad = drawn(options.seed + 1, options.rows)
    promised, best = judged(card, x), auc(bad, p)
    points = points_of(card, x)
    bands = {}
    for low, high in ((350, 550), (550, 600), (600, 650), (650, 700), (700, 951)):
        inside = (points >= low) & (points < high)
        bands[str(low)] = {
            "share": round(float(inside.mean()), 4),
            "promised": round(float(promised[inside].mean()), 4),
            "seen": round(float(bad[inside].mean()), 4),
        }
    figures = {
        "sellers_judged": options.rows,
        "bad_share": round(float(bad.mean()), 4),
        "best_auc": round(best, 4),
        "best_auc_expected": round(best_auc(p), 4),
        "auc": round(auc(bad, promised), 4),
        "gini_of_best": round((2 * auc(bad, promised) - 1) / (2 * best - 1), 4),
        "mean_error": round(float(np.abs(promised - p).mean()), 4),
        "ece": round(ece(bad, promised), 4),
    }
    report = {"figures": figures, "bands": bands, "spread": spread(card, options.seed + 2)}
    if options.keep:
        whole["facts"] = {"data": DATA, **report, "limits": LIMITS}
        options.card.write_text(compact(whole))
    print(json.dumps({"bench": "shop_market", **report}))


def main() -> None:
    """Write a market, or judge a card on another one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.set_defaults(act=judge, card=CARD, keep=False, rows=TEST, seed=SEED)
    acts = parser.add_subparsers()
    writing, judging = acts.add_parser("write"), acts.add_parser("judge")
    writing.set_defaults(act=write)
    writing.add_argument("--out", type=Path, required=True)
    writing.add_argument("--rows", type=int, default=TRAIN)
    judging.set_defaults(act=judge)
    judging.add_argument("--card", type=Path, default=CARD)
    judging.add_argument("--keep", action="store_true")
    judging.add_argument("--rows", type=int, default=TEST)
    for one in (writing, judging):
        one.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    options.act(options)


if __name__ == "__main__":
    main()
