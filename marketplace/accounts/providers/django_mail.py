"""Mail through Django's mail backend (SMTP, or whatever EWTP_EMAIL_BACKEND names)."""

from __future__ import annotations

from datetime import datetime

from django.core.mail import EmailMessage


class DjangoMail:
    """Hands mail to Django. SMTP knows no keys: a repeat carries the same header."""

    def send(self, *, to: str, subject: str, body: str, key: str, at: datetime) -> None:
        """Send one plain-text mail that carries its key and its moment."""
        EmailMessage(
            subject=" ".join(subject.split()),  # a line break would start another header
            body=body,
            to=[to],
            headers={"Idempotency-Key": key, "Date": at.strftime("%a, %d %b %Y %H:%M:%S +0000")},
        ).send()
