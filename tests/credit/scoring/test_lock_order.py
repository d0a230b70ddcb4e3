"""A rescore keeps nobody from buying."""

import pytest
from django.db import transaction

from credit.scoring import services
from tests.factories.crowds import started
from tests.factories.orders import NOON, make_goods, make_group

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_checkout_goes_on_while_the_shop_is_scored():
    tea = make_goods()

    with transaction.atomic():
        services.rescore(shop_id=tea.listing.shop_id, cause="clock.day", at=NOON)
        group = started(lambda: make_group(tea)).result(timeout=60)

    assert group.orders.count() == 1
