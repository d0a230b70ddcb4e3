"""Who gets how much of what a shop sells: a cooperative's growers, a family, a village."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.sealing import SealedTextField
from marketplace.shops.models.shops import Shop


class ShareState(models.TextChoices):
    """Where a share stands; the legal moves are rules.SHARE_MOVES."""

    PROPOSED = "proposed", _("Waits for consent")
    AGREED = "agreed", _("Agreed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ShareWord(models.TextChoices):
    """What somebody said about a share."""

    PROPOSED = "proposed", _("proposed")
    AGREED = "agreed", _("agreed")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrew the proposal")
    ENDED = "ended", _("ended")


class Share(models.Model):
    """A person's part of what each order's goods bring, after commission.

    In force for orders placed from `since` until just before `ended_at`, once agreed. Another part
    is another row: what was agreed never changes (a trigger in migration 0005).
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="shares")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="shares",
        help_text="nobody: no account has the contact that was given",
    )
    called = models.CharField(max_length=80, help_text="what the owner calls this person or plot")
    share_bp = models.PositiveIntegerField(help_text="ten-thousandths")
    state = models.CharField(max_length=9, choices=ShareState, default=ShareState.PROPOSED)
    since = models.DateTimeField(help_text="never before the consent")
    key = models.UUIDField(unique=True, help_text="of the form: one proposal a form")
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(share_bp__gte=1) & Q(share_bp__lte=10_000), name="share_is_a_part"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ShareState.values), name="share_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ShareState.AGREED, agreed_at__isnull=False, user__isnull=False)
                | (~Q(state=ShareState.AGREED) & Q(agreed_at=None, ended_at=None)),
                name="share_agreed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(agreed_at=None) | Q(since__gte=models.F("agreed_at")),
                name="share_never_before_consent",
            ),
            models.UniqueConstraint(
                fields=["shop", "user"],
                condition=Q(state=ShareState.PROPOSED),
                name="share_one_proposal",
            ),
            models.UniqueConstraint(
                fields=["shop", "user"],
                condition=Q(state=ShareState.AGREED, ended_at=None),
                name="share_one_in_force",
            ),
            ExclusionConstraint(
                name="share_one_at_a_time",
                expressions=[
                    ("shop", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
                    (
                        Func(
                            F("since"),
                            F("ended_at"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                # One that ended before its day was never in force.
                condition=Q(state=ShareState.AGREED)
                & (Q(ended_at=None) | Q(ended_at__gt=F("since"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.share_bp} bp of shop {self.shop_id} for {self.user_id}"

    def is_running(self, at: datetime) -> bool:
        """In force, or agreed for a day that comes."""
        ends = self.ended_at
        return self.state == ShareState.AGREED and (ends is None or ends > at)

    def is_over(self, at: datetime) -> bool:
        """Ended, declined or withdrawn."""
        return self.state != ShareState.PROPOSED and not self.is_running(at)

    @property
    def percent(self) -> str:
        """As people read it."""
        return f"{self.share_bp / 100:g}"


class ShareEntry(models.Model):
    """The consent log: who said what about a share, and when. Rows are only added."""

    share = models.ForeignKey(Share, on_delete=models.PROTECT, related_name="entries")
    word = models.CharField(max_length=9, choices=ShareWord)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="nobody: the shop was closed",
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(word__in=ShareWord.values), name="share_entry_word_known"
            )
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"share {self.share_id} {self.word}"


class ShareAccount(models.Model):
    """Where a person's shares are paid to, from `at` on: the latest row. Rows are only added."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="share_accounts"
    )
    account_sealed = SealedTextField()
    at = models.DateTimeField()
    paused_until = models.DateTimeField(help_text="no payout of shares before")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(paused_until__gte=models.F("at")), name="share_account_pause_after"
            )
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"share account of {self.user_id} from {self.at:%Y-%m-%d}"
