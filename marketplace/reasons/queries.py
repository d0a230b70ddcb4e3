"""Reads of statements of reasons."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.reasons.models import StatementOfReasons


def of_user(user_id: int) -> QuerySet[StatementOfReasons]:
    """Return the statements addressed to a person, the latest first."""
    return StatementOfReasons.objects.filter(addressee_id=user_id).order_by("-pk")


def readable_by(user: User) -> QuerySet[StatementOfReasons]:
    """Return what a person may read: staff all, others what is addressed to them."""
    return StatementOfReasons.objects.filter(Q() if user.is_staff else Q(addressee_id=user.pk))


def path_of(statement: StatementOfReasons) -> str:
    """Return the path of the statement's page."""
    return reverse("reasons:statement", kwargs={"puid": statement.puid})
