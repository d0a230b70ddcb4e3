"""`manage.py scorecard train|evaluate`: learn a card from past applicants, or judge one."""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import warnings
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.errors import BadInput

NEEDED = {
    "interpret": "interpret-core",
    "lightgbm": "lightgbm",
    "sklearn": "scikit-learn",
    "scipy": "scipy",
}
ROOM = "credit.scoring.training"


class Command(BaseCommand):
    """Train a score card off line, or compare one with its peers on the same folds."""

    help = "Train or evaluate a score card on any CSV file of past applicants."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Both take the same data; `evaluate` splits it into folds."""
        parser.add_argument("act", choices=["train", "evaluate"])
        parser.add_argument("--csv", type=Path, required=True, help="a file with a heading")
        parser.add_argument("--target", required=True, help="the column of outcomes")
        parser.add_argument("--bad", required=True, help="its value that means default")
        parser.add_argument(
            "--drop", nargs="*", default=[], help="columns to leave out, also after commas"
        )
        parser.add_argument(
            "--monotone",
            type=Path,
            help="lines `column,direction`: 1 the risk never falls as the value grows, -1 it never "
            "rises, 0 free; other numbers get the direction that the data show, if any",
        )
        parser.add_argument(
            "--dimensions",
            type=Path,
            help="lines `column,dimension`: which part of the score a column belongs to",
        )
        parser.add_argument("--rows", type=int, default=64, help="rows of an attribute at most")
        parser.add_argument(
            "--each-value", action="store_true", help="a row for each of a number's few values"
        )
        parser.add_argument("--folds", type=int, default=5)
        parser.add_argument("--sweeps", type=int, default=100_000, help="of monotonicity")
        parser.add_argument("--pairs", type=int, default=4, help="pair tables at most")
        parser.add_argument("--pair-rows", type=int, default=12, help="lines of a pair table")
        parser.add_argument("--seed", type=int, default=2026)
        parser.add_argument("--jobs", type=int, default=1, help="processors to use")
        parser.add_argument("--out", type=Path, help="where `train` writes the card as JSON")
        parser.add_argument("--json", action="store_true", help="only JSON on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, work, print."""
        missing = [wheel for name, wheel in NEEDED.items() if not importlib.util.find_spec(name)]
        if missing:
            raise CommandError(
                f"Training needs {', '.join(missing)}: run `pip install 'ewtp[train]'` first."
            )
        logging.getLogger("interpret").setLevel(logging.WARNING)  # else a line for each step
        warnings.filterwarnings("ignore", "Missing values detected", UserWarning)
        frames = importlib.import_module(f"{ROOM}.frame")
        settings = importlib.import_module(f"{ROOM}.settings")
        drop = [name for words in options["drop"] for name in words.split(",") if name]
        try:
            frame = frames.read(
                options["csv"], target=options["target"], bad=options["bad"], drop=drop
            )
            declared = (
                frames.read_directions(options["monotone"], known=frame.columns)
                if options["monotone"]
                else {}
            )
            dimensions = (
                frames.read_dimensions(options["dimensions"], known=frame.columns)
                if options["dimensions"]
                else {}
            )
        except BadInput as error:
            raise CommandError(str(error)) from error
        chosen = settings.Settings(
            rows=options["rows"],
            each_value=options["each_value"],
            pairs=options["pairs"],
            pair_rows=options["pair_rows"],
            seed=options["seed"],
            jobs=options["jobs"],
            dimensions=dimensions,
        )
        report = getattr(self, f"_{options['act']}")(frame, declared, chosen, options)
        if not options["json"]:
            self._print(report)
        self.stdout.write(json.dumps(report))

    def _train(self, frame: Any, declared: Any, settings: Any, options: Any) -> dict[str, Any]:
        learn = importlib.import_module(f"{ROOM}.learn")
        card = learn.train(frame, declared=declared, settings=settings)
        report = {
            "hash": card.hash,
            "rows": len(frame),
            "bad_share": float(frame.bad.mean()),
            "card": card.as_json(),
        }
        if options["out"]:
            options["out"].write_text(json.dumps(report, indent=1) + "\n")
        return report

    def _evaluate(self, frame: Any, declared: Any, settings: Any, options: Any) -> dict[str, Any]:
        if options["folds"] < 2:
            raise CommandError("Write --folds 2 or more.")
        judge = importlib.import_module(f"{ROOM}.evaluate")
        report: dict[str, Any] = judge.evaluate(
            frame,
            declared=declared,
            folds=options["folds"],
            sweeps=options["sweeps"],
            settings=settings,
            tell=self.stderr.write,
        )
        return report

    def _print(self, report: dict[str, Any]) -> None:
        for name, figures in report.get("mean", {}).items():
            words = "  ".join(f"{key} {value:.4f}" for key, value in figures.items())
            self.stdout.write(f"{name:26} {words}")
        if "hash" in report:
            self.stdout.write(f"card {report['hash']} of {report['rows']} rows")
