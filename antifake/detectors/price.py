"""A price far below what the like costs: a weak sign, never enough alone.

The distance is the robust z of the natural log of the price of one piece: how many spreads (1.4826
median absolute deviations, at least 0.15) it lies below the median of its like (same brand or
none, category, condition and currency). It must also be less than a share of the usual price:
where all its like cost nearly the same, a small discount is many spreads.

Where the figures come from: at THRESHOLD one of a hundred honest prices sounds (`bench/
title_prices.py`: 15 of 1,541 by brand and category), and 46 % of the fakes at a tenth of the
genuine price, 30 % at a fifth, 8 % at half of it. Log-odds grow with the distance, from 0.5 to
1.5, set by hand.
"""

from __future__ import annotations

import math

from antifake.detectors.base import Bank, Finding, PriceView, Subject

PRICE_LOW = "price_low"
SPREAD_FLOOR = 0.15
THRESHOLD = -4.0
MOST_SHARE = 0.5
LEAST_LIKE = 8
LEAST_LOG_ODDS, EACH_SPREAD, MOST_LOG_ODDS = 0.5, 0.25, 1.5
# Goods of one category without a common brand differ more than a spread can tell.
UNBRANDED_SHARE = 0.5
SENTENCE = (
    "The price is {share} % of what comparable goods usually cost here. If that is right, there "
    "is nothing to do."
)


class Price:
    """Finds prices far below the usual. Without enough of its like it says nothing."""

    name = "price"
    version = "1"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:  # noqa: ARG002 - the shape
        """Return at most one finding."""
        view = subject.price
        if view is None or view.like_count < LEAST_LIKE or view.unit_minor <= 0:
            return []
        distance = spreads(view)
        share = math.exp(math.log(view.unit_minor) - view.usual_log)
        if distance > THRESHOLD or share > MOST_SHARE:
            return []
        return [self._finding(view, distance, share)]

    def _finding(self, view: PriceView, distance: float, share: float) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            kind=PRICE_LOW,
            key=f"{PRICE_LOW}:{view.brand_id or 0}:{view.unit_minor}:{view.currency}",
            distance=round(distance, 4),
            threshold=THRESHOLD,
            sentence=SENTENCE.format(share=max(1, round(share * 100))),
            log_odds=round(log_odds(distance, is_branded=view.brand_id is not None), 4),
            evidence={
                "unit_minor": view.unit_minor,
                "currency": view.currency,
                "usual_minor": round(math.exp(view.usual_log)),
                "like_count": view.like_count,
                "brand_id": view.brand_id or 0,
            },
        )


def spreads(view: PriceView) -> float:
    """Return how many spreads the price lies from the usual; below it is negative."""
    return (math.log(view.unit_minor) - view.usual_log) / max(view.spread_log, SPREAD_FLOOR)


def log_odds(distance: float, *, is_branded: bool = True) -> float:
    """Return what a distance adds; the lower the price, the more.

    >>> log_odds(-4.0), log_odds(-6.0), log_odds(-50.0)
    (0.5, 1.0, 1.5)
    """
    if distance > THRESHOLD:
        return 0.0
    odds = min(MOST_LOG_ODDS, LEAST_LOG_ODDS + EACH_SPREAD * (THRESHOLD - distance))
    return odds if is_branded else odds * UNBRANDED_SHARE
