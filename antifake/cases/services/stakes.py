"""Counting anew what is at stake, for the place in the queue."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from antifake.cases.models import Case
from antifake.cases.queries import stakes
from antifake.cases.queries.desk import WAITING
from antifake.cases.services.passing import RAISED_BY

# One transaction each, in primary-key order.
BATCH = 500


def weigh_waiting(*, at: datetime) -> int:  # noqa: ARG001 - a clock's work; no moment decides here
    """Count the stakes of waiting cases anew, and their places with them; return how many changed.

    Safe to repeat. A row that somebody works on is left for the next time.
    """
    changed, after = 0, 0
    while ids := _waiting(after):
        after = ids[-1]
        with transaction.atomic():
            changed += sum(_weigh(case) for case in _locked(ids))
    return changed


def _waiting(after: int) -> list[int]:
    cases = Case.objects.filter(state__in=WAITING, pk__gt=after).order_by("pk")
    return list(cases.values_list("pk", flat=True)[:BATCH])


def _locked(ids: list[int]) -> list[Case]:
    cases = Case.objects.filter(pk__in=ids, state__in=WAITING).order_by("pk")
    return list(cases.select_for_update(no_key=True, of=["self"], skip_locked=True))


def _weigh(case: Case) -> bool:
    at_stake = stakes.stake_of(listing_id=case.listing_id)
    if (case.stake_minor, case.stake_currency) == (at_stake.amount_minor, at_stake.currency):
        return False
    place = stakes.place_of(
        risk_permille=case.risk_permille, at_stake=at_stake, opened_at=case.opened_at
    )
    case.rank = place + (RAISED_BY if case.escalated_by_id else 0)
    case.stake_minor, case.stake_currency = at_stake.amount_minor, at_stake.currency
    case.save(update_fields=["rank", "stake_minor", "stake_currency"])
    return True
