"""When a decision takes two people."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from marketplace.errors import MarketplaceError, NotAllowed
from marketplace.rulebook import queries as rulebook
from marketplace.trust.models import Act, Policy
from marketplace.trust.queries import severity_of

# Stands for the second person where a decision is only rehearsed.
REHEARSAL = 0


class NeedsSecond(MarketplaceError):
    """A second person must carry this out; propose it."""


def check(
    *, policy: str, severity: int, act: str, by: int, second: int | None, at: datetime
) -> None:
    """Raise NeedsSecond for a breach that suspends a shop at once, unless another is named.

    Raises NotAllowed when the second person is the first.
    """
    if not suspends(policy=policy, severity=severity, act=act, at=at):
        return
    if second is None:
        raise NeedsSecond(_("This suspends the shop at once: a second person must agree."))
    if second == by:
        raise NotAllowed(_("Somebody else must carry out what you proposed."))


def suspends(*, policy: str, severity: int, act: str, at: datetime) -> bool:
    """Say whether one such breach closes a shop at once, by the ladder and its bars."""
    if not severity and policy in Policy.values and act in Act.values:
        severity = severity_of(policy=policy, act=act, at=at)
    return severity >= rulebook.value("trust.suspend_points", at=at)


def is_mass(*, listings: int, at: datetime) -> bool:
    """Say whether so many listings in one decision need a second person."""
    return listings >= rulebook.value("cases.mass_listings", at=at)
