"""Periodic work of this room."""

from __future__ import annotations

import logging
from datetime import datetime

from antifake.transparency import heads, services
from antifake.transparency.queries import seal as chain
from marketplace.outbox import services as outbox

logger = logging.getLogger(__name__)

SEAL = "transparency.seal"
VERIFY = "transparency.verify"
# A log line each; the command names them all.
NAMED = 20


def seal(at: datetime) -> None:
    """Seal what is final; with more than a run's worth, go on at once."""
    if services.seal(at=at).more:
        outbox.go_on(kind=SEAL, at=at)


def verify(at: datetime) -> None:
    """Compare everything with its seal, and write down that it was done and what was found."""
    check = chain.verify(keys=heads.keys(), heads=heads.printed())
    for finding in check.findings[:NAMED]:
        logger.error("seal broken: %s", finding)
    services.note_check(check=check, at=at)
