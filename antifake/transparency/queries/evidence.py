"""Everything about one case that an authority may need, without anybody's address or number."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.template.loader import render_to_string

from antifake.cases.models import Appeal, Case, Decision
from antifake.transparency.queries import seal as chain
from marketplace.listings.queries import photo_file
from marketplace.outbox.models import LogEntry
from marketplace.reasons.models import StatementOfReasons
from marketplace.trust.models import Strike

STATEMENT_FIELDS = (
    "puid",
    "subject",
    "decision_visibility",
    "decision_ground",
    "decision_ground_reference",
    "category",
    "explanation",
    "decision_facts",
    "automated_detection",
    "automated_decision",
    "application_date",
    "redress",
    "redress_until",
)


def files_of(case: Case, *, asked: dict[str, str], at: datetime) -> dict[str, bytes]:
    """Return the files of a bundle by name: a report to read, the facts, the pictures."""
    facts = facts_of(case, asked=asked, at=at)
    files = {
        photo["file"]: data
        for photo in facts["photos"]
        if (data := _picture(photo["name"])) is not None
    }
    report = render_to_string("transparency/bundle/report.html", {"facts": facts, "files": files})
    files["facts.json"] = json.dumps(facts, indent=2, ensure_ascii=False, default=str).encode()
    files["report.html"] = report.encode()
    return files


def facts_of(case: Case, *, asked: dict[str, str], at: datetime) -> dict[str, Any]:
    """Return the facts, plain values alone. People are numbers: `user:12`."""
    listing = case.listing
    decisions = list(case.decisions.select_related("statement").order_by("pk"))
    head = chain.newest()
    return {
        "asked": asked,
        "made_at": at,
        "case": {
            "number": case.pk,
            "state": case.state,
            "risk_permille": case.risk_permille,
            "opened_at": case.opened_at,
        },
        "listing": {
            "ref": listing.ref,
            "title": listing.title,
            "description": listing.description,
            "created_at": listing.created_at,
            "posted_at": listing.posted_at,
            "state": listing.state,
        },
        "shop": {
            "ref": listing.shop.ref,
            "name": listing.shop.name,
            "country": listing.shop.country,
            "owner": listing.shop.owner.ref,
        },
        "photos": [
            {
                "position": photo.position,
                "name": photo.name,
                "file": f"photos/{photo.position:02}.webp",
                "sha256_of_upload": photo.sha256,
                "added_at": photo.added_at,
            }
            for photo in listing.photos.all()
        ],
        "findings": list(
            case.scan.findings.order_by("-log_odds", "pk").values(
                "detector", "version", "kind", "distance", "threshold", "log_odds", "sentence"
            )
        ),
        "decisions": [_decision(decision) for decision in decisions],
        "appeals": list(
            Appeal.objects.filter(decision__in=decisions)
            .order_by("pk")
            .values("decision_id", "state", "at", "text", "decided_at", "answer")
        ),
        "strikes": list(
            Strike.objects.filter(decision_ref__in=[decision.ref for decision in decisions])
            .order_by("pk")
            .values("policy", "act", "severity", "at", "due_at", "voided_at")
        ),
        "log": list(
            LogEntry.objects.filter(subject__in=[case.ref, listing.ref])
            .order_by("pk")
            .values("id", "action", "actor", "subject", "at")
        ),
        "seal": {"number": head.number, "digest": head.digest} if head else None,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "ref": decision.ref,
        "verdict": decision.verdict,
        "policy": decision.policy,
        "decided_by": f"user:{decision.by_id}" if decision.by_id else "machine",
        "note": decision.note,
        "overrides": decision.overrides_id,
        "at": decision.at,
        "statement": _statement(decision.statement) if decision.statement else None,
    }


def _statement(statement: StatementOfReasons) -> dict[str, Any]:
    return {name: getattr(statement, name) for name in STATEMENT_FIELDS}


def _picture(name: str) -> bytes | None:
    path = photo_file(name, "large")
    if not default_storage.exists(path):
        return None
    with default_storage.open(path) as file:
        return bytes(file.read())
