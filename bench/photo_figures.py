"""Counts what bench/photos.py found, and says whether it is what was promised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

from bench import photo_attacks
from bench.intervals import clopper_pearson_upper, wilson

Row = dict[str, Any]
RATES = {"zero_alarms": 0.0, "at_1e-3": 1e-3, "at_1e-2": 1e-2}
BACKGROUND = frozenset({"bgswap", "cutout_swap", "cutout_studio"})
TARGETS = {
    "macro_recall": {"must": 0.92, "target": 0.97},
    "each_attack": {"must": 0.70, "target": 0.85},
    "background_swap": {"must": 0.40, "target": 0.85},
    "negatives": {"must": 500},
    "ms": {"must": 100},
}


def figures(rows: Sequence[Row], *, policy: int) -> dict[str, Any]:
    """Count everything of one run; `policy` is the market's own threshold."""
    negatives = [row for row in rows if not row["truth"]]
    made = [row for row in rows if row["truth"]]
    attacks = list(dict.fromkeys(row["attack"] for row in made))
    found: dict[str, Any] = {
        "queries": len(rows),
        "negatives": len(negatives),
        "policy": at(made, attacks, [_score(row, "") for row in negatives], policy, ""),
    }
    for peer in ("", "pdq", "pdq8"):
        scores = sorted((_score(row, peer) for row in negatives), reverse=True)
        for name, rate in RATES.items():
            allowed = int(rate * len(scores))
            least = max(1, scores[allowed] + 1) if allowed < len(scores) else 1
            found.setdefault(peer or "matcher_free", {})[name] = at(
                made, attacks, scores, least, peer
            )
    for one in (found["matcher_free"], found["pdq"], found["pdq8"]):
        del one["at_1e-3"]["attacks"]  # the same as at zero alarms below a thousand negatives
    found |= _costs(rows)
    found["worst_alarms"] = [
        {"query": row["key"].rstrip("|"), "taken_for": row["top"], "score": row["score"]}
        for row in sorted(negatives, key=lambda row: -row["score"])[:8]
        if row["score"]
    ]
    return found


def _score(row: Row, peer: str) -> int:
    return int(row["peers"][peer]["score"] if peer else row["score"])


def at(
    made: Sequence[Row], attacks: Sequence[str], scores: Sequence[int], least: int, peer: str
) -> dict[str, Any]:
    """Figures when a score of `least` and more is called a copy."""
    by_attack = {}
    for attack in attacks:
        some = [row for row in made if row["attack"] == attack]
        hits = sum(_hit(row, least, peer) for row in some)
        low, high = wilson(hits, len(some))
        by_attack[attack] = [round(hits / len(some), 3), round(low, 3), round(high, 3), len(some)]
    alarms = sum(score >= least for score in scores)
    recalls = {attack: row[0] for attack, row in by_attack.items()}
    worst = min(recalls, key=lambda attack: recalls[attack]) if recalls else ""
    families = {}
    for family in photo_attacks.FAMILIES:
        of = [recalls[attack] for attack in photo_attacks.names(family) if attack in recalls]
        if of:
            families[family] = round(sum(of) / len(of), 4)
    return {
        "least_score": least,
        "macro_by_family": families,
        "macro_recall": round(sum(recalls.values()) / len(recalls), 4) if recalls else 0.0,
        "worst": [worst, recalls.get(worst, 0.0)],
        "false_alarms": alarms,
        "false_alarm_rate": round(alarms / max(1, len(scores)), 5),
        "false_alarm_rate_upper_95": round(clopper_pearson_upper(alarms, len(scores)), 5),
        "attacks": by_attack,
    }


def _hit(row: Row, least: int, peer: str) -> bool:
    found = row["peers"][peer] if peer else row
    return bool(found["top"] == row["truth"] and found["score"] >= least)


