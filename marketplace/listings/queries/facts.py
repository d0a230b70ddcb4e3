"""What ranking needs to know of listings, read in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from marketplace.listings.models import ListingState
from marketplace.listings.rules import ranking

# Goods without a choice have no price and cannot be bought: they have no row. The place among
# the shop's goods is counted for new shops alone, and no further than it matters.
_FACTS = """
    SELECT l.id, l.shop_id, l.category_id, l.published_at, s.currency,
        v.low, v.high, v.sold, v.free, coalesce(p.name, ''),
        s.ranking_trust_permille, coalesce(s.decided_at, s.applied_at),
        coalesce(stars.count, 0), coalesce(stars.hundredths, 0),
        CASE WHEN coalesce(s.decided_at, s.applied_at) <= %(new_since)s THEN %(goods)s
        ELSE (SELECT count(*) FROM (
            SELECT FROM listings_listing o
            WHERE o.shop_id = l.shop_id AND (o.published_at, o.id) < (l.published_at, l.id)
            LIMIT %(goods)s) AS before)
        END
    FROM listings_listing l
    JOIN shops_shop s ON s.id = l.shop_id
    JOIN LATERAL (
        SELECT min(price_minor) AS low, max(price_minor) AS high, sum(sold)::bigint AS sold,
            bool_or(on_hand > reserved) AS free
        FROM listings_variant WHERE listing_id = l.id
    ) v ON v.low IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT name FROM listings_photo WHERE listing_id = l.id ORDER BY position LIMIT 1
    ) p ON true
    LEFT JOIN listings_searchstars stars ON stars.listing_id = l.id
    WHERE l.id = ANY(%(ids)s) AND l.state = %(live)s
    ORDER BY l.id
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One live listing with its price (minor units), stock, photo, shop and stars."""

    listing_id: int
    shop_id: int
    category_id: int
    published_at: datetime
    currency: str
    low: int
    high: int
    sold: int
    free: bool
    thumb: str
    trust_permille: int
    shop_since: datetime
    stars_count: int
    stars_hundredths: int
    place: int

    def facts(self, at: datetime) -> ranking.Facts:
        """What its rank at a moment follows from."""
        day = timedelta(days=1)
        return ranking.Facts(
            trust_permille=self.trust_permille,
            age_days=(at - self.published_at) / day,
            shop_age_days=(at - self.shop_since) / day,
            place=self.place,
            in_stock=self.free,
            stars_count=self.stars_count,
            stars_hundredths=self.stars_hundredths,
        )


def lines(*, listing_ids: Iterable[int], weights: ranking.Weights, at: datetime) -> list[Line]:
    """Return what is known of those of the listings that are on sale and have a price, by id."""
    values: dict[str, Any] = {
        "ids": list(listing_ids),
        "live": ListingState.LIVE,
        "goods": weights.newcomer_goods,
        "new_since": at - timedelta(days=weights.newcomer_days),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, values)
        return [Line(*line) for line in cursor.fetchall()]
