"""Statements of reasons."""

from __future__ import annotations

from datetime import UTC, datetime

from marketplace.reasons import services
from marketplace.reasons.models import StatementOfReasons

MOMENT = datetime(2026, 2, 1, 10, 0, tzinfo=UTC)


def statement_facts(**changes: object) -> dict[str, object]:
    """Return what services.state needs but the addressee: a listing kept from view."""
    return {
        "subject": "listing:5",
        "ground_reference": "Market rules, section 4: counterfeit goods",
        "explanation": "The photo is the protected photo of another maker.",
        "facts": "Photo 1 equals the reference photo of the brand Umucyo.",
        "category": "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "content_type": ["CONTENT_TYPE_PRODUCT"],
        "visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": True,
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "application_date": MOMENT,
        "redress": "You may appeal on this site until 31 July 2026.",
        "at": MOMENT,
        **changes,
    }


def make_statement(*, addressee_id: int, **changes: object) -> StatementOfReasons:
    """Return a stored statement."""
    return services.state(addressee_id=addressee_id, **statement_facts(**changes))
