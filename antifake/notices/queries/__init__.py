"""Reads: notices, records, progress of re-scans, what sellers received."""

from antifake.notices.queries.pages import (
    Found,
    Progress,
    copies_of,
    counters_for,
    elsewhere,
    missing_of,
    notices_of,
    progress_of,
    received_by,
)
from antifake.notices.queries.records import (
    Record,
    accuracy_of,
    authorised_shops,
    record_of,
    sent_last_day,
    shelves_of,
    waiting_items,
)

__all__ = [
    "Found",
    "Progress",
    "Record",
    "accuracy_of",
    "authorised_shops",
    "copies_of",
    "counters_for",
    "elsewhere",
    "missing_of",
    "notices_of",
    "progress_of",
    "received_by",
    "record_of",
    "sent_last_day",
    "shelves_of",
    "waiting_items",
]
