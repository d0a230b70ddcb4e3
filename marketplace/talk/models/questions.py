"""Public questions on a listing, and the shop's saved replies."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.listings.models import Listing
from marketplace.reasons.models import StatementOfReasons
from marketplace.shops.models import Shop
from marketplace.talk.rules import ANSWER_MAX, QUESTION_MAX, REPLY_TITLE_MAX, TEXT_MAX


class Question(models.Model):
    """What somebody asks about goods; everybody reads it once the shop has answered."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="questions")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="questions")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="questions"
    )
    key = models.CharField(max_length=60)
    text = models.CharField(max_length=QUESTION_MAX)
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=ANSWER_MAX, blank=True, default="")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    statement = models.ForeignKey(
        StatementOfReasons, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "key"], name="question_once"),
            models.CheckConstraint(condition=~Q(text=""), name="question_has_words"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by=None)
                | (~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="question_answer_has_author",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, statement=None)
                | Q(
                    withdrawn_at__isnull=False, withdrawn_by__isnull=False, statement__isnull=False
                ),
                name="question_withdrawn_with_statement",
            ),
        ]
        indexes = [
            models.Index(
                fields=["listing", "-answered_at"],
                condition=Q(answered_at__isnull=False, withdrawn_at=None),
                name="question_shown",
            ),
            models.Index(
                fields=["shop", "id"],
                condition=Q(answered_at=None, withdrawn_at=None),
                name="question_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"

    @property
    def ref(self) -> str:
        """How events and audit name this question."""
        return f"question:{self.pk}"


class SavedReply(models.Model):
    """Words that a shop writes often; {buyer}, {order} and {days} are filled in."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="saved_replies")
    title = models.CharField(max_length=REPLY_TITLE_MAX)
    text = models.TextField(max_length=TEXT_MAX)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "title"], name="saved_reply_title_once"),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(text=""), name="saved_reply_has_words"
            ),
        ]
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title
