"""Applications, loans and what was paid back: facts and constraints."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from credit.loans.models.states import (
    RUNNING,
    STARTED,
    ExposureKind,
    LoanKind,
    LoanState,
    Outcome,
    ReviewState,
    Source,
)
from credit.loans.rules.decision import SAMPLE
from credit.scoring.models import Score
from marketplace.accounts.columns import KeyedHashField
from marketplace.accounts.sealing import SealedTextField
from marketplace.shops.models import Shop


class Exposure(models.Model):
    """One verified identity or one payout account: the row that a decision locks.

    Whoever shares either with another shop shares one ladder with it.
    """

    kind = models.CharField(max_length=8, choices=ExposureKind)
    fact_sealed = SealedTextField()
    fact_hash = KeyedHashField(
        of="fact_sealed", beside=["kind"], purpose="loan-exposure", unique=True
    )
    since = models.DateTimeField()
    cut_permille = models.PositiveSmallIntegerField(
        default=1000, help_text="what is left of the limit while a cut is in force"
    )
    cut_until = models.DateTimeField(
        null=True, blank=True, help_text="empty while cut: until its cause is gone"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ExposureKind.values), name="exposure_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(cut_permille__lte=1000), name="exposure_cut_is_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Application(models.Model):
    """One decision, with all that it was made of. Append-only; it replays to the same bits."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(unique=True, help_text="of the form: sent twice, one")
    kind = models.CharField(max_length=5, choices=LoanKind)
    amount_minor = models.PositiveBigIntegerField(help_text="asked for")
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    parts = models.PositiveSmallIntegerField(help_text="instalments asked for")
    outcome = models.CharField(max_length=8, choices=Outcome)
    score = models.ForeignKey(
        Score, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    card_hash = models.CharField(max_length=64, blank=True, default="")
    facts = models.JSONField(help_text="rules.decision.Facts")
    terms = models.JSONField(help_text="rules.decision.Terms")
    verdict = models.JSONField(help_text="rules.decision.Verdict")
    digest = models.CharField(max_length=64, help_text="SHA-256 of facts, terms and verdict")
    identity = models.ForeignKey(
        Exposure, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    account = models.ForeignKey(
        Exposure, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values) & Q(kind__in=LoanKind.values),
                name="application_words_known",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.APPROVED)
                | Q(score__isnull=False, identity__isnull=False, account__isnull=False),
                name="application_approved_of_somebody_known",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0) & Q(parts__gt=0), name="application_asks_something"
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "-id"], name="application_of_shop"),
            models.Index(
                fields=["id"], condition=Q(verdict__bound_by="sample"), name="application_by_lot"
            ),
        ]

    def __str__(self) -> str:
        return f"application {self.pk}"

    @property
    def ref(self) -> str:
        """How events and audit name this application."""
        return f"application:{self.pk}"

    @property
    def reasons(self) -> list[str]:
        """The reasons of a refusal: codes."""
        return list(self.verdict["reasons"])

    @property
    def by_lot(self) -> bool:
        """Whether it lay just below the line and was accepted by lot."""
        return bool(self.verdict["bound_by"] == SAMPLE)


