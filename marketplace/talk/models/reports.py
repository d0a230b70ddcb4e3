"""Reports of messages, what staff decided, who may not write to whom, who of staff looked."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.sealing import SealedTextField
from marketplace.reasons.models import StatementOfReasons
from marketplace.talk.models.threads import Message, Thread


class ReportReason(models.TextChoices):
    """Why somebody reports a message."""

    PAY_OUTSIDE = "pay_outside", _("I am asked to pay outside the market")
    FRAUD = "fraud", _("Somebody tries to cheat me")
    ABUSE = "abuse", _("Insults, threats or hate")
    SPAM = "spam", _("Advertising I did not ask for")
    OTHER = "other", _("Something else that is not allowed")


class Outcome(models.TextChoices):
    """What staff made of a report."""

    OPEN = "open", _("Waits for our staff")
    NOTHING = "nothing", _("Nothing against the rules")
    WARNED = "warned", _("The writer was warned")
    BLOCKED = "blocked", _("The writer may not write to this person any more")


class Report(models.Model):
    """Somebody who got a message asks staff to look at it; once."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="reports")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="talk_reports"
    )
    reason = models.CharField(max_length=11, choices=ReportReason)
    text_sealed = SealedTextField(blank=True, default="")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=7, choices=Outcome, default=Outcome.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note_sealed = SealedTextField(blank=True, default="", help_text="why, in staff's words")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "by"], name="talk_report_once"),
            models.CheckConstraint(
                condition=Q(reason__in=ReportReason.values) & Q(outcome__in=Outcome.values),
                name="talk_report_words_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome="open", decided_at=None, decided_by=None)
                | (~Q(outcome="open") & Q(decided_at__isnull=False) & Q(decided_by__isnull=False)),
                name="talk_report_decided_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(outcome="open"), name="talk_report_open")
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"

    @property
    def ref(self) -> str:
        """How events and audit name this report."""
        return f"report:{self.pk}"


class Block(models.Model):
    """One person may not write in the talks of one buyer with one shop, until it is lifted."""

    writer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="talk_blocks"
    )
    thread = models.ForeignKey(
        Thread, on_delete=models.PROTECT, related_name="blocks", help_text="names buyer and shop"
    )
    report = models.OneToOneField(Report, on_delete=models.PROTECT, related_name="block")
    statement = models.ForeignKey(StatementOfReasons, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="talk_block_lifted_by_somebody",
            )
        ]
        indexes = [
            models.Index(
                fields=["writer"], condition=Q(lifted_at=None), name="talk_block_of_writer"
            )
        ]

    def __str__(self) -> str:
        return f"block {self.pk}"


class Look(models.Model):
    """A member of staff opened a thread, and why he might: a report or a dispute."""

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=40, help_text="report:3, dispute:7")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(because__startswith="report:") | Q(because__startswith="dispute:"),
                name="talk_look_has_cause",
            )
        ]
        indexes = [models.Index(fields=["by", "thread", "-at"], name="talk_look_of_staff")]

    def __str__(self) -> str:
        return f"look {self.pk}"
