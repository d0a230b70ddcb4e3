"""Compare our ledger with the payment provider's own book, and name what is owed too long."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from marketplace.orders import queries
from marketplace.orders.queries.reconciliation import compare
from marketplace.orders.services import payout
from marketplace.orders.services.reconciliation import read_book


class Command(BaseCommand):
    """Prints where the books differ, by currency and movement, and what is late; exits 1."""

    help = "Compare the ledger with the payment provider's book, per currency (minor units)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the differences, then the refunds and payouts that should be over by now."""
        at = timezone.now()
        late = [f"{refund.order.ref}: refund owed" for refund in queries.refunds_owed(at=at)]
        late += [f"{one.key}: payout not confirmed" for one in queries.payouts_late(at=at)]
        for sentence in late:
            self.stdout.write(sentence)
        found = payout.reconcile()
        for line in found:
            self.stdout.write(
                f"{line.currency}: ledger {line.ledger_minor}, provider {line.provider_minor}, "
                f"on its way {line.in_flight_minor}, difference {line.difference_minor}"
            )
        named = [one for one in compare(lines=read_book(), at=at).differences if one.kind != "late"]
        for one in named:
            self.stdout.write(
                f"{one.subject}: {one.kind.label}; ledger {one.ledger_minor}, "
                f"provider {one.provider_minor} {one.currency} {' '.join(one.provider_refs)}"
            )
        if found or late or named:
            sys.exit(1)
        self.stdout.write("The ledger and the provider agree.")
