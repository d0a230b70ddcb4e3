"""`manage.py challenger start FILE|end`: another card scores in shadow beside the one in force."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from credit.scoring import rules, services
from marketplace.errors import BadInput


class Command(BaseCommand):
    """Start or end a trial: it decides nothing, and the risk desk shows what it would have done."""

    help = "Have a card score in shadow beside the one in force, or end that."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`start` takes a file that `manage.py scorecard train --out` wrote."""
        parser.add_argument("act", choices=["start", "end"])
        parser.add_argument("card", type=Path, nargs="?", help="a card as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say so."""
        now = timezone.now()
        if options["act"] == "end":
            self.stdout.write(f"{services.end_challenger(at=now)} ended")
            return
        if options["card"] is None:
            raise CommandError("Name the file of a card.")
        try:
            card = rules.shop_card_of(_read(options["card"]))
            made = services.start_challenger(card=card, at=now)
        except (OSError, ValueError, KeyError, BadInput) as error:
            raise CommandError(f"This is no card to try: {error}") from error
        self.stdout.write(f"card {made.card.hash} scores in shadow since {made.since:%Y-%m-%d}")


def _read(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8"))
    return {"facts": {}, **found}
