"""What the outbox calls."""

from __future__ import annotations

from datetime import datetime

from antifake.reports import services
from marketplace.outbox.models import Event


def tell(event: Event, at: datetime) -> None:
    """Tell people who reported goods what was decided about them."""
    facts = event.data
    services.tell(case_id=facts["case_id"], decision_id=facts["decision_id"], at=at)
