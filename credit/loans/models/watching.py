"""What the lender's watch wrote down: limits cut, and what another card would have said."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from credit.loans.models.loans import Application, Exposure, Loan
from credit.loans.models.states import CutCause, CutState, Outcome
from credit.scoring.models import KeptCard
from marketplace.reasons.models import StatementOfReasons
from marketplace.shops.models import Shop
from marketplace.trust.models import Strike


class LimitCut(models.Model):
    """Part of what somebody could still borrow was taken away, with reasons and a way back.

    The effect stands on the exposures of the shop's person; loans that run are left alone.
    """

    key = models.CharField(max_length=80, unique=True, help_text="names the fact: once each")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    identity = models.ForeignKey(
        Exposure, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    account = models.ForeignKey(
        Exposure, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cause = models.CharField(max_length=8, choices=CutCause)
    loan = models.ForeignKey(
        Loan, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    strike = models.ForeignKey(
        Strike, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    permille = models.PositiveSmallIntegerField(help_text="what is left of the limit")
    statement = models.OneToOneField(StatementOfReasons, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="by itself; empty: with cause")
    state = models.CharField(max_length=8, choices=CutState, default=CutState.STANDS)
    said = models.TextField(blank=True, default="", help_text="the appeal")
    asked_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="the appeal is answered by then")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.TextField(blank=True, default="", help_text="the person's, for the borrower")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CutState.values) & Q(cause__in=CutCause.values),
                name="limit_cut_words_known",
            ),
            models.CheckConstraint(condition=Q(permille__lt=1000), name="limit_cut_cuts"),
            models.CheckConstraint(
                condition=Q(cause=CutCause.ARREARS, loan__isnull=False, strike=None)
                | Q(cause=CutCause.STANDING, loan=None, strike__isnull=False),
                name="limit_cut_names_its_cause",
            ),
            models.CheckConstraint(
                condition=~Q(state=CutState.APPEALED)
                | Q(asked_at__isnull=False, due_at__isnull=False),
                name="limit_cut_appeal_has_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state=CutState.UPHELD)
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(answer="")),
                name="limit_cut_decided_with_reasons",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[CutState.LIFTED, CutState.ENDED], ended_at__isnull=False)
                | (~Q(state__in=[CutState.LIFTED, CutState.ENDED]) & Q(ended_at=None)),
                name="limit_cut_ended_with_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state=CutState.APPEALED), name="limit_cut_appeal_due"
            ),
            models.Index(fields=["ends_at"], condition=Q(ended_at=None), name="limit_cut_in_force"),
        ]

    def __str__(self) -> str:
        return f"cut {self.pk}"

    @property
    def ref(self) -> str:
        """How statements and audit name it."""
        return f"limitcut:{self.pk}"


class ShadowDecision(models.Model):
    """What another card would have decided. Append-only; it decides nothing."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="shadows")
    card = models.ForeignKey(KeptCard, on_delete=models.PROTECT, related_name="+")
    points = models.PositiveSmallIntegerField(help_text="350 to 950")
    outcome = models.CharField(max_length=8, choices=Outcome)
    verdict = models.JSONField(help_text="rules.decision.Verdict")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "card"], name="shadow_decision_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="shadow_decision_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"shadow of application {self.application_id}"
