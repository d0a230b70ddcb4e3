"""Notices of rights holders, what became of each listing, and the thread with its seller."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from antifake.cases.models import Case
from antifake.notices.rules import NOTICE_MOVES
from antifake.references.models import Right, SealedFile
from marketplace.listings.models import Listing
from marketplace.reasons.models import StatementOfReasons


class NoticeState(models.TextChoices):
    """Where a notice stands; rules.NOTICE_MOVES has the moves."""

    DRAFT = "draft", _("Draft")
    INCOMPLETE = "incomplete", _("Something is missing")
    SENT = "sent", _("A person looks at it")
    WITHHELD = "withheld", _("Withheld")
    DECIDED = "decided", _("Decided")
    WITHDRAWN = "withdrawn", _("Withdrawn")


COMPLETE = (NoticeState.SENT, NoticeState.WITHHELD, NoticeState.DECIDED, NoticeState.WITHDRAWN)
ACTIVE = (NoticeState.SENT, NoticeState.WITHHELD, NoticeState.DECIDED)


class ItemState(models.TextChoices):
    """What became of one listing of a notice."""

    LISTED = "listed", _("Not sent yet")
    GONE = "gone", _("Was not on sale")
    WAITING = "waiting", _("A person looks at it")
    WITHHELD = "withheld", _("Withheld at once")
    UPHELD = "upheld", _("Taken down")
    REJECTED = "rejected", _("Allowed")
    RESTORED = "restored", _("Withheld, then given back")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Ground(models.TextChoices):
    """Why a listing was withheld at once."""

    RECORD = "record", _("the record of the sender's notices")
    COPY = "copy", _("a photo of a known fake")


class Notice(models.Model):
    """One notice of one holder, about up to 300 listings.

    `right`, `reason`, `sworn_name` and `good_faith` may lack until it is complete.
    """

    key = models.UUIDField(unique=True, help_text="of the form that began it")
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey(
        Right, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True, default="", help_text="why the goods breach the right")
    sworn_name = models.CharField(max_length=120, blank=True, default="")
    good_faith = models.BooleanField(default=False)
    unread = models.TextField(blank=True, default="", help_text="pasted lines that name no goods")
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.DRAFT)
    token_hash = models.CharField(
        max_length=64, unique=True, null=True, blank=True, help_text="SHA-256 of the link's token"
    )
    token_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True, help_text="when nothing waited first")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(NOTICE_MOVES)), name="notice_state"),
            models.CheckConstraint(
                condition=~Q(state__in=COMPLETE)
                | (
                    Q(right__isnull=False, good_faith=True, sent_at__isnull=False)
                    & ~Q(reason="")
                    & ~Q(sworn_name="")
                ),
                name="notice_sent_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(state=NoticeState.WITHDRAWN, withdrawn_at__isnull=False)
                | (~Q(state=NoticeState.WITHDRAWN) & Q(withdrawn_at=None)),
                name="notice_withdrawn_when",
            ),
            models.CheckConstraint(
                condition=Q(token_hash=None, token_until=None)
                | Q(token_hash__isnull=False, token_until__isnull=False),
                name="notice_link_ends",
            ),
        ]
        indexes = [models.Index(fields=["holder", "-id"], name="notice_of_holder")]

    def __str__(self) -> str:
        return f"notice {self.pk}"

    @property
    def ref(self) -> str:
        """How withholdings, statements, cases and audit name this notice."""
        return f"notice:{self.pk}"


class NoticeItem(models.Model):
    """One listing of a notice. Its case, if any, is the person's look at it."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="items")
    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=ItemState, default=ItemState.LISTED)
    ground = models.CharField(max_length=6, choices=Ground, blank=True, default="")
    statement = models.ForeignKey(
        StatementOfReasons, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withheld_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "listing"], name="notice_item_once"),
            models.CheckConstraint(
                condition=Q(state__in=ItemState.values), name="notice_item_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=ItemState.WITHHELD)
                | (Q(statement__isnull=False, withheld_at__isnull=False) & ~Q(ground="")),
                name="notice_item_withheld_has_reasons",
            ),
            models.CheckConstraint(
                condition=~Q(state=ItemState.WAITING) | Q(case__isnull=False),
                name="notice_item_waits_for_someone",
            ),
            models.CheckConstraint(
                condition=Q(ground__in=["", *Ground.values]), name="notice_item_ground_known"
            ),
        ]
        indexes = [models.Index(fields=["listing", "state"], name="notice_item_of_listing")]

    def __str__(self) -> str:
        return f"listing {self.listing_id} in notice {self.notice_id}"


class CounterState(models.TextChoices):
    """Whose turn it is after a seller answered."""

    OPEN = "open", _("The sender of the notice has to reply")
    ANSWERED = "answered", _("A person decides")
    AT_COURT = "at_court", _("The sender went to court")
    LAPSED = "lapsed", _("No reply came: given back")
    CONCEDED = "conceded", _("The sender took it back")
    WON = "won", _("Decided for the seller")
    LOST = "lost", _("Decided for the sender")


RUNNING = (CounterState.OPEN, CounterState.AT_COURT)


class CounterNotice(models.Model):
    """A seller's answer to a withholding, with its clock; lines are the thread."""

    item = models.OneToOneField(NoticeItem, on_delete=models.PROTECT, related_name="counter")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    evidence = models.OneToOneField(
        SealedFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=8, choices=CounterState, default=CounterState.OPEN)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, help_text="given back then, if it runs")
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CounterState.values), name="counter_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=RUNNING, due_at__isnull=False)
                | (~Q(state__in=RUNNING) & Q(due_at=None)),
                name="counter_clock_runs",
            ),
            models.CheckConstraint(
                condition=~Q(state=CounterState.ANSWERED) | Q(case__isnull=False),
                name="counter_decided_by_a_person",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="counter_due")
        ]

    def __str__(self) -> str:
        return f"answer to {self.item}"

    @property
    def ref(self) -> str:
        """How its case names it."""
        return f"counter:{self.pk}"


class Side(models.TextChoices):
    """Who speaks in a thread."""

    SELLER = "seller", _("Seller")
    SENDER = "sender", _("Sender of the notice")
    MARKET = "market", _("The market")


class ThreadLine(models.Model):
    """One line of a thread; never changed."""

    counter = models.ForeignKey(CounterNotice, on_delete=models.PROTECT, related_name="lines")
    side = models.CharField(max_length=6, choices=Side)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(side__in=Side.values) & ~Q(text=""), name="thread_line_of_someone"
            )
        ]

    def __str__(self) -> str:
        return f"{self.side} in {self.counter_id}"
