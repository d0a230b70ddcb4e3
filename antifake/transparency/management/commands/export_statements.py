"""`manage.py export_statements`: statements of reasons for the EU's Transparency Database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand

from antifake.transparency.queries import statements


class Command(BaseCommand):
    """Write one JSON object a line; personal data stay here."""

    help = (
        "Writes the statements of some days (UTC), one JSON object a line, for the EU's database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=date.fromisoformat, required=True, help="2026-11-01")
        parser.add_argument("--until", type=date.fromisoformat, required=True, help="included")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the lines."""
        since = _midnight(options["since"])
        until = _midnight(options["until"]) + timedelta(days=1)
        for statement in statements.export(since=since, until=until):
            self.stdout.write(json.dumps(statement, ensure_ascii=False))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
