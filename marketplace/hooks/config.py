"""What the settings say of outgoing calls."""

from __future__ import annotations

from django.conf import settings

from marketplace.hooks.addresses import Target, target
from marketplace.hooks.caller import Guard


def guard() -> Guard:
    """Return the guard of real calls."""
    return Guard(permitted=frozenset(settings.HOOKS_PERMITTED))


def read(url: str) -> Target:
    """Read an address as the settings allow it. Raises Unfit."""
    permitted = frozenset(settings.HOOKS_PERMITTED)
    return target(url, http=bool(permitted), permitted=permitted)
