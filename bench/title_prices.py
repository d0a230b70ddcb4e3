"""How often does an honest price sound, and how many fakes' prices do?

    python bench/title_prices.py --titles FILE

--titles: a CSV of real goods with the columns brand, category and price. Each price is put beside
those of its like (brand and category; all others of the group, at least eight), as the market does
it, and so are the prices of fakes: a tenth, a fifth, a third and half of the genuine one. Prints
the share that sounds at the detector's own threshold and at others. Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import platform
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from antifake.detectors.base import Bank, PriceView, Subject
from antifake.detectors.price import LEAST_LIKE, Price

SHARES = (1.0, 0.5, 0.35, 0.2, 0.1)
MAD_TO_SPREAD = 1.4826


def groups(path: Path) -> list[list[int]]:
    """Return prices in minor units by brand and category, the large groups alone."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            try:
                price = round(float(row["price"]) * 100)
            except ValueError:
                continue
            if row["brand"] and price > 0:
                found[row["brand"], row["category"]].append(price)
    return [prices for prices in found.values() if len(prices) > LEAST_LIKE]


def view(prices: list[int], at: int, share: float) -> PriceView:
    """Return one price, or a share of it, beside all others of its group."""
    logs = [math.log(price) for place, price in enumerate(prices) if place != at]
    usual = median(logs)
    spread = MAD_TO_SPREAD * median(abs(log - usual) for log in logs)
    return PriceView(max(1, round(prices[at] * share)), "USD", 1, usual, spread, len(logs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--titles", type=Path, required=True)
    kept = groups(parser.parse_args().titles)
    detector, sounded = Price(), {}
    total = sum(map(len, kept))
    for share in SHARES:
        hits = sum(
            bool(detector.examine(Subject(1, 1, "", price=view(prices, at, share)), Bank()))
            for prices in kept
            for at in range(len(prices))
        )
        sounded[share] = round(hits / total, 4)
        what = "honest prices" if share == 1 else f"{share:.0%} of the genuine price"
        print(f"  {what:28} {hits} of {total} sound: {hits / total:.4f}")
    line = {
        "bench": "title_prices",
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "figures": {"groups": len(kept), "prices": total, "sounded": sounded},
        "targets": {"honest": 0.01},
        "meets": {"honest": sounded[1.0] <= 0.01},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
