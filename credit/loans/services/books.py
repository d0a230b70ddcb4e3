"""The ledger accounts of loans. Each function returns an account id."""

from __future__ import annotations

from datetime import datetime

from credit.loans.models import Loan
from marketplace.ledger import services as ledger

PLATFORM_KINDS = ("loan_interest", "loan_losses", "loan_recovered")


def wallet(*, shop_ref: str, currency: str, at: datetime) -> int:
    """A shop's own money beside its sales; never below zero."""
    return ledger.open_account(
        kind="wallet",
        owner_ref=shop_ref,
        currency=currency,
        floor_zero=True,
        tracked=True,
        at=at,
    )


def on_its_way(*, move_ref: str, currency: str, at: datetime) -> int:
    """Money that left a wallet and has not arrived; closed when it has."""
    return ledger.open_account(
        kind="wallet_out",
        owner_ref=move_ref,
        currency=currency,
        floor_zero=True,
        tracked=True,
        at=at,
    )


def owed(*, loan: Loan, at: datetime) -> int:
    """What a borrower owes of the principal: negative while he does; closed with the loan."""
    return ledger.open_account(
        kind="loan", owner_ref=loan.ref, currency=loan.currency, tracked=True, at=at
    )


def intake(*, loan: Loan, at: datetime) -> int:
    """What payouts brought for a loan and is not booked yet; never below zero."""
    return ledger.open_account(
        kind="loan_intake",
        owner_ref=loan.ref,
        currency=loan.currency,
        floor_zero=True,
        tracked=True,
        at=at,
    )


def opened(*, loan: Loan, shop_ref: str, at: datetime) -> tuple[int, int, int]:
    """Open what a new loan moves money between, in one statement: `owed`, `intake`, `wallet`."""
    wanted = [
        ledger.Wanted("loan", loan.ref, tracked=True),
        ledger.Wanted("loan_intake", loan.ref, floor_zero=True, tracked=True),
        ledger.Wanted("wallet", shop_ref, floor_zero=True, tracked=True),
    ]
    owed_id, intake_id, wallet_id = ledger.open_all(wanted=wanted, currency=loan.currency, at=at)
    return owed_id, intake_id, wallet_id


def platform(*, kind: str, currency: str, at: datetime) -> int:
    """Interest earned, losses borne, or what came back of them."""
    return ledger.platform_account(kind=kind, currency=currency, at=at)
