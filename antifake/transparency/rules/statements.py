"""Statements of reasons for the public: the EU's field names, and nobody's name. Plain Python.

Field names and values are those of the DSA Transparency Database, schema of 1 July 2025
(transparency.dsa.ec.europa.eu, "API and Schema"). Free text must hold no personal data there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

LONG, MIDDLE, SHORT = 5_000, 2_000, 500
ILLEGAL = "DECISION_GROUND_ILLEGAL_CONTENT"
TAKEN_OUT = "[…]"
# Short names would blank out ordinary words.
NAME_LETTERS = 3
# What finds people: addresses of mail and web, @names, and numbers of seven digits and more in a
# row or in groups (phones, accounts, registers) that are no date. IBANs begin with letters.
_PATTERNS = (
    re.compile(r"\S+@\S+", re.I),
    re.compile(r"(?:https?://|www\.)\S+", re.I),
    re.compile(r"(?<!\w)@\w+"),
    re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}\b"),
    re.compile(r"(?!\d{4}-\d\d-\d\d(?!\d))(?<![\d-])\+?\(?\d(?:[ ()./-]{0,2}\d){6,}"),
)


@dataclass(frozen=True)
class Statement:
    """A stored statement, and what else the public schema asks for."""

    puid: str
    visibility: Sequence[str]
    monetary: str
    provision: str
    account: str
    business: bool
    ground: str
    ground_reference: str
    explanation: str
    facts: str
    category: str
    content_type: Sequence[str]
    content_date: datetime
    territorial_scope: Sequence[str]
    application_date: datetime
    end_date: datetime | None
    source_type: str
    automated_detection: bool
    automated_decision: str


def without_people(text: str, names: Iterable[str]) -> str:
    """Return the text without addresses, numbers that find people, and the given names."""
    for pattern in _PATTERNS:
        text = pattern.sub(TAKEN_OUT, text)
    known = sorted({name.strip() for name in names}, key=len, reverse=True)
    for name in known:
        if len(name) >= NAME_LETTERS:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", TAKEN_OUT, text, flags=re.I)
    return text


def exported(statement: Statement, names: Iterable[str]) -> dict[str, object]:
    """Return a statement as the public database takes it, without the fields that are empty."""
    known = list(names)
    ground = without_people(statement.ground_reference, known)[:SHORT]
    explanation = without_people(statement.explanation, known)[:MIDDLE]
    end = _day(statement.end_date) if statement.end_date else None
    illegal = statement.ground == ILLEGAL
    fields: dict[str, object] = {
        "puid": statement.puid,
        "decision_visibility": list(statement.visibility),
        "decision_visibility_other": _other(statement.visibility, "DECISION_VISIBILITY_OTHER"),
        "end_date_visibility_restriction": end if statement.visibility else None,
        "decision_monetary": statement.monetary,
        "decision_monetary_other": _other([statement.monetary], "DECISION_MONETARY_OTHER"),
        "end_date_monetary_restriction": end if statement.monetary else None,
        "decision_provision": statement.provision,
        "end_date_service_restriction": end if statement.provision else None,
        "decision_account": statement.account,
        "end_date_account_restriction": end if statement.account else None,
        "account_type": f"ACCOUNT_TYPE_{'BUSINESS' if statement.business else 'PRIVATE'}",
        "decision_ground": statement.ground,
        "illegal_content_legal_ground": ground if illegal else None,
        "illegal_content_explanation": explanation if illegal else None,
        "incompatible_content_ground": None if illegal else ground,
        "incompatible_content_explanation": None if illegal else explanation,
        "category": statement.category,
        "content_type": list(statement.content_type),
        "content_type_other": _other(statement.content_type, "CONTENT_TYPE_OTHER"),
        "content_date": _day(min(statement.content_date, statement.application_date)),
        "territorial_scope": sorted(statement.territorial_scope),
        "application_date": _day(statement.application_date),
        "decision_facts": without_people(statement.facts, known)[:LONG],
        "source_type": statement.source_type,
        "automated_detection": "Yes" if statement.automated_detection else "No",
        "automated_decision": statement.automated_decision,
    }
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d")


def _other(chosen: Sequence[str], other: str) -> str | None:
    return "See the explanation." if other in chosen else None
