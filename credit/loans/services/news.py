"""What borrowers are told."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from credit.loans.models import Application, LimitCut, Loan
from marketplace.inbox import services as inbox
from marketplace.money import Money


def amount(*, amount_minor: int, currency: str) -> str:
    """Write an amount into a message."""
    return Money(amount_minor, currency).display()


def _tell(
    *, user_id: int, kind: str, key: str, subject: str, body: str, link: str, at: datetime
) -> None:
    inbox.notify(
        user_id=user_id, kind=f"loans.{kind}", key=key, subject=subject, body=body, link=link, at=at
    )


def _page(loan: Loan) -> str:
    return reverse("loans:loan", args=[loan.pk])


def paid(*, loan: Loan, at: datetime) -> None:
    """The money is there."""
    body = _("%(amount)s is in your wallet. The page of the loan shows when what is due.")
    _tell(
        user_id=loan.borrower_id,
        kind="paid",
        key=f"{loan.ref}:paid",
        subject=_("Your loan is paid out"),
        body=body % {"amount": amount(amount_minor=loan.principal_minor, currency=loan.currency)},
        link=_page(loan),
        at=at,
    )


def repaid(*, loan: Loan, at: datetime) -> None:
    """All is paid back."""
    _tell(
        user_id=loan.borrower_id,
        kind="repaid",
        key=f"{loan.ref}:repaid",
        subject=_("Your loan is paid back"),
        body=_("Thank you. From your next payout on, nothing is kept for it."),
        link=_page(loan),
        at=at,
    )


def late(*, loan: Loan, due_minor: int, at: datetime) -> None:
    """An instalment is late. No threat, and what can be done."""
    body = _(
        "%(amount)s is past its day. It costs you nothing more, but you cannot borrow while a "
        "loan is late. If it is hard to pay, ask for more time on the page of the loan."
    )
    _tell(
        user_id=loan.borrower_id,
        kind="late",
        key=f"{loan.ref}:late:{at.date().isoformat()}",
        subject=_("An instalment is late"),
        body=body % {"amount": amount(amount_minor=due_minor, currency=loan.currency)},
        link=_page(loan),
        at=at,
    )


def replanned(*, loan: Loan, at: datetime) -> None:
    """There is more time."""
    _tell(
        user_id=loan.borrower_id,
        kind="replanned",
        key=f"{loan.ref}:plan:{loan.plan}",
        subject=_("Your loan has a new plan"),
        body=_("You have more time, at no further cost. The page of the loan shows the new days."),
        link=_page(loan),
        at=at,
    )


def written_off(*, loan: Loan, at: datetime) -> None:
    """We no longer count on it."""
    _tell(
        user_id=loan.borrower_id,
        kind="written_off",
        key=f"{loan.ref}:written_off",
        subject=_("Your loan was written off"),
        body=_("It is still owed, without further interest, and you can still pay it back."),
        link=_page(loan),
        at=at,
    )


def reviewed(*, application: Application, at: datetime) -> None:
    """A person has looked."""
    _tell(
        user_id=application.by_id,
        kind="reviewed",
        key=f"{application.ref}:reviewed",
        subject=_("A person has looked at your application"),
        body=_("The answer and its reasons stand on the page of the application."),
        link=reverse("loans:application", args=[application.pk]),
        at=at,
    )


def move_failed(*, user_id: int, ref: str, at: datetime) -> None:
    """The bank did not take it; the money lies in the wallet again."""
    _tell(
        user_id=user_id,
        kind="move_failed",
        key=f"{ref}:failed",
        subject=_("Money did not go through"),
        body=_("It was not moved. Please look at the account you are paid to, and try again."),
        link=reverse("loans:mine"),
        at=at,
    )


def cut_answered(*, cut: LimitCut, at: datetime) -> None:
    """A person answered an appeal against a cut of the limit."""
    _tell(
        user_id=cut.shop.owner_id,
        kind="cut_answered",
        key=f"{cut.ref}:answered",
        subject=_("Your appeal about your limit was answered"),
        body=cut.answer,
        link=reverse("loans:cut", args=[cut.pk]),
        at=at,
    )
