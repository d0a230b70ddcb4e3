"""The clock of this room."""

from __future__ import annotations

from datetime import datetime

from antifake.inspections import services


def lapse(at: datetime) -> None:
    """End inspections whose time is over."""
    services.lapse_due(at=at)
