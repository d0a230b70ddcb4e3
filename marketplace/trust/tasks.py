"""Periodic work of this room."""

from __future__ import annotations

from datetime import datetime

from marketplace.trust import services


def expire(at: datetime) -> None:
    """Let sanctions end whose time has come."""
    services.expire(at=at)
