"""`manage.py ledger_check`: read all the books and say whether they are right."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.ledger import queries


class Command(BaseCommand):
    """Print each figure of the audit; exit 1 on any problem."""

    help = (
        "Checks that every currency sums to zero, closed accounts are empty, stored balances "
        "equal their entries, and every transfer is balanced and complete."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the figures, then the problems; raise CommandError if there are any."""
        audit = queries.audit()
        self.stdout.write(f"accounts {audit.accounts}")
        self.stdout.write(f"transfers {audit.transfers}")
        self.stdout.write(f"entries {audit.entries}")
        for currency, total in audit.currencies.items():
            self.stdout.write(f"trial balance {currency} {total}")
        for problem in audit.problems:
            self.stderr.write(problem)
        self.stdout.write(f"problems {len(audit.problems)}")
        if audit.problems:
            raise CommandError("The ledger is not in order.")
