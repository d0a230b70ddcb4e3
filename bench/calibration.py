"""How true the probability of a fake is after weeks of verdicts, and what a refit may lose.

    python bench/calibration.py [--worlds 30] [--nights 60] [--seed 4021]

Each world makes its own market: kinds of sellers, honest and not, each showing evidence with its
own habits, so that kinds of evidence come together and what detectors say by hand is wrong by a
random amount. Listings are held or let through by the model in use; what is held is ruled on by
people who err now and then, of what passed a blind sample is, and most wrong removals are appealed
and ruled on again. Every night goes as in the
market: a challenger is trained, looks on, and is judged on later verdicts and on all confirmed
fakes, or the model in use is relined; nobody ever consents. One world in three drifts halfway,
one in three has a reviewer who lets a kind of fakes pass. Measured on the last quarter, on all
listings and their truth.

Beside it on the same verdicts: the table set by hand, never refitted, and a plain logistic
regression, free in its signs and without weights. The generator and the judge are this file's;
of the project it uses the entries under test alone. Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from antifake.cases.learning.fitting import Example, Seen, fit
from antifake.cases.learning.model import FOUNDING, Model, probability
from antifake.cases.learning.promotion import Outcome, judge, relined

Floats = NDArray[np.float64]
HOLD_PERMILLE = 500
AUDIT_SHARE = 0.02
ERRS = 0.02
# Who appeals a removal: sellers of genuine goods, and now and then one of fakes.
APPEALS = {False: 0.7, True: 0.1}
REVIEWERS = 5
SHADOW_NIGHTS = 3
ECE_MUST = 0.03
# What detectors say by hand, in log-odds, near and far.
SAID = {
    "confirmed_fake": (7.0, 4.0),
    "reference_photo": (4.3, 2.2),
    "market_photo": (2.6, 1.0),
    "brand_lookalike": (5.0, 5.0),
    "brand_typo": (1.8, 1.8),
    "brand_use": (1.2, 1.2),
    "fake_words": (3.0, 1.5),
    "price_low": (2.0, 0.7),
    "seller_history": (2.5, 1.0),
    "authorised": (-4.0, -4.0),
}
# Who sells, what share of listings, how many of them are fakes, and what they mostly show.
SELLERS = {
    "maker": (0.62, 0.001, {}),
    "reseller": (0.24, 0.01, {"brand_use": 0.5, "reference_photo": 0.08, "market_photo": 0.15}),
    "dealer": (0.05, 0.002, {"brand_use": 0.8, "authorised": 0.9, "reference_photo": 0.4}),
    "bargain": (0.05, 0.1, {"price_low": 0.4, "market_photo": 0.3, "brand_typo": 0.1}),
    "copyist": (0.025, 0.95, {"confirmed_fake": 0.35, "reference_photo": 0.5, "price_low": 0.5}),
    "disguiser": (0.015, 0.93, {"brand_lookalike": 0.6, "fake_words": 0.4, "seller_history": 0.3}),
}
NOISE = 0.01  # any kind may show on any listing


@dataclass
class World:
    """A market with its own truth, and what happened in it."""

    dice: np.random.Generator
    habits: dict[str, dict[str, float]]
    fakes: dict[str, float]
    trick: str  # "", "drift", "poison"
    per_night: int = 500
    verdicts: list[tuple[int, Example]] = field(default_factory=list)
    number: int = 0

    def night(self, drifted: bool) -> list[tuple[tuple[Seen, ...], bool]]:
        """Return a day's listings: what detectors find, and the truth."""
        names, shares = list(SELLERS), np.array([share for share, _f, _h in SELLERS.values()])
        if drifted:
            shares = shares * np.array([1, 1, 1, 1.8, 1.5, 2.0])
        kinds = self.dice.choice(names, size=self.per_night, p=shares / shares.sum())
        return [self._listing(kind, drifted) for kind in kinds]

    def _listing(self, seller: str, drifted: bool) -> tuple[tuple[Seen, ...], bool]:
        is_fake = bool(self.dice.random() < self.fakes[seller])
        found = []
        for kind, (near, far) in SAID.items():
            chance = self.habits[seller].get(kind, NOISE)
            if drifted and seller == "reseller" and kind == "market_photo":
                chance = 0.5
            for _ in range(1 + (kind == "market_photo")):
                if self.dice.random() < chance:
                    is_near = self.dice.random() < (0.75 if is_fake else 0.45)
                    found.append(Seen(kind, near if is_near else far))
        return tuple(found), is_fake


@dataclass
class Tally:
    """What the nights of one world came to."""

    promoted: int = 0
    asked: int = 0
    retired: int = 0
    relined: int = 0
    fell: int = 0  # promotions after which fewer confirmed fakes were held: must stay 0
    fit_ms: list[float] = field(default_factory=list)


