"""Models trained on verdicts, who stands where, and what a challenger would have said."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from antifake.cases.models.scans import Scan


class ModelState(models.TextChoices):
    """Which part a model plays."""

    CHAMPION = "champion", _("Champion: its probability counts")
    CHALLENGER = "challenger", _("Challenger: looks on in the shadow")
    RETIRED = "retired", _("Retired")


class ModelVersion(models.Model):
    """One trained model. None of these is champion: the one set by hand is.

    The database holds the rule: what would hold fewer confirmed fakes than its champion becomes
    champion only with a person's consent.
    """

    state = models.CharField(max_length=10, choices=ModelState, default=ModelState.CHALLENGER)
    sha256 = models.CharField(max_length=64, help_text="of the model's text")
    body = models.TextField(help_text="learning.model.Model.as_json")
    trained_at = models.DateTimeField()
    verdicts = models.PositiveIntegerField(help_text="how many it was trained on")
    figures = models.JSONField(default=dict, help_text="of the latest judgement, both models'")
    judged_at = models.DateTimeField(null=True, blank=True)
    caught_before = models.PositiveIntegerField(
        default=0, help_text="confirmed fakes that the champion holds"
    )
    caught_now = models.PositiveIntegerField(default=0, help_text="those that this model holds")
    lost = models.JSONField(default=list, help_text="scans of fakes that only the champion holds")
    consent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    consent_at = models.DateTimeField(null=True, blank=True)
    promoted_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ModelState.values), name="model_version_state_known"
            ),
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state=ModelState.CHAMPION),
                name="model_version_one_champion",
            ),
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state=ModelState.CHALLENGER),
                name="model_version_one_challenger",
            ),
            models.CheckConstraint(
                condition=Q(promoted_at=None)
                | Q(caught_now__gte=F("caught_before"))
                | Q(consent_by__isnull=False),
                name="model_version_recall_falls_only_with_consent",
            ),
            models.CheckConstraint(
                condition=~Q(state=ModelState.CHAMPION)
                | (Q(promoted_at__isnull=False) & Q(judged_at__isnull=False)),
                name="model_version_champion_was_judged",
            ),
            models.CheckConstraint(
                condition=Q(consent_by=None, consent_at=None)
                | Q(consent_by__isnull=False, consent_at__isnull=False),
                name="model_version_consent_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"model {self.sha256[:12]}"

    @property
    def waits(self) -> bool:
        """Whether a person must consent before it may become champion."""
        asks = self.figures.get("outcome") == "ask"
        return self.state == ModelState.CHALLENGER and asks and self.consent_by_id is None


class ShadowScore(models.Model):
    """What the challenger would have said of a scan; never changed afterwards."""

    scan = models.ForeignKey(Scan, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    risk_permille = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scan", "model"], name="shadow_score_once"),
            models.CheckConstraint(
                condition=Q(risk_permille__lte=1000), name="shadow_score_in_thousandths"
            ),
        ]

    def __str__(self) -> str:
        return f"model {self.model_id} on scan {self.scan_id}"
