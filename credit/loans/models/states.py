"""The states and kinds of this room."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credit.loans.rules.products import EVEN, SALES


class ExposureKind(models.TextChoices):
    """By what a person is known again in another shop."""

    IDENTITY = "identity"
    ACCOUNT = "account"


class Outcome(models.TextChoices):
    """How an application was decided."""

    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class ReviewState(models.TextChoices):
    """Where a look by a person stands."""

    WAITING = "waiting", _("Waits for a person")
    APPROVED = "approved", _("A loan was offered")
    UPHELD = "upheld", _("The refusal stands")


class CutCause(models.TextChoices):
    """Why what may still be borrowed was cut."""

    ARREARS = "arrears", _("A loan was late for long")
    STANDING = "standing", _("The shop's standing fell")


class CutState(models.TextChoices):
    """Where a cut stands; the legal moves are rules.products.CUT_MOVES."""

    STANDS = "stands", _("In force")
    APPEALED = "appealed", _("A person looks at it")
    UPHELD = "upheld", _("Stands after a look by a person")
    LIFTED = "lifted", _("Taken back")
    ENDED = "ended", _("Ended by itself")


class LoanKind(models.TextChoices):
    """How a loan is paid back."""

    EVEN = EVEN, _("Even parts")
    SALES = SALES, _("As you sell")


class LoanState(models.TextChoices):
    """Where a loan stands; the legal moves are rules.products.MOVES."""

    OFFERED = "offered", _("Offered")
    ACTIVE = "active", _("Running")
    LATE = "late", _("Late")
    REPAID = "repaid", _("Paid back")
    WRITTEN_OFF = "written_off", _("Written off")
    LAPSED = "lapsed", _("Offer lapsed")


class Source(models.TextChoices):
    """Where a repayment came from."""

    PAYOUT = "payout", _("From a payout")
    WALLET = "wallet", _("By hand")


class Direction(models.TextChoices):
    """Which way money goes."""

    OUT = "out", _("To the payout account")
    IN = "in", _("From a card")


class MoveState(models.TextChoices):
    """Where money between a wallet and the world is."""

    SENT = "sent", _("On its way")
    DONE = "done", _("Arrived")
    FAILED = "failed", _("Did not go through")


RUNNING = (LoanState.ACTIVE, LoanState.LATE)
OWED = (*RUNNING, LoanState.WRITTEN_OFF)
STARTED = ~Q(state__in=[LoanState.OFFERED, LoanState.LAPSED])
