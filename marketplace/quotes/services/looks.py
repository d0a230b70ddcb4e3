"""Looks of staff into what people asked and offered, each written down."""

from __future__ import annotations

from datetime import datetime

from marketplace.outbox import services as outbox
from marketplace.quotes.models import Quote, QuoteRequest


def look_at(*, row: QuoteRequest | Quote, by_id: int, at: datetime) -> None:
    """Write down that somebody of staff reads a request or a quote, before it is shown."""
    outbox.record(
        action="quote.looked_into", actor=f"user:{by_id}", subject=row.ref, data={}, at=at
    )
