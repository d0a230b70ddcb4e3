"""Money as integer minor units plus ISO 4217 code; rounding and fair spreads. Plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, or whole yen) of one ISO 4217 currency.

    >>> Money(1250, "EUR") + Money(50, "EUR")
    Money(amount_minor=1300, currency='EUR')
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount_minor, bool) or not isinstance(self.amount_minor, int):
            raise TypeError("amount_minor must be an int of minor units")
        if len(self.currency) != 3 or not self.currency.isupper():
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __mul__(self, quantity: int) -> Money:
        if isinstance(quantity, bool) or not isinstance(quantity, int):
            raise TypeError("money is multiplied by whole quantities only")
        return Money(self.amount_minor * quantity, self.currency)

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")

    def display(self, locale: str = "en") -> str:
        """Return the amount as people of `locale` write it (CLDR data through Babel).

        >>> Money(1234, "JPY").display()
        '¥1,234'
        >>> Money(3100, "EUR").display()
        '€31.00'
        """
        digits = currency_digits(self.currency)
        # Exact: format_currency accepts Decimal; scaling by a power of ten loses nothing.
        return format_currency(scaled(self.amount_minor, digits), self.currency, locale=locale)


def currency_digits(currency: str) -> int:
    """Return how many decimal digits `currency` has (ISO 4217 as kept by CLDR).

    >>> currency_digits("JPY"), currency_digits("EUR"), currency_digits("KWD")
    (0, 2, 3)
    """
    return get_currency_precision(currency)


def scaled(amount_minor: int, digits: int) -> Decimal:
    """Return `amount_minor` as a Decimal of major units.

    >>> str(scaled(1234, 2))
    '12.34'
    """
    return Decimal(amount_minor).scaleb(-digits)


def basis_points(amount_minor: int, rate_bp: int) -> int:
    """Return `rate_bp` ten-thousandths of an amount, rounded half up to a whole minor unit.

    >>> basis_points(12_345, 60)
    74
    """
    if amount_minor < 0 or rate_bp < 0:
        raise ValueError("amount and rate must not be negative")
    return (amount_minor * rate_bp + 5_000) // 10_000


def spread(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount over `weights` so that the parts sum to it exactly.

    Largest remainder (Hamilton) method; ties go to the earlier part.

    >>> spread(100, [1, 1, 1])
    [34, 33, 33]
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0 or amount_minor < 0:
        raise ValueError("weights must be non-negative with a positive sum")
    parts = [amount_minor * weight // total for weight in weights]
    rests = [amount_minor * weight % total for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: (-rests[i], i))
    for i in by_rest[: amount_minor - sum(parts)]:
        parts[i] += 1
    return parts
