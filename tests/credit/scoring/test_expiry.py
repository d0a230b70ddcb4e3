"""What time alone changes reaches the score, also on a simulated clock."""

from datetime import timedelta

import pytest

from credit.scoring import queries, services, tasks
from marketplace.trust import services as trust
from tests.factories.listings import make_listing
from tests.factories.outbox import drain
from tests.factories.trust import NOW, strike_listing

pytestmark = pytest.mark.django_db


def told(score):
    """Contributions, without those of the shop's own age: time moves them by itself."""
    return {key: points for key, points in score.contributions.items() if "account" not in key}


def struck_shop():
    listing = make_listing()
    services.rescore(shop_id=listing.shop_id, cause="shop.approved", at=NOW)
    never = queries.current(listing.shop_id)
    strike = strike_listing(listing)
    drain(at=NOW)
    assert queries.current(listing.shop_id).points < never.points
    return listing.shop, never, strike


def test_a_sanction_that_ends_by_the_clock_has_the_shop_scored_at_once():
    shop, never, strike = struck_shop()

    trust.expire(at=strike.due_at)
    drain(at=strike.due_at)

    assert told(queries.current(shop.pk)) == told(never)
    shop.refresh_from_db()
    assert (shop.sanction_level, shop.credit_band) == (0, never.band)


def test_the_daily_look_is_done_at_once_and_as_of_the_clocks_moment():
    shop, never, strike = struck_shop()
    far = strike.due_at + timedelta(days=400)  # ahead of any clock on the wall

    tasks.every_day(far)
    drain()

    assert queries.current(shop.pk).at == far
    assert told(queries.current(shop.pk)) == told(never)
