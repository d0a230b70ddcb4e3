"""`manage.py rotate_keys`: renew every sealed and hashed value that an old key made."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich.progress import Progress

from marketplace.accounts import rotation
from marketplace.accounts.rotation import Table

STUCK_SHOWN = 20


class Command(BaseCommand):
    help = "Renew what old keys sealed and hashed. Can be stopped, and goes on where it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail if any old value is left"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        known = rotation.tables()
        if not options["check"]:
            self._rotate(known)
        left = self._print_what_is_left(known)
        if left:
            raise CommandError(_("%(count)d values stand under an old key.") % {"count": left})
        self.stdout.write(_("No value stands under an old key."))

    def _rotate(self, known: list[Table]) -> None:
        stuck: list[str] = []
        with Progress(disable=not self.stdout.isatty()) as progress:
            for table in known:
                task = progress.add_task(table.name, total=rotation.count_old_rows(table))
                for batch in rotation.batches(table):
                    stuck += batch.stuck
                    progress.advance(task, batch.seen)
        for line in stuck[:STUCK_SHOWN]:
            self.stderr.write(line)
        if len(stuck) > STUCK_SHOWN:
            more = len(stuck) - STUCK_SHOWN
            self.stderr.write(_("and %(count)d more") % {"count": more})

    def _print_what_is_left(self, known: list[Table]) -> int:
        total = 0
        for table in known:
            for column, count in rotation.count_old(table).items():
                if count:
                    self.stdout.write(f"{table.name}.{column}: {count}")
                    total += count
        return total
