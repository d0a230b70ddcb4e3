"""What a loan says about its borrower's score: instalments paid, and how late."""

from __future__ import annotations

from datetime import datetime, timedelta

from credit.loans.models import RUNNING, Instalment, Loan, LoanState
from credit.loans.queries import watching as queries
from credit.loans.queries.watching import YEAR
from credit.scoring import services as scoring
from credit.scoring.models import NoteKind

# Ninety days past due is the usual line of default (Basel framework, CRE 36.69).
DEFAULT_AFTER = timedelta(days=90)


def note(*, loan_id: int, at: datetime) -> None:
    """Tell the score what is paid by now, and how late the loan is. Safe to repeat.

    In a job of its own, after the repayment: scoring locks the shop.
    """
    loan = Loan.objects.get(pk=loan_id)
    left = loan.paid_minor - loan.plan_paid_minor
    for part in Instalment.objects.filter(loan=loan, plan=loan.plan).order_by("number"):
        left -= part.amount_minor
        if left < 0 and loan.state != LoanState.REPAID:
            break
        key = f"{loan.ref}:{part.plan}:{part.number}"
        scoring.note_instalment(shop_id=loan.shop_id, key=key, kind=NoteKind.PAID, at=at)
    since = loan.late_since
    if since is not None:
        key = f"{loan.ref}:late:{since.date().isoformat()}:{loan.state}"
        scoring.note_instalment(
            shop_id=loan.shop_id,
            key=key,
            kind=NoteKind.LATE,
            days_late=max(0, (at - since).days),
            at=at,
        )


def note_outcome(*, loan_id: int, at: datetime) -> None:
    """Tell the score how a loan ended that has run its course. Safe to repeat; the first holds.

    Its course is run when it is repaid, lost, or a year old; bad is what was lost or is ninety
    days late by then.
    """
    loan = Loan.objects.select_related("application").get(pk=loan_id)
    score_id = loan.application.score_id
    over = loan.state in (LoanState.REPAID, LoanState.WRITTEN_OFF)
    old = loan.signed_at is not None and loan.signed_at <= at - YEAR
    if score_id is None or not (over or (old and loan.state in RUNNING)):
        return
    late = loan.late_since is not None and loan.late_since <= at - DEFAULT_AFTER
    bad = loan.state == LoanState.WRITTEN_OFF or (loan.state in RUNNING and late)
    scoring.note_outcome(key=loan.ref, score_id=score_id, bad=bad, at=at)


def note_old_ones(*, at: datetime, limit: int) -> int:
    """Tell the score of running loans that are a year old; return how many."""
    found = queries.a_year_old(at=at)[:limit]
    for loan_id in found:
        note_outcome(loan_id=loan_id, at=at)
    return len(found)
