"""`manage.py clocks --at 2026-03-12T09:00:00Z`: do all periodic work once, as if it were then."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from marketplace.outbox import registry, services


class Command(BaseCommand):
    help = "Do each kind of periodic work once, as if it were the given time (UTC unless it says)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", default="", help="ISO 8601; now when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run each clock in its own transaction, in the order of their names."""
        at = _moment(options["at"])
        for kind in sorted(registry.periodics):
            services.run_clock(kind=kind, at=at)
            self.stdout.write(f"{kind} {at.isoformat()}")


def _moment(text: str) -> datetime:
    if not text:
        return timezone.now()
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(_("%(text)s is not an ISO 8601 date and time.") % {"text": text})
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
