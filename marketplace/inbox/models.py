"""Messages to people, shown in the app and sent out by mail or SMS."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Message(models.Model):
    """One message to one person, shown in the app; mail or SMS follow as jobs."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="messages"
    )
    key = models.CharField(max_length=160, unique=True, help_text="one message a fact and person")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=160)
    body = models.TextField()
    link = models.CharField(max_length=200, blank=True, default="", help_text="path on this site")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(
        null=True, blank=True, help_text="handed to the mail or SMS carrier"
    )
    called_off_at = models.DateTimeField(
        null=True, blank=True, help_text="what it told was taken back before any mail left"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(link="") | (Q(link__startswith="/") & ~Q(link__startswith="//")),
                name="message_link_stays_here",
            ),
            models.CheckConstraint(
                condition=Q(called_off_at=None) | Q(delivered_at=None),
                name="message_called_off_before_mail",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="message_of_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="message_unread_of_user"),
        ]

    def __str__(self) -> str:
        return self.subject
