"""Statements of reasons, with the field names of the EU DSA transparency database."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from marketplace.reasons import rules

# Something that is no blank, in PostgreSQL's regular expressions.
WORDS = r"\S"


class Ground(models.TextChoices):
    """Whether law or our own rules are the ground (DSA schema, decision_ground)."""

    ILLEGAL_CONTENT = "DECISION_GROUND_ILLEGAL_CONTENT"
    INCOMPATIBLE_CONTENT = "DECISION_GROUND_INCOMPATIBLE_CONTENT"


class SourceType(models.TextChoices):
    """What made the platform look (DSA schema, source_type)."""

    NOTICE = "SOURCE_ARTICLE_16"
    TRUSTED_FLAGGER = "SOURCE_TRUSTED_FLAGGER"
    OTHER_NOTIFICATION = "SOURCE_TYPE_OTHER_NOTIFICATION"
    VOLUNTARY = "SOURCE_VOLUNTARY"


class AutomatedDecision(models.TextChoices):
    """How far a machine took the decision (DSA schema, automated_decision)."""

    FULLY = "AUTOMATED_DECISION_FULLY"
    PARTIALLY = "AUTOMATED_DECISION_PARTIALLY"
    NOT = "AUTOMATED_DECISION_NOT_AUTOMATED"


class StatementOfReasons(models.Model):
    """Why something was restricted (DSA art. 17). Append-only; every restriction points to one."""

    puid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    addressee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="statements"
    )
    subject = models.CharField(max_length=80, help_text="listing:5, shop:3")
    decision_visibility = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    decision_monetary = models.CharField(max_length=60, blank=True, default="")
    decision_provision = models.CharField(max_length=60, blank=True, default="")
    decision_account = models.CharField(max_length=60, blank=True, default="")
    decision_ground = models.CharField(max_length=60, choices=Ground)
    decision_ground_reference = models.CharField(max_length=120, help_text="law or rule clause")
    explanation = models.TextField(help_text="why the facts breach that law or rule")
    decision_facts = models.TextField(max_length=5000)
    category = models.CharField(max_length=80)
    content_type = ArrayField(models.CharField(max_length=40), default=list)
    territorial_scope = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    application_date = models.DateTimeField()
    end_date = models.DateTimeField(null=True, blank=True)
    source_type = models.CharField(max_length=40, choices=SourceType)
    source = models.CharField(max_length=120, blank=True, default="")
    automated_detection = models.BooleanField()
    automated_decision = models.CharField(max_length=40, choices=AutomatedDecision)
    redress = models.TextField(help_text="how to appeal, and until when")
    redress_until = models.DateTimeField(help_text="the appeal is in time until then")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~(
                    Q(decision_visibility=[])
                    & Q(decision_monetary="")
                    & Q(decision_provision="")
                    & Q(decision_account="")
                ),
                name="statement_restricts_something",
            ),
            models.CheckConstraint(
                condition=~Q(decision_facts="") & ~Q(explanation=""), name="statement_has_reasons"
            ),
            # Facts, ground, category, content, source, automation, redress: what art. 17(3) asks.
            models.CheckConstraint(
                condition=Q(decision_facts__regex=WORDS)
                & Q(explanation__regex=WORDS)
                & Q(decision_ground_reference__regex=WORDS)
                & Q(redress__regex=WORDS)
                & Q(subject__regex=WORDS)
                & ~Q(content_type=[]),
                name="statement_complete",
            ),
            models.CheckConstraint(
                condition=Q(decision_ground__in=Ground.values)
                & Q(source_type__in=SourceType.values)
                & Q(automated_decision__in=AutomatedDecision.values)
                & Q(category__in=rules.CATEGORIES)
                & Q(content_type__contained_by=list(rules.CONTENT_TYPES)),
                name="statement_values_known",
            ),
            models.CheckConstraint(
                condition=Q(decision_visibility__contained_by=list(rules.VISIBILITY))
                & Q(decision_monetary__in=["", *rules.MONETARY])
                & Q(decision_provision__in=["", *rules.PROVISION])
                & Q(decision_account__in=["", *rules.ACCOUNT]),
                name="statement_decision_known",
            ),
            models.CheckConstraint(
                condition=(Q(end_date=None) | Q(end_date__gte=F("application_date")))
                & Q(redress_until__gt=F("created_at")),
                name="statement_times_in_order",
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="statement_subject")]
        verbose_name_plural = "statements of reasons"

    def __str__(self) -> str:
        return f"statement {self.puid}"
