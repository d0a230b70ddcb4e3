"""A loan's statement: every move of its money, with what was left after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from credit.loans.models import Loan, Repayment


@dataclass(frozen=True, slots=True)
class Entry:
    """One line; minor units. `paid_minor` is what came in, `left_minor` the principal after it."""

    at: datetime
    told: str
    lent_minor: int
    paid_minor: int
    principal_minor: int
    interest_minor: int
    left_minor: int


def statement(loan: Loan) -> list[Entry]:
    """Return the lines of a signed loan, the oldest first; none of an offer."""
    if loan.signed_at is None:
        return []
    left = loan.principal_minor
    found = [Entry(loan.signed_at, _("Paid into the wallet"), left, 0, 0, 0, left)]
    for one in Repayment.objects.filter(loan=loan).order_by("number"):
        left -= one.principal_minor
        found.append(
            Entry(
                one.at,
                str(one.get_source_display()),
                0,
                one.principal_minor + one.interest_minor,
                one.principal_minor,
                one.interest_minor,
                left,
            )
        )
    return found
