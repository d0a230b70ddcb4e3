"""The field rules of a statement of reasons.

Names and bounds are those of the EU DSA Transparency Database, schema version 2 (in force since
1 July 2025), as published at transparency.dsa.ec.europa.eu.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

FACTS_MAX = 5_000
EXPLANATION_MAX = 2_000

VISIBILITY = (
    "DECISION_VISIBILITY_CONTENT_REMOVED",
    "DECISION_VISIBILITY_CONTENT_DISABLED",
    "DECISION_VISIBILITY_CONTENT_DEMOTED",
    "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_LABELLED",
    "DECISION_VISIBILITY_OTHER",
)
MONETARY = (
    "DECISION_MONETARY_SUSPENSION",
    "DECISION_MONETARY_TERMINATION",
    "DECISION_MONETARY_OTHER",
)
PROVISION = (
    "DECISION_PROVISION_PARTIAL_SUSPENSION",
    "DECISION_PROVISION_TOTAL_SUSPENSION",
    "DECISION_PROVISION_PARTIAL_TERMINATION",
    "DECISION_PROVISION_TOTAL_TERMINATION",
)
ACCOUNT = ("DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED")
CATEGORIES = (
    "STATEMENT_CATEGORY_ANIMAL_WELFARE",
    "STATEMENT_CATEGORY_CONSUMER_INFORMATION",
    "STATEMENT_CATEGORY_CYBER_VIOLENCE",
    "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
    "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
    "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
    "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
    "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE",
    "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
    "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
    "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
    "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    "STATEMENT_CATEGORY_SELF_HARM",
    "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
    "STATEMENT_CATEGORY_VIOLENCE",
)
CONTENT_TYPES = (
    "CONTENT_TYPE_APP",
    "CONTENT_TYPE_AUDIO",
    "CONTENT_TYPE_IMAGE",
    "CONTENT_TYPE_PRODUCT",
    "CONTENT_TYPE_SYNTHETIC_MEDIA",
    "CONTENT_TYPE_TEXT",
    "CONTENT_TYPE_VIDEO",
    "CONTENT_TYPE_OTHER",
)
GROUNDS = ("DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT")
SOURCE_TYPES = (
    "SOURCE_ARTICLE_16",
    "SOURCE_TRUSTED_FLAGGER",
    "SOURCE_TYPE_OTHER_NOTIFICATION",
    "SOURCE_VOLUNTARY",
)
AUTOMATED_DECISIONS = (
    "AUTOMATED_DECISION_FULLY",
    "AUTOMATED_DECISION_PARTIALLY",
    "AUTOMATED_DECISION_NOT_AUTOMATED",
)


@dataclass(frozen=True)
class Draft:
    """The parts of a statement that have rules."""

    visibility: Sequence[str]
    monetary: str
    provision: str
    account: str
    ground: str
    ground_reference: str
    explanation: str
    facts: str
    category: str
    content_type: Sequence[str]
    source_type: str
    automated_decision: str
    redress: str


def problems(draft: Draft) -> list[str]:
    """Return the name of every field that breaks a rule of the database; empty when all is well."""
    return [field for field, good in _checks(draft).items() if not good]


def _checks(draft: Draft) -> dict[str, bool]:
    return {
        "decision": bool(draft.visibility or draft.monetary or draft.provision or draft.account),
        "decision_visibility": set(draft.visibility) <= set(VISIBILITY),
        "decision_monetary": draft.monetary in ("", *MONETARY),
        "decision_provision": draft.provision in ("", *PROVISION),
        "decision_account": draft.account in ("", *ACCOUNT),
        "decision_ground": draft.ground in GROUNDS,
        "decision_ground_reference": bool(draft.ground_reference.strip()),
        "explanation": 0 < len(draft.explanation.strip()) <= EXPLANATION_MAX,
        "decision_facts": bool(draft.facts.strip()) and len(draft.facts) <= FACTS_MAX,
        "category": draft.category in CATEGORIES,
        "content_type": bool(draft.content_type) and set(draft.content_type) <= set(CONTENT_TYPES),
        "source_type": draft.source_type in SOURCE_TYPES,
        "automated_decision": draft.automated_decision in AUTOMATED_DECISIONS,
        "redress": bool(draft.redress.strip()),
    }


def stated_until(until: datetime) -> date:
    """Return the last date that is over everywhere on earth when a deadline ends.

    People read a date by their own calendar: whoever acts on the date we name must be in time,
    in the last time zone as well (UTC-12:00 by ISO 8601, "anywhere on earth").

    >>> stated_until(datetime(2026, 8, 20, 11, 59, tzinfo=UTC))
    datetime.date(2026, 8, 18)
    >>> stated_until(datetime(2026, 8, 20, 12, 0, tzinfo=UTC))
    datetime.date(2026, 8, 19)
    """
    return (until.astimezone(UTC) - timedelta(hours=12)).date() - timedelta(days=1)