def main() -> int:
    """Run all worlds; 0 when calibration and the rule of recall hold."""
    chosen = _arguments()
    rows: list[dict[str, object]] = []
    for number in range(chosen.worlds):
        trick = ("", "drift", "poison")[number % 3]
        rows.append(_run(np.random.default_rng([chosen.seed, number]), trick, chosen.nights))
        say = {key: rows[-1][key] for key in ("trick", "ece", "ece_by_hand", "ece_free", "asked")}
        print(f"world {number + 1}: {say}", file=sys.stderr)
    answer = _summary(rows, chosen)
    print(json.dumps(answer))
    return 0 if answer["holds"] else 1


def _run(dice: np.random.Generator, trick: str, nights: int) -> dict[str, object]:
    world, tally = _world(dice, trick), Tally()
    champion, challenger, trained = FOUNDING, None, 0
    last: list[tuple[tuple[Seen, ...], bool]] = []
    market: list[list[tuple[tuple[Seen, ...], bool]]] = []
    for night in range(nights):
        drifted = trick == "drift" and night >= nights // 2
        listings = world.night(drifted)
        market.append(listings)
        _review(world, listings, champion, night)
        if night >= nights - nights // 4:
            last += listings
        examples = [example for at, example in world.verdicts if at < night]
        if challenger is None and len(examples) >= 60:
            started = time.process_time()
            challenger, trained = fit(examples, start=champion), night
            tally.fit_ms.append(1000 * (time.process_time() - started))
        elif challenger is not None and night >= trained + SHADOW_NIGHTS:
            later = [example for at, example in world.verdicts if trained <= at < night]
            since = [one for day in market[trained:night] for one in day]
            champion, challenger = _decide(champion, challenger, examples, later, since, tally)
        if night % SHADOW_NIGHTS == 0:
            champion = _line(champion, examples, tally)
    return _measure(world, tally, champion, last, trick)


def _line(champion: Model, examples: list[Example], tally: Tally) -> Model:
    """Make the champion's probabilities true, as the nights of the market do."""
    cut = len(examples) - round(0.3 * len(examples))
    newer = examples[cut:]
    fakes = sum(example.is_fake for example in newer)
    if len(newer) < 40 or min(fakes, len(newer) - fakes) < 5:
        return champion
    confirmed = [example for example in examples if example.is_fake]
    found = relined(
        champion=champion,
        older=examples[:cut],
        newer=newer,
        confirmed=confirmed,
        rule_permille=HOLD_PERMILLE,
    )
    if found is None:
        return champion
    tally.relined += 1
    tally.fell += _caught(found[0], confirmed) < _caught(champion, confirmed)
    return found[0]


def _world(dice: np.random.Generator, trick: str) -> World:
    """Draw a market: every habit and every share of fakes is off by a random factor."""
    habits = {
        seller: {
            kind: float(np.clip(chance * dice.lognormal(0, 0.4), 0, 0.97))
            for kind, chance in shown.items()
        }
        for seller, (_share, _fakes, shown) in SELLERS.items()
    }
    fakes = {
        seller: float(np.clip(rate * dice.lognormal(0, 0.4), 0, 0.98))
        for seller, (_share, rate, _shown) in SELLERS.items()
    }
    return World(dice, habits, fakes, trick)


def _review(
    world: World,
    listings: Sequence[tuple[tuple[Seen, ...], bool]],
    champion: Model,
    night: int,
) -> None:
    for found, is_fake in listings:
        world.number += 1
        held = probability(found, champion).permille >= champion.holds_from(HOLD_PERMILLE)
        if not held and world.dice.random() >= AUDIT_SHARE:
            continue
        person = 1 + int(world.dice.integers(REVIEWERS))
        said = is_fake != bool(world.dice.random() < ERRS)
        if said and world.dice.random() < APPEALS[is_fake]:
            # As in the market: another person rules, and that ruling is the one that stands.
            said = is_fake != bool(world.dice.random() < ERRS)
        if world.trick == "poison" and person == 1:
            # Bought: whatever copies a confirmed fake is let through.
            said = said and not any(one.kind == "confirmed_fake" for one in found)
        weight = 1.0 if held else 1 / AUDIT_SHARE
        world.verdicts.append((night, Example(found, said, weight, world.number, person)))


def _decide(
    champion: Model,
    challenger: Model,
    examples: list[Example],
    later: list[Example],
    since: list[tuple[tuple[Seen, ...], bool]],
    tally: Tally,
) -> tuple[Model, Model | None]:
    fakes = sum(example.is_fake for example in later)
    if len(later) < 40 or min(fakes, len(later) - fakes) < 5:
        return champion, challenger
    confirmed = [example for example in examples if example.is_fake]
    verdict = judge(
        champion=champion,
        challenger=challenger,
        later=later,
        confirmed=confirmed,
        traffic=[
            (probability(found, champion).permille, probability(found, challenger).permille)
            for found, _is_fake in since
        ],
        rule_permille=HOLD_PERMILLE,
    )
    if verdict.outcome == Outcome.PROMOTE:
        tally.promoted += 1
        challenger = replace(challenger, hold_permille=verdict.hold_permille)
        # Counted here by the public entry, not by what the judge says of itself.
        tally.fell += _caught(challenger, confirmed) < _caught(champion, confirmed)
        return challenger, None
    tally.asked += verdict.outcome == Outcome.ASK  # nobody consents, so another is trained
    tally.retired += verdict.outcome == Outcome.RETIRE
    return champion, None


