"""What a country's rules say on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from marketplace.trade.models import TaxRate


def tax_rates_bp(*, countries: Iterable[str], at: datetime) -> dict[str, int]:
    """Return the standard tax rates that hold at a moment (its UTC date), by country.

    Ten-thousandths of the net price; a country without a row is missing, never zero.
    """
    day = at.date()
    holding = TaxRate.objects.filter(
        Q(until=None) | Q(until__gt=day), country__in=set(countries), since__lte=day
    )
    return dict(holding.values_list("country", "rate_bp"))
