"""Reads: who may see which decision, what the desk works on, what a case is about."""

from antifake.cases.queries.desk import (
    DESK_ORDER,
    URGENCY,
    appealable_until,
    appeals,
    claimable,
    cleared_keys,
    decisions_about,
    decisions_for,
    desk,
    earlier_decisions,
    held_by,
    is_stale,
    never_scanned,
    sold_unscanned,
    stale_claims,
    stalled,
    waiting_about,
    waits_for_a_person,
)
from antifake.cases.queries.evidence import Evidence, evidence_of
from antifake.cases.queries.explaining import explanation

__all__ = [
    "DESK_ORDER",
    "URGENCY",
    "Evidence",
    "appealable_until",
    "appeals",
    "claimable",
    "cleared_keys",
    "decisions_about",
    "decisions_for",
    "desk",
    "earlier_decisions",
    "evidence_of",
    "explanation",
    "held_by",
    "is_stale",
    "never_scanned",
    "sold_unscanned",
    "stale_claims",
    "stalled",
    "waiting_about",
    "waits_for_a_person",
]
