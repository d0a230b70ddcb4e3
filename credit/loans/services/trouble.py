"""What happens when it does not go as planned: late, more time, written off; offers that lapse."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from credit.loans.models import RUNNING, Loan, LoanState
from credit.loans.rules import schedule
from credit.loans.services import applying, books, news, repaying
from marketplace.errors import BadInput, WrongState
from marketplace.ledger import services as ledger
from marketplace.orders.services import claims
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.shops.queries import require
from marketplace.shops.rules import Act

PLAN_PARTS_MAX = 24
PLAN_DAYS = 30
# More plans than this only put off what a write-off would say.
PLANS_MAX = 3
# What a borrower may add without asking anybody.
OWN_MONTHS = 6


@transaction.atomic
def look_at(*, loan_id: int, at: datetime) -> Loan:
    """Move a loan on whose day has come: an offer lapses, a loan becomes late. Safe to repeat."""
    loan = repaying.locked(loan_id=loan_id)
    if loan.due_at is None or loan.due_at > at:
        return loan
    if loan.state == LoanState.OFFERED:
        loan.state, loan.due_at, loan.ended_at = LoanState.LAPSED, None, at
        loan.save(update_fields=["state", "due_at", "ended_at"])
    elif loan.state == LoanState.ACTIVE:
        _maybe_late(loan, at)
    return loan


def _maybe_late(loan: Loan, at: datetime) -> None:
    grace = timedelta(days=rulebook.value("loans.late_days", at=at))
    if loan.due_at is None or loan.due_at + grace > at:
        return
    loan.state, loan.late_since = LoanState.LATE, loan.due_at
    loan.save(update_fields=["state", "late_since"])
    due_minor = repaying.due_minor(loan=loan, at=at)
    data = {"loan_id": loan.pk, "shop_id": loan.shop_id, "amount_minor": due_minor}
    outbox.emit(name="loan.late", subject=loan.shop.ref, data=data, at=at)
    outbox.record(action="loan.late", actor="system", subject=loan.ref, data=data, at=at)
    news.late(loan=loan, due_minor=due_minor, at=at)


def look_at_due(*, at: datetime, limit: int) -> int:
    """Look at every offer and loan whose day has come; return how many there were."""
    due = Loan.objects.filter(state__in=[LoanState.OFFERED, LoanState.ACTIVE], due_at__lte=at)
    grace = timedelta(days=rulebook.value("loans.late_days", at=at))
    lapsing = due.filter(state=LoanState.OFFERED).values_list("pk", flat=True)
    passed = due.filter(state=LoanState.ACTIVE, due_at__lte=at - grace)
    found = sorted([*lapsing[:limit], *passed.values_list("pk", flat=True)[:limit]])
    for loan_id in found:
        look_at(loan_id=loan_id, at=at)
    return len(found)


@transaction.atomic
def replan(*, loan_id: int, by_id: int, plan: int, parts: int, at: datetime) -> Loan:
    """Spread what is left over `parts` new months, at no further cost: a plan in hardship.

    `plan` is the number of the plan that the person saw, so that two clicks make one. Interest
    stays what the contract said at most. Raises WrongState unless the loan runs, BadInput for
    too many or too few months.
    """
    loan = repaying.locked(loan_id=loan_id)
    if loan.plan == plan + 1:
        return loan
    if loan.state not in RUNNING or loan.plan != plan or loan.plan >= PLANS_MAX:
        raise WrongState(_("This loan cannot get another plan."))
    left = loan.interest_max_minor - loan.interest_paid_minor
    if not 1 <= parts <= min(PLAN_PARTS_MAX, loan.principal_left_minor):
        raise BadInput(_("Choose between 1 and 24 months."), field="parts")
    repaying.accrue(loan=loan, at=at)
    claims.end_claim(key=applying.claim_key(loan=loan), at=at)
    loan.plan_paid_minor = loan.paid_minor
    loan.plan += 1
    loan.parts, loan.state, loan.late_since = parts, LoanState.ACTIVE, None
    loan.due_at = at + timedelta(days=PLAN_DAYS)
    loan.save()
    found = schedule.new_plan(loan.principal_left_minor, left, parts=parts, days=PLAN_DAYS)
    applying.write_schedule(loan=loan, plan=found, since=at)
    applying.claim(loan=loan, at=at)
    data = {"loan_id": loan.pk, "shop_id": loan.shop_id, "plan": loan.plan, "parts": parts}
    outbox.record(
        action="loan.replanned", actor=f"user:{by_id}", subject=loan.ref, data=data, at=at
    )
    news.replanned(loan=loan, at=at)
    return loan


@transaction.atomic
def ask_for_time(*, loan_id: int, by_id: int, plan: int, parts: int, at: datetime) -> Loan:
    """Have a borrower take a first plan by himself: up to `OWN_MONTHS` more than were agreed.

    Safe to repeat. Raises WrongState for a second one, BadInput for more months; then a risk
    officer decides.
    """
    loan = repaying.locked(loan_id=loan_id)
    require(user_id=by_id, shop_id=loan.shop_id, act=Act.BORROW)
    if plan != 1:
        raise WrongState(_("You had more time already. Write to us, and a person looks."))
    most = loan.application.parts + OWN_MONTHS
    if parts > most:
        raise BadInput(_("You can choose up to %(most)s months.") % {"most": most}, field="parts")
    return replan(loan_id=loan_id, by_id=by_id, plan=plan, parts=parts, at=at)


@transaction.atomic
def write_off(*, loan_id: int, by_id: int, at: datetime) -> Loan:
    """Count a loan as lost after `loans.write_off_days` of being late. Safe to repeat.

    It stays owed, without further interest; what payouts or the borrower bring is a recovery.
    Raises WrongState before.
    """
    loan = repaying.locked(loan_id=loan_id)
    if loan.state == LoanState.WRITTEN_OFF:
        return loan
    days = rulebook.value("loans.write_off_days", at=at)
    if loan.late_since is None or at < loan.late_since + timedelta(days=days):
        raise WrongState(_("A loan is written off only when it has been late for long."))
    repaying.accrue(loan=loan, at=at)
    # What had not run yet is not asked for any more.
    stands = repaying.account(loan=loan)
    owed = books.owed(loan=loan, at=at)
    if loan.principal_left_minor:
        losses = books.platform(kind="loan_losses", currency=loan.currency, at=at)
        ledger.post(
            key=f"{loan.ref}:written_off",
            kind="loan_written_off",
            entries={owed: loan.principal_left_minor, losses: -loan.principal_left_minor},
            ref=loan.ref,
            actor=f"user:{by_id}",
            at=at,
            close=[owed],
        )
    loan.state, loan.due_at, loan.ended_at = LoanState.WRITTEN_OFF, None, at
    loan.save()
    data = {
        "loan_id": loan.pk,
        "shop_id": loan.shop_id,
        "lost_minor": loan.principal_left_minor,
        "interest_minor": stands.interest_due_minor,
    }
    outbox.emit(name="loan.written_off", subject=loan.shop.ref, data=data, at=at)
    outbox.record(
        action="loan.written_off", actor=f"user:{by_id}", subject=loan.ref, data=data, at=at
    )
    news.written_off(loan=loan, at=at)
    return loan
