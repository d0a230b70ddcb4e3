"""The demo's integrator has a token, so that the page of tokens shows one. Its text is nobody's."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from marketplace.accounts.models import User
from marketplace.developers import services
from marketplace.developers.models import Scope

WHO = "integrator@demo.example"
_FORM = uuid.UUID("5e0d3a8e-1f55-4c3b-9a55-0c7f3a1d2b10")


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Yield the one step: a token for a stock program, ten days ago."""
    yield now - timedelta(days=10), f"token:{WHO}", _make


def _make(at: datetime) -> None:
    services.make_token(
        user_id=User.objects.get(email=WHO).pk,
        name="Stock program at the till",
        scopes=[Scope.CATALOGUE_READ, Scope.BUY_READ],
        days=365,
        key=_FORM,
        at=at,
    )
