"""The page of one statement: plain words first, the law's fields beneath."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.reasons import queries
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.reasons.words import in_words


@require_safe
@login_required
def statement(request: SignedInRequest, puid: UUID) -> HttpResponse:
    """Show a statement to its addressee and to staff; nobody else learns that it exists."""
    found = get_object_or_404(queries.readable_by(request.user), puid=puid)
    kind, _colon, number = found.subject.partition(":")
    context = {
        "statement": found,
        "about": kind,
        "number": number,
        "is_mine": found.addressee_id == request.user.pk,
        "decisions": in_words(found),
        "how_found": how_found(found),
        "who_decided": who_decided(found),
        "fields": law_fields(found),
    }
    return render(request, "reasons/statement.html", context)


def how_found(statement: StatementOfReasons) -> str:
    """Say what brought the matter up."""
    if statement.source_type != SourceType.VOLUNTARY:
        return _("Somebody sent us a notice.")
    if statement.automated_detection:
        return _("Our own automated check found it.")
    return _("Our own staff found it.")


def who_decided(statement: StatementOfReasons) -> str:
    """Say whether a person decided."""
    if statement.automated_decision == AutomatedDecision.NOT:
        return _("A person decided.")
    if statement.automated_decision == AutomatedDecision.PARTIALLY:
        return _("A program proposed it and a person decided.")
    return _("A program decided; an appeal is always read by a person.")


def law_fields(statement: StatementOfReasons) -> list[tuple[str, str]]:
    """Return (DSA field name, value) of every field that has a value."""
    names = (
        "puid",
        "decision_visibility",
        "decision_monetary",
        "decision_provision",
        "decision_account",
        "decision_ground",
        "decision_ground_reference",
        "category",
        "content_type",
        "territorial_scope",
        "application_date",
        "end_date",
        "source_type",
        "automated_detection",
        "automated_decision",
        "created_at",
    )
    values = [(name, getattr(statement, name)) for name in names]
    return [(name, _shown(value)) for name, value in values if value not in ("", [], None)]


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, datetime):
        return date_format(value, "DATETIME_FORMAT")
    return str(value)
