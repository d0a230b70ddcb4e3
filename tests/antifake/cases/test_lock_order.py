"""Who waits for whom when two cases about one listing are worked on at once."""

import pytest
from django.db import transaction

from antifake.cases import services
from antifake.cases.models import AppealState
from marketplace.listings.models import Listing
from marketplace.shops.models import Shop
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOW, make_case, remove
from tests.factories.crowds import started, wait_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_won_appeal_locks_the_shop_before_the_listing_as_a_takedown_does():
    case = make_case()
    decision = remove(case, make_staff())
    appeal = services.appeal(
        decision_id=decision.pk,
        by_id=case.listing.shop.owner_id,
        text="The photo is mine; the film is on my shelf.",
        at=NOW,
    )
    second = make_staff()

    def answer():
        return services.decide_appeal(
            appeal_id=appeal.pk, by_id=second.pk, won=True, answer="The film proves it.", at=NOW
        )

    with transaction.atomic():
        # As a takedown about another version of the same listing does it.
        Shop.objects.select_for_update(no_key=True).get(pk=case.listing.shop_id)
        answering = started(answer)
        wait_for_a_lock()
        Listing.objects.select_for_update(no_key=True, nowait=True).get(pk=case.listing_id)

    assert answering.result(timeout=60).state == AppealState.WON