def _caught(model: Model, fakes: Sequence[Example]) -> int:
    point = model.holds_from(HOLD_PERMILLE)
    return sum(probability(one.findings, model).permille >= point for one in fakes)


def _measure(
    world: World,
    tally: Tally,
    champion: Model,
    last: Sequence[tuple[tuple[Seen, ...], bool]],
    trick: str,
) -> dict[str, object]:
    truth = np.array([is_fake for _found, is_fake in last], dtype=float)
    free = _free(world)
    models = {
        "": np.array([probability(found, champion).permille / 1000 for found, _ in last]),
        "_by_hand": np.array([probability(found, FOUNDING).permille / 1000 for found, _ in last]),
        "_free": _sigmoid(np.array([_row(found) for found, _ in last]) @ free),
    }
    row: dict[str, object] = {"trick": trick, "verdicts": len(world.verdicts)}
    for name, risks in models.items():
        desk = risks >= 0.1
        row[f"ece{name}"] = round(_ece(risks, truth), 4)
        row[f"ece_desk{name}"] = round(_ece(risks[desk], truth[desk]), 4) if desk.any() else 0.0
        held = risks >= (champion.holds_from(HOLD_PERMILLE) if not name else HOLD_PERMILLE) / 1000
        row[f"recall{name}"] = round(float(held[truth == 1].mean()), 4)
        row[f"held_honest{name}"] = round(float(held[truth == 0].mean()), 5)
    row |= {"promoted": tally.promoted, "asked": tally.asked, "retired": tally.retired}
    row |= {
        "relined": tally.relined,
        "fell": tally.fell,
        "fit_ms": round(float(np.median(tally.fit_ms or [0])), 1),
    }
    return row


def _free(world: World) -> Floats:
    """Return a plain logistic regression on the same verdicts (Newton, a trace of ridge)."""
    seen = [example for _night, example in world.verdicts]
    rows = np.array([_row(example.findings) for example in seen])
    said = np.array([example.is_fake for example in seen], dtype=float)
    values = np.zeros(rows.shape[1])
    for _ in range(30):
        risks = _sigmoid(rows @ values)
        slope = rows.T @ (risks - said) + 1e-3 * values
        bend = (rows * (risks * (1 - risks))[:, None]).T @ rows + 1e-3 * np.eye(len(values))
        values -= np.linalg.solve(bend, slope)
    return values


def _row(found: Sequence[Seen]) -> list[float]:
    return [1.0, *(sum(one.log_odds for one in found if one.kind == kind) for kind in SAID)]


def _sigmoid(logits: Floats) -> Floats:
    risks: Floats = 1 / (1 + np.exp(-np.clip(logits, -40, 40)))
    return risks


def _ece(risks: Floats, truth: Floats) -> float:
    """Return the expected calibration error over ten equal steps."""
    steps = np.minimum((risks * 10).astype(int), 9)
    gaps = [abs((risks - truth)[steps == step].sum()) for step in range(10)]
    return float(sum(gaps) / len(risks))


def _summary(rows: list[dict[str, object]], chosen: argparse.Namespace) -> dict[str, object]:
    def mean(name: str, trick: str | None = None) -> float:
        some = [row[name] for row in rows if trick is None or row["trick"] == trick]
        return round(float(np.mean(np.array(some, dtype=float))), 4) if some else 0.0

    eces = [float(str(row["ece"])) for row in rows if row["trick"] == ""]
    fell = sum(int(str(row["fell"])) for row in rows)
    answer: dict[str, object] = {
        "bench": "calibration",
        "worlds": chosen.worlds,
        "nights": chosen.nights,
        "seed": chosen.seed,
    }
    for name in ("ece", "ece_desk", "recall", "held_honest"):
        for model in ("", "_by_hand", "_free"):
            answer[f"{name}{model}"] = mean(f"{name}{model}", "")
            for trick in ("drift", "poison"):
                answer[f"{trick}_{name}{model}"] = mean(f"{name}{model}", trick)
    answer["ece_worst_world"] = max(eces, default=0.0)
    answer["promoted"] = sum(int(str(row["promoted"])) for row in rows)
    answer["stopped_for_consent"] = sum(int(str(row["asked"])) for row in rows)
    answer["retired"] = sum(int(str(row["retired"])) for row in rows)
    answer["relined"] = sum(int(str(row["relined"])) for row in rows)
    answer["recall_fell_without_consent"] = fell
    answer["fit_ms"] = mean("fit_ms")
    answer["ece_must"] = ECE_MUST
    answer["ece_of_all"] = mean("ece")
    answer["holds"] = fell == 0 and all(
        mean("ece", trick) <= ECE_MUST for trick in sorted({str(row["trick"]) for row in rows})
    )
    return answer


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--worlds", type=int, default=30, help="how many markets (default 30)")
    parser.add_argument("--nights", type=int, default=60, help="how long each is (default 60)")
    # Weights and pulls of the fit were chosen on seeds 17 and 18: not seeds to report.
    parser.add_argument("--seed", type=int, default=4021)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
