"""`manage.py scheduler`: makes one job for each period of each kind of periodic work."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from marketplace.outbox import registry, rules, services
from marketplace.outbox.loop import repeat

LOOK_EVERY_SECONDS = 1.0


class Command(BaseCommand):
    help = "Make the jobs of periodic work. Any number may run: a period has one job."
    # Must start fast and whatever the pages of the site look like.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at the clock each second until SIGTERM."""
        made: dict[str, datetime] = {}

        def step() -> None:
            at = timezone.now()
            for kind, periodic in registry.periodics.items():
                start = rules.period_start(at, periodic.every)
                if made.get(kind) != start:
                    services.schedule(kind=kind, at=at)
                    made[kind] = start

        repeat(step, every_seconds=LOOK_EVERY_SECONDS, stop=threading.Event())
