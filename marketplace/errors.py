"""The one family of expected errors. Each carries a sentence for the person who sees it."""

from __future__ import annotations


class MarketplaceError(Exception):
    """An expected refusal. `reason` is a whole sentence in the user's words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = str(reason)


class WrongState(MarketplaceError):
    """The thing asked for is not possible in the present state."""


class NotAllowed(MarketplaceError):
    """The person may not do this."""


class BadInput(MarketplaceError):
    """What was sent cannot be used; `field` names the form field when there is one."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


class KeyReused(MarketplaceError):
    """An idempotency key came back with different contents."""


class SoldOut(MarketplaceError):
    """Not enough units are left, or the goods may not be sold any more."""


class PaymentRefused(MarketplaceError):
    """The payment provider said no."""


class InsufficientFunds(MarketplaceError):
    """A transfer would take a floored account below zero."""