class Review(models.Model):
    """A refused applicant asked for a person, who decides by `due_at`."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="review")
    said = models.TextField(blank=True, default="", help_text="what the applicant adds")
    state = models.CharField(max_length=8, choices=ReviewState, default=ReviewState.WAITING)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reasons = models.TextField(blank=True, default="", help_text="the person's, for the applicant")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ReviewState.values), name="loan_review_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ReviewState.WAITING, decided_at=None, decided_by=None)
                | (
                    ~Q(state=ReviewState.WAITING)
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(reasons="")
                ),
                name="loan_review_decided_with_reasons",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state=ReviewState.WAITING), name="loan_review_due"
            )
        ]

    def __str__(self) -> str:
        return f"review of application {self.application_id}"


class Loan(models.Model):
    """Money lent to a shop. Amounts in minor units of `currency`.

    `interest_max_minor` is what the contract's schedule adds up to, and never exceeded.
    `interest_units` is the interest that ran until `accrued_on`, as rules.schedule counts it.
    """

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="loan")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    borrower = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    identity = models.ForeignKey(Exposure, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Exposure, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=5, choices=LoanKind)
    state = models.CharField(max_length=11, choices=LoanState)
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    principal_minor = models.PositiveBigIntegerField()
    principal_left_minor = models.BigIntegerField()
    rate_bp = models.PositiveIntegerField(help_text="a year")
    cost_bp = models.PositiveIntegerField(help_text="annual percentage rate of charge")
    parts = models.PositiveSmallIntegerField()
    share_bp = models.PositiveIntegerField(help_text="of each payout")
    interest_max_minor = models.PositiveBigIntegerField()
    interest_units = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    interest_paid_minor = models.PositiveBigIntegerField(default=0)
    accrued_on = models.DateField()
    plan = models.PositiveSmallIntegerField(default=1, help_text="which schedule is in force")
    plan_paid_minor = models.PositiveBigIntegerField(
        default=0, help_text="paid before this schedule began"
    )
    offered_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="next instalment; offer's end")
    late_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=LoanState.values) & Q(kind__in=LoanKind.values),
                name="loan_words_known",
            ),
            models.CheckConstraint(
                condition=Q(principal_left_minor__gte=0)
                & Q(principal_left_minor__lte=F("principal_minor")),
                name="loan_left_within_principal",
            ),
            models.CheckConstraint(
                condition=Q(interest_paid_minor__lte=F("interest_max_minor")),
                name="loan_interest_within_contract",
            ),
            models.CheckConstraint(
                condition=(STARTED & Q(signed_at__isnull=False))
                | (~STARTED & Q(signed_at=None, principal_left_minor=F("principal_minor"))),
                name="loan_signed_iff_started",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=RUNNING) & Q(ended_at=None, due_at__isnull=False))
                | (Q(state=LoanState.OFFERED) & Q(ended_at=None, due_at__isnull=False))
                | (
                    Q(state__in=[LoanState.REPAID, LoanState.WRITTEN_OFF, LoanState.LAPSED])
                    & Q(ended_at__isnull=False, due_at=None)
                ),
                name="loan_clock_runs_until_its_end",
            ),
            models.CheckConstraint(
                condition=~Q(state=LoanState.REPAID) | Q(principal_left_minor=0),
                name="loan_repaid_owes_nothing",
            ),
            models.CheckConstraint(
                condition=Q(state=LoanState.LATE, late_since__isnull=False)
                | (~Q(state=LoanState.LATE) & ~Q(state=LoanState.ACTIVE))
                | Q(state=LoanState.ACTIVE, late_since=None),
                name="loan_late_since_a_day",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["offered", "active"]),
                name="loan_due",
            ),
            models.Index(
                fields=["currency"],
                include=["principal_left_minor"],
                condition=Q(state__in=["active", "late"]),
                name="loan_running",
            ),
            models.Index(fields=["shop", "-id"], name="loan_of_shop"),
        ]

    def __str__(self) -> str:
        return f"loan {self.pk}"

    @property
    def ref(self) -> str:
        """How ledger, claims, events and audit name this loan."""
        return f"loan:{self.pk}"

    @property
    def paid_minor(self) -> int:
        """Everything paid so far."""
        return self.principal_minor - self.principal_left_minor + self.interest_paid_minor


class Lent(models.Model):
    """A part of what is lent in a currency; minor units. All of a currency's rows sum to it.

    Kept by the database's own trigger on loans (migration 0003), in several rows, so that loans
    that are paid at the same time do not wait for each other. One row alone means nothing.
    """

    currency = models.CharField(max_length=3, help_text="ISO 4217")
    shard = models.PositiveSmallIntegerField()
    lent_minor = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["currency", "shard"], name="lent_once")]

    def __str__(self) -> str:
        return f"{self.currency} {self.shard}"


class Instalment(models.Model):
    """One instalment of one schedule of a loan. Append-only: what is paid, the loan knows."""

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="instalments")
    plan = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    principal_minor = models.PositiveBigIntegerField()
    interest_minor = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loan", "plan", "number"], name="instalment_once")
        ]
        ordering = ["plan", "number"]

    def __str__(self) -> str:
        return f"instalment {self.number} of loan {self.loan_id}"

    @property
    def amount_minor(self) -> int:
        """What is to be paid."""
        return self.principal_minor + self.interest_minor


class Repayment(models.Model):
    """Money that came in for a loan, and how it was booked. Append-only."""

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="repayments")
    number = models.PositiveIntegerField()
    key = models.UUIDField(null=True, blank=True, unique=True, help_text="of the form, by hand")
    source = models.CharField(max_length=6, choices=Source)
    amount_minor = models.PositiveBigIntegerField()
    interest_minor = models.PositiveBigIntegerField()
    principal_minor = models.PositiveBigIntegerField()
    rest_minor = models.PositiveBigIntegerField(default=0, help_text="given back to the wallet")
    recovered = models.BooleanField(default=False, help_text="after it was written off")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loan", "number"], name="repayment_once"),
            models.CheckConstraint(
                condition=Q(source__in=Source.values), name="repayment_source_known"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0)
                & Q(amount_minor=F("interest_minor") + F("principal_minor") + F("rest_minor")),
                name="repayment_adds_up",
            ),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"repayment {self.number} of loan {self.loan_id}"
