"""The port to a payment provider. Amounts are integer minor units of one ISO 4217 currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

SUCCEEDED = "succeeded"
FAILED = "failed"
PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Result:
    """The provider's answer: succeeded, failed or pending, and its own reference."""

    outcome: str
    provider_ref: str


@dataclass(frozen=True, slots=True)
class ProviderNews:
    """What a provider tells us unasked. `key` is the idempotency key of the call it is about.

    Kinds: charge.succeeded, charge.failed; chargeback.opened, chargeback.won and
    chargeback.lost, whose `key` and `provider_ref` are the charge's, with the bank's `case`.
    """

    event_id: str
    kind: str
    key: str
    provider_ref: str
    currency: str
    amount_minor: int
    case: str = ""


@dataclass(frozen=True, slots=True)
class BookLine:
    """One movement of money in the provider's book; only what has really moved.

    `key` is the idempotency key of the call, or the bank's case for a chargeback and its end.
    `amount_minor` is signed: positive came in, negative went out. `about` is the charge that a
    refund gives back.
    """

    key: str
    kind: str
    currency: str
    amount_minor: int
    provider_ref: str
    about: str
    at: datetime


class PaymentProvider(Protocol):
    """Moves money in and out. Every call is idempotent by `key`: a repeat gets the first answer.

    Calls may be slow and are never made inside a database transaction.
    """

    def charge(
        self, *, key: str, card: str, currency: str, amount_minor: int, at: datetime
    ) -> Result:
        """Take money from a buyer's card."""
        ...

    def refund(
        self, *, key: str, charge_ref: str, currency: str, amount_minor: int, at: datetime
    ) -> Result:
        """Give back part or all of a charge."""
        ...

    def payout(
        self, *, key: str, account: str, currency: str, amount_minor: int, at: datetime
    ) -> Result:
        """Send money to a seller's bank or wallet account."""
        ...

    def balances_minor(self) -> Mapping[str, int]:
        """Return by currency what the provider holds for us: charges − refunds − payouts."""
        ...

    def done(self, *, key: str) -> bool:
        """Return whether the call named by `key` has succeeded in the provider's book."""
        ...

    def book(self) -> Iterable[BookLine]:
        """Read every movement in the provider's book, in any order. Streams."""
        ...

    def cases_since(self, *, since: datetime) -> Sequence[ProviderNews]:
        """Return the bank's cases opened, won or lost since a moment, the oldest first.

        The same news as by web hook, under the same event ids: for hooks that never came.
        """
        ...

    def look_up(self, *, key: str) -> Result | None:
        """Return how the call named by `key` stands by now; None when it never came."""
        ...
