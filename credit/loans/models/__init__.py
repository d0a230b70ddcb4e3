"""Applications, loans, instalments, repayments, the wallet, the lender's watch."""

from credit.loans.models.loans import (
    Application,
    Exposure,
    Instalment,
    Lent,
    Loan,
    Repayment,
    Review,
)
from credit.loans.models.states import (
    OWED,
    RUNNING,
    CutCause,
    CutState,
    Direction,
    ExposureKind,
    LoanKind,
    LoanState,
    MoveState,
    Outcome,
    ReviewState,
    Source,
)
from credit.loans.models.wallet import WalletMove
from credit.loans.models.watching import LimitCut, ShadowDecision

__all__ = [
    "OWED",
    "RUNNING",
    "Application",
    "CutCause",
    "CutState",
    "Direction",
    "Exposure",
    "ExposureKind",
    "Instalment",
    "Lent",
    "LimitCut",
    "Loan",
    "LoanKind",
    "LoanState",
    "MoveState",
    "Outcome",
    "Repayment",
    "Review",
    "ReviewState",
    "ShadowDecision",
    "Source",
    "WalletMove",
]
