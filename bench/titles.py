"""Are disguised names found in titles, how often do honest titles sound, and how fast is it?

    python bench/titles.py [--titles FILE] [--each 1500] [--sample N]

--titles: a CSV of real titles with the columns source and title (perhaps brand, price, category);
without it, titles of made-up goods (bench/catalogue.py), which is a smoke test, not a figure.
Names are hidden by bench/titles_hiding.py in honest titles: those that spell none of the protected
names. What is an ordinary word is learned from titles of all other sources, never from
the title's own. An alarm is a disguise found in an honest title.

Peer in the same run: a regular expression of the names as whole words.
Prints the slang of fakes on honest titles by phrase too. Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from antifake.cases.evaluating.titles import Title, answers, figures, says
from antifake.detectors.fake_words import phrases
from bench import catalogue
from bench.titles_hiding import BRANDS, CANONICAL, LOOSE, OTHER, hide

SEED = 11
MUST_CANONICAL, MUST_LOOSE, MOST_ALARMS, MOST_MS = 0.97, 0.85, 3, 1.0
SHOWN = 40
MADE = 6000


def honest_titles(path: Path | None, sample: int | None) -> list[tuple[str, str]]:
    """Return (source, title) of titles that spell none of the protected names."""
    if path is None:
        rows = [(f"made {item.shop % 5}", item.title) for item in catalogue.items(MADE)]
    else:
        with path.open(encoding="utf-8", newline="") as opened:
            rows = [(row.get("source") or "", row["title"]) for row in csv.DictReader(opened)]
    rows = [(source, title) for source, title in rows if title.strip()]
    if sample:
        rows = random.Random(SEED).sample(rows, min(sample, len(rows)))
    return [row for row in rows if not any(says(row[1], name) for name in _may_say(row[1]))]


def _may_say(title: str) -> list[str]:
    """Return the names of which the first letter begins a word of the title."""
    begins = {part[0].casefold() for part in re.findall(r"[^\W_]+", title)}
    return [name for name in BRANDS if name[0].casefold() in begins]


def hidden_titles(honest: Sequence[tuple[str, str]], each: int) -> list[Title]:
    """Hide names in honest titles, so many in each way."""
    found = []
    for kind, way in (CANONICAL | LOOSE | OTHER).items():
        dice = random.Random(f"{SEED} {kind}")
        for _ in range(each):
            source, title = dice.choice(honest)
            name = dice.choice(BRANDS)
            found.append(Title(hide(title, name, way, dice), name, kind, source))
    return found


def peer(titles: Sequence[Title]) -> dict[str, float]:
    """Recall of whole words: what a plain filter finds."""
    words = {name: re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE) for name in BRANDS}
    tries, hits = Counter[str](), Counter[str]()
    for title in titles:
        tries[title.kind] += 1
        hits[title.kind] += bool(words[title.brand].search(title.text))
    return {kind: round(hits[kind] / tries[kind], 4) for kind in tries}


def slang(honest: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Count honest titles that hold a phrase of the slang of fakes, by phrase."""
    counted: Counter[str] = Counter()
    for _source, title in honest:
        counted.update({f"{seen.what}: {seen.phrase}" for seen in phrases(title)})
    return dict(counted.most_common())


def _meets(result: dict[str, Any]) -> dict[str, bool]:
    kinds, honest = result["kinds"], result["honest"]
    return {
        "canonical": all(
            kinds[kind]["as_disguise_or_name"] >= MUST_CANONICAL for kind in CANONICAL
        ),
        "loose": all(kinds[kind]["recall"] >= MUST_LOOSE for kind in LOOSE),
        "alarms": honest["disguises"]["titles"] <= MOST_ALARMS,
        "ms": result["ms_a_title"]["mean"] < MOST_MS,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--titles", type=Path, help="CSV with the columns source and title")
    parser.add_argument("--each", type=int, default=1500, help="hidden names of each kind")
    parser.add_argument("--sample", type=int, help="so many titles only")
    asked = parser.parse_args()
    honest = honest_titles(asked.titles, asked.sample)
    hidden = hidden_titles(honest, asked.each)
    plain = [Title(title, "", "genuine", source) for source, title in honest]
    result = figures(answers([*plain, *hidden], BRANDS))
    alone = peer(hidden)
    print(f"{len(honest)} honest titles, {len(BRANDS)} protected names")
    for kind, row in result["kinds"].items():
        print(
            f"  {kind:15} found {row['recall']:.4f} [{row['low']:.4f}, {row['high']:.4f}]"
            f"  as a disguise or name {row['as_disguise_or_name']:.4f}"
            f"  words alone {alone[kind]:.4f}"
        )
    for what in ("disguises", "slips_and_glued"):
        row = result["honest"][what]
        print(
            f"  {what:15} {row['titles']} alarms, {row['per_title']:.6f} a title, <= {row['upper']}"
        )
    for alarm in result.pop("alarms")[:SHOWN]:
        print(
            f"    {alarm['kind']:15} {alarm['seen']!r} for {alarm['brand']}: {alarm['title'][:70]}"
        )
    for miss in [m for m in result.pop("missed") if m["kind"] in CANONICAL][:SHOWN]:
        print(f"    missed {miss['kind']:12} {miss['brand']}: {miss['title'][:90]}")
    said = slang(honest)
    print(f"  slang: {json.dumps(said, ensure_ascii=False)}")
    print(f"  {result['ms_a_title']} ms a title")
    line = {
        "bench": "titles",
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "figures": {**result, "peer": alone, "slang": said},
        "targets": {
            "canonical": MUST_CANONICAL,
            "loose": MUST_LOOSE,
            "alarms": MOST_ALARMS,
            "ms": MOST_MS,
        },
        "meets": _meets(result),
    }
    print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
