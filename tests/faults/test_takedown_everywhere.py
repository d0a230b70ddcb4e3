"""Goods that are taken down are gone everywhere after the commit: broker frozen, workers dead."""

from __future__ import annotations

import pytest
from django.conf import settings as configured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from antifake.cases import services as cases
from bench.takedown import DECISION, kept_by_others, where_seen
from marketplace.errors import MarketplaceError, SoldOut
from marketplace.listings.models import ListingState
from marketplace.listings.models.listing import photo_path
from marketplace.listings.queries import photo_file
from marketplace.orders.models import OrderState
from marketplace.orders.services import cart, payment
from marketplace.outbox.models import Job, JobState
from tests.factories.accounts import make_person, make_staff
from tests.factories.listings import make_photo
from tests.factories.orders import make_goods, make_group
from tests.factories.reports import make_report

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
PLACES = 9


def visit(address):
    return Client(raise_request_exception=False).get(address)


def test_a_decision_makes_goods_invisible_everywhere_in_the_request_itself(frozen_broker):
    variant = make_goods(shop=None)
    listing, buyer = variant.listing, make_person()
    photo = make_photo(listing=listing)
    default_storage.save(photo_file(photo.name, "thumb"), ContentFile(b"pixels"))
    assert visit(photo_path(photo.name, "thumb")).status_code == 200
    assert len(where_seen(visit, listing)) == PLACES
    assert kept_by_others(visit, listing) == []
    cart.add_to_cart(buyer_id=buyer.pk, variant_id=variant.pk, quantity=1, at=timezone.now())
    unpaid = make_group(variant, at=timezone.now())
    report = make_report(listing, at=timezone.now())
    staff = make_staff()
    cases.claim(case_id=report.case_id, by_id=staff.pk, at=timezone.now())
    desk = Client()
    desk.force_login(staff)
    rings = frozen_broker.counts.failed

    answer = desk.post(f"/admin/cases/case/{report.case_id}/decide/", DECISION)

    assert answer.status_code == 302
    assert where_seen(visit, listing) == []
    assert visit(photo_path(photo.name, "thumb")).status_code == 404
    listing.refresh_from_db()
    assert listing.state == ListingState.WITHHELD
    assert_cannot_be_bought(variant, buyer, unpaid)
    # No worker has done a thing, and the request waited for the broker once at most.
    assert Job.objects.filter(state=JobState.DONE).count() == 0
    assert frozen_broker.counts.failed - rings <= 2
    assert configured.DOORBELL_TIMEOUT_SECONDS <= 0.25


def assert_cannot_be_bought(variant, buyer, unpaid):
    """Neither by a new cart, nor by one that holds it, nor by a checkout that waits to be paid."""
    with pytest.raises(MarketplaceError):
        cart.add_to_cart(
            buyer_id=make_person().pk, variant_id=variant.pk, quantity=1, at=timezone.now()
        )
    client = Client()
    client.force_login(buyer)
    page = client.get("/cart/").content.decode()
    assert "Not on sale any more" in page
    order = unpaid.orders.get()
    with pytest.raises(SoldOut):
        payment.pay(group_id=unpaid.pk, card="tok_ok", at=timezone.now())
    order.refresh_from_db()
    assert order.state != OrderState.PAID_HELD
