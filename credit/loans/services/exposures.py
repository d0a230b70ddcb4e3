"""The rows that make one person with ten shops borrow once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from credit.loans.models import Exposure
from credit.loans.queries import facts
from marketplace.insertion import insert_new


def lock(*, known: Mapping[str, str], at: datetime) -> dict[str, Exposure]:
    """Lock the exposures that stand for these facts, making them if need be; by kind.

    In a transaction. Decisions about anybody who shares one of them wait here.
    """
    locked = _locked(known)
    missing = [
        Exposure(kind=kind, fact_sealed=fact, since=at)
        for kind, fact in sorted(known.items())
        if kind not in locked
    ]
    # A row of one's own is locked by having been written; one that somebody else has just
    # written is waited for, and locked now.
    if len(insert_new(missing, key="fact_hash")) < len(missing):
        return _locked(known)
    made = {row.kind: row for row in missing}
    return dict(sorted((locked | made).items(), key=lambda item: item[1].pk))


def _locked(known: Mapping[str, str]) -> dict[str, Exposure]:
    if not known:
        return {}
    # No key is changed: loans may point to these rows meanwhile.
    rows = Exposure.objects.select_for_update(no_key=True).filter(facts.matching(known))
    return {row.kind: row for row in rows.order_by("pk")}
