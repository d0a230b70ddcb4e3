"""The forms of loans that move money or promise it, and who sends the others twice."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from credit.loans.models import Loan, LoanState, Review
from credit.loans.services import reviewing
from tests.factories.loans import ask_for, make_borrower, make_loan, make_officer
from tests.marketplace.forms_that_count import Request, case, somebody

# Sent twice and eight times at once by their own rooms' tests, or once a state forbids a second.
SENT_ELSEWHERE = {
    "loans:apply": "test_applying sends it twice and eight times at once",
    "loans:repay": "test_repaying sends it twice and eight times at once",
    "loans:take_out": "test_wallet sends it twice and eight times at once",
    "loans:bring_in": "test_wallet charges a card once",
    "loans:ask": "one review an application, by a unique key",
    "loans:more_time": "names the plan that was seen, as the desk's does",
    "loans:cut": "test_watching appeals twice",
    "loans:desk_cut": "test_watching decides twice",
}


def refused() -> Review:
    now = timezone.now()
    made = ask_for(make_borrower(at=now, points=500), at=now, amount_minor=10_000)
    return reviewing.ask(application_id=made.pk, by_id=made.shop.owner_id, said="", at=now)


@case("loans:sign")
def sign() -> Request:
    review, now = refused(), timezone.now()
    reviewing.approve(
        review_id=review.pk,
        by_id=make_officer(now).pk,
        amount_minor=10_000,
        reasons="A season.",
        at=now,
    )
    loan = Loan.objects.get(application=review.application)
    page = reverse("loans:loan", args=[loan.pk])
    return Request(somebody(loan.borrower), page, reverse("loans:sign", args=[loan.pk]))


@case("loans:desk_review")
def review() -> Request:
    there = reverse("loans:desk_review", args=[refused().pk])
    answer = {"answer": "approve", "amount": "100.00", "reasons": "A season."}
    return Request(somebody(make_officer(timezone.now())), there, there, answer)


def a_late_loan() -> Loan:
    now = timezone.now()
    loan = make_loan(at=now)
    late = now - timedelta(days=100)
    Loan.objects.filter(pk=loan.pk).update(state=LoanState.LATE, late_since=late)
    return loan


def of_desk(name: str) -> Request:
    loan = a_late_loan()
    page = reverse("loans:desk_loan", args=[loan.pk])
    there = reverse(name, args=[loan.pk])
    return Request(somebody(make_officer(timezone.now())), page, there)


@case("loans:desk_write_off")
def write_off() -> Request:
    return of_desk("loans:desk_write_off")


@case("loans:desk_plan")
def plan() -> Request:
    return of_desk("loans:desk_plan")
