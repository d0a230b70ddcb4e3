"""Facts that happened (Event), work that must be done (Job), who did what (LogEntry)."""

from django.db import models
from django.db.models import Q


class JobState(models.TextChoices):
    """Where a piece of work stands; the room's README tells the moves."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"


class Event(models.Model):
    """A fact, written in the transaction that made it true. Append-only."""

    name = models.CharField(max_length=60, help_text="dotted, past tense: order.settled")
    subject = models.CharField(max_length=80, help_text="kind:id, such as order:12")
    data = models.JSONField(default=dict, help_text="ids and plain values, never personal data")
    at = models.DateTimeField()
    request_id = models.CharField(max_length=64, default="-")

    class Meta:
        indexes = [
            models.Index(fields=["subject", "id"], name="event_subject"),
            models.Index(fields=["name", "at"], name="event_name_at"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject}"


class Job(models.Model):
    """One piece of work. This row, not a broker message, is the truth."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=80)
    queue = models.CharField(max_length=20, default="default")
    payload = models.JSONField(default=dict, help_text="ids and plain values, never personal data")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="jobs")
    state = models.CharField(max_length=8, choices=JobState, default=JobState.PENDING)
    run_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.PositiveIntegerField(default=0, help_text="fencing token: grows at each claim")
    last_error = models.TextField(blank=True, default="")
    request_id = models.CharField(max_length=64, default="-")
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(
                condition=(Q(state=JobState.LEASED) & Q(lease_until__isnull=False))
                | (~Q(state=JobState.LEASED) & Q(lease_until=None)),
                name="job_lease_iff_leased",
            ),
            models.CheckConstraint(
                condition=(Q(state=JobState.DONE) & Q(done_at__isnull=False))
                | (~Q(state=JobState.DONE) & Q(done_at=None)),
                name="job_done_at_iff_done",
            ),
        ]
        indexes = [
            models.Index(
                fields=["run_at"], condition=Q(state=JobState.PENDING), name="job_pending_due"
            ),
            models.Index(
                fields=["lease_until"], condition=Q(state=JobState.LEASED), name="job_leases"
            ),
            models.Index(fields=["id"], condition=Q(state=JobState.DEAD), name="job_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk} {self.state}"


class LogEntry(models.Model):
    """Who changed what, and why: the audit trail. Append-only."""

    action = models.CharField(max_length=60, help_text="dotted verb: listing.taken_down")
    actor = models.CharField(max_length=80, help_text="user:12, or system")
    subject = models.CharField(max_length=80)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    request_id = models.CharField(max_length=64, default="-")

    class Meta:
        indexes = [models.Index(fields=["subject", "id"], name="logentry_subject")]
        verbose_name_plural = "log entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject} by {self.actor}"
