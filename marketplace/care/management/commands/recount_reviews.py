"""Compare the counts of reviews with a full recount, and mend them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from marketplace.care.services import reviews


class Command(BaseCommand):
    help = "Count all reviews anew; says how many counts were wrong and are right now."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"{reviews.recount()} counts were wrong")