def _costs(rows: Sequence[Row]) -> dict[str, Any]:
    stages = list(dict.fromkeys(stage for row in rows for stage in row["ms"]))
    plain = [row for row in rows if not row["truth"]]
    return {
        "ms": round(sum(sum(row["ms"].values()) for row in rows) / len(rows), 1),
        "ms_unattacked": round(sum(sum(row["ms"].values()) for row in plain) / len(plain), 1),
        "ms_by_stage": {
            stage: round(sum(row["ms"].get(stage, 0) for row in rows) / len(rows), 2)
            for stage in stages
        },
        "ms_peers": {
            peer: round(sum(row["peers"][peer]["ms"] for row in rows) / len(rows), 2)
            for peer in ("pdq", "pdq8")
        },
        "stopped_by": _shares(rows),
        "stopped_by_unattacked": _shares(plain),
    }


def _shares(rows: Sequence[Row]) -> dict[str, float]:
    stages = sorted({row["stage"] for row in rows})
    return {
        stage: round(sum(row["stage"] == stage for row in rows) / len(rows), 3) for stage in stages
    }


def meets(found: dict[str, Any], *, negatives: int) -> dict[str, bool]:
    """Say what of the promise is kept: on the table's attacks where they were run.

    `negatives` is how many unattacked photos it takes to say so.
    """
    free = found["matcher_free"]["zero_alarms"]
    families = free["macro_by_family"]
    family = "table" if "table" in families else "second"
    recalls = {
        name: free["attacks"][name][0]
        for name in photo_attacks.names(family)
        if name in free["attacks"]
    }
    macro = families.get(family, 0.0)
    behind = min((r for name, r in recalls.items() if name in BACKGROUND), default=1.0)
    other = min((r for name, r in recalls.items() if name not in BACKGROUND), default=1.0)
    return {
        "macro_recall": macro >= TARGETS["macro_recall"]["must"],
        "target_macro_recall": macro >= TARGETS["macro_recall"]["target"],
        "each_attack": other >= TARGETS["each_attack"]["must"],
        "target_each_attack": other >= TARGETS["each_attack"]["target"],
        "background_swap": behind >= TARGETS["background_swap"]["must"],
        "target_background_swap": behind >= TARGETS["background_swap"]["target"],
        "negatives": found["negatives"] >= negatives,
        "ms": found["ms"] <= TARGETS["ms"]["must"],
        "target_policy_without_alarms": found["policy"]["false_alarms"] == 0,
    }


def tell(found: dict[str, Any], out: IO[str]) -> None:
    """Write the table: recall by attack under the policy, at zero alarms, and the peers'."""
    policy, free = found["policy"], found["matcher_free"]
    out.write(f"{'attack':14} policy  zero      (95 %)       1e-2   PDQ  PDQ-8   n\n")
    for attack, row in free["zero_alarms"]["attacks"].items():
        out.write(
            f"{attack:14} {policy['attacks'][attack][0]:5.3f}  {row[0]:5.3f}  "
            f"({row[1]:.2f} to {row[2]:.2f})  {free['at_1e-2']['attacks'][attack][0]:5.3f}  "
            f"{found['pdq']['zero_alarms']['attacks'][attack][0]:5.2f} "
            f"{found['pdq8']['zero_alarms']['attacks'][attack][0]:5.2f}  {row[3]:4}\n"
        )
    for name, some in (
        ("policy", policy),
        *((f"free {key}", free[key]) for key in RATES),
        *((f"{peer} {key}", found[peer][key]) for peer in ("pdq", "pdq8") for key in RATES),
    ):
        out.write(
            f"{name:18} macro {_macros(some)}, worst {some['worst'][0]} "
            f"{some['worst'][1]:.2f}, {some['false_alarms']} alarms of {found['negatives']} "
            f"(up to {some['false_alarm_rate_upper_95']:.4f})\n"
        )
    for alarm in found["worst_alarms"]:
        out.write(f"taken for another: {alarm}\n")
    out.write(f"ms {found['ms']} {found['ms_by_stage']} stopped {found['stopped_by']}\n")


def _macros(some: dict[str, Any]) -> str:
    return ", ".join(f"{family} {value:.3f}" for family, value in some["macro_by_family"].items())
