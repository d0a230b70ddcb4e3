"""Compare our ledger with the payment provider's own book."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.orders.services import payout


class Command(BaseCommand):
    """Prints each currency in which the two books differ; exits 1 when there is one."""

    help = "Compare the ledger with the payment provider's book, per currency (minor units)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the differences."""
        found = payout.reconcile()
        for line in found:
            self.stdout.write(
                f"{line.currency}: ledger {line.ledger_minor}, provider {line.provider_minor}, "
                f"on its way {line.in_flight_minor}, difference {line.difference_minor}"
            )
        if found:
            sys.exit(1)
        self.stdout.write("The ledger and the provider agree.")
