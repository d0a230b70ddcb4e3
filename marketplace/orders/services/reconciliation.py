"""The nightly comparison of both books: written down, and told to staff when they disagree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.accounts.models import User
from marketplace.inbox import services as inbox
from marketplace.orders.models import ReconciliationDifference, ReconciliationRun
from marketplace.orders.providers.payments import BookLine
from marketplace.orders.queries import reconciliation
from marketplace.orders.services.payment import SYSTEM, provider
from marketplace.outbox import services as outbox

RECONCILE_JOB = "orders.reconcile_day"
# What is kept of one night; the run's `found` counts all. A book that disagrees on more is
# broken as a whole, and a longer list helps nobody.
KEPT = 1_000


def read_book() -> list[BookLine]:
    """Ask the provider for its book. Slow: runs outside any transaction."""
    return list(provider().book())


@transaction.atomic
def reconcile(*, day: date, lines: Sequence[BookLine], at: datetime) -> ReconciliationRun:
    """Compare the provider's book with our ledger and keep what was found; once a day.

    Staff are told when the books disagree. Safe to repeat: the day's run is returned.
    """
    known = ReconciliationRun.objects.filter(day=day).first()
    if known is not None:
        return known
    found = reconciliation.compare(lines=lines, at=at)
    run = ReconciliationRun.objects.create(
        day=day,
        at=at,
        ledger_entries=found.ledger_entries,
        provider_lines=found.provider_lines,
        matched=found.matched,
        found=len(found.differences),
    )
    ReconciliationDifference.objects.bulk_create(
        ReconciliationDifference(
            run=run,
            kind=one.kind,
            subject=one.subject,
            currency=one.currency,
            ledger_minor=one.ledger_minor,
            provider_minor=one.provider_minor,
            provider_refs=", ".join(one.provider_refs),
        )
        for one in found.differences[:KEPT]
    )
    data = {"day": day.isoformat(), "found": run.found, "matched": run.matched}
    subject = f"reconciliation:{run.pk}"
    outbox.record(action="books.compared", actor=SYSTEM, subject=subject, data=data, at=at)
    if run.found:
        _alarm(run, at)
    return run


def _alarm(run: ReconciliationRun, at: datetime) -> None:
    body = ngettext(
        "On %(n)s movement of money the payment provider's book and our ledger disagree.",
        "On %(n)s movements of money the payment provider's book and our ledger disagree.",
        run.found,
    ) % {"n": run.found}
    link = reverse("admin:orders_reconciliationrun_change", args=[run.pk])
    staff = User.objects.filter(is_staff=True, is_active=True).order_by("pk")
    for user_id in staff.values_list("pk", flat=True):
        inbox.notify(
            user_id=user_id,
            kind="orders.books_differ",
            key=f"books:{run.day.isoformat()}:{user_id}",
            subject=_("The books do not agree"),
            body=body,
            link=link,
            at=at,
        )
