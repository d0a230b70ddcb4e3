"""Reads of statements of reasons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.reasons.models import StatementOfReasons
from marketplace.rulebook import queries as rulebook


def of_user(user_id: int) -> QuerySet[StatementOfReasons]:
    """Return the statements addressed to a person, the latest first."""
    return StatementOfReasons.objects.filter(addressee_id=user_id).order_by("-pk")


def readable_by(user: User) -> QuerySet[StatementOfReasons]:
    """Return what a person may read: staff all, others what is addressed to them."""
    return StatementOfReasons.objects.filter(Q() if user.is_staff else Q(addressee_id=user.pk))


def path_of(statement: StatementOfReasons) -> str:
    """Return the path of the statement's page."""
    return reverse("reasons:statement", kwargs={"puid": statement.puid})


def redress_until(at: datetime) -> datetime:
    """Return until when a decision of this moment can be appealed; hours count, not calendars."""
    # In UTC: Python adds days by the clock on the wall of the moment's own time zone.
    return at.astimezone(UTC) + timedelta(days=rulebook.value("appeals.window_days", at=at))
