"""What an independent inspection found binds whoever decides the case."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.cases.models import Case, CaseState, Verdict
from antifake.cases.services import claims
from marketplace.errors import WrongState
from marketplace.outbox import services as outbox


@transaction.atomic
def bind(*, case_id: int, verdict: str, by_ref: str, at: datetime) -> Case:
    """Bind a case, or the answer to its appeal, to a verdict; `by_ref` is "inspection:7".

    Safe to repeat; a later inspection counts. A case that is decided and not appealed stays as
    it is. Raises ValueError for an unknown verdict.
    """
    case = claims.locked(case_id=case_id)
    if case.state == CaseState.DECIDED or case.bound_by_ref == by_ref:
        return case
    case.bound_verdict, case.bound_by_ref = Verdict(verdict), by_ref
    case.save(update_fields=["bound_verdict", "bound_by_ref"])
    data = {"verdict": str(verdict), "by_ref": by_ref}
    outbox.record(action="case.bound", actor="system", subject=case.ref, data=data, at=at)
    return case


def check_bound(*, case: Case, verdict: str) -> None:
    """Raise WrongState when an inspection says otherwise."""
    if case.bound_verdict and case.bound_verdict != verdict:
        raise WrongState(
            _("An independent inspection has found the contrary, and its result binds this case.")
        )
