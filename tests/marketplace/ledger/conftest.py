"""Accounts to move money between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count

import pytest

from marketplace.ledger import services

Open = Callable[..., int]
_numbers = count(1)


@pytest.fixture
def wallet(now: datetime) -> Open:
    """Open a wallet with a floor at zero, holding `funds_minor` from the provider's account."""

    def opened(funds_minor: int = 0, currency: str = "EUR") -> int:
        number = next(_numbers)
        account = services.open_account(
            kind="wallet",
            owner_ref=f"user:{number}",
            currency=currency,
            floor_zero=True,
            tracked=True,
            at=now,
        )
        if funds_minor:
            provider = services.platform_account(kind="provider", currency=currency, at=now)
            services.post(
                key=f"fund:{number}",
                kind="funding",
                entries={provider: -funds_minor, account: funds_minor},
                ref=f"user:{number}",
                actor="system",
                at=now,
            )
        return account

    return opened


@pytest.fixture
def move(now: datetime) -> Callable[..., services.Posted]:
    """Post with the facts that most tests do not care about."""

    def posted(key: str, entries: dict[int, int], **facts: object) -> services.Posted:
        usual = {"kind": "test", "ref": "order:1", "actor": "system", "at": now}
        return services.post(key=key, entries=entries, **{**usual, **facts})

    return posted
