"""With the broker frozen, checkout and takedown still answer over HTTP and have their effect.

What a request may lose to the broker is bounded by configuration: one time-out, then silence.
"""

from __future__ import annotations

import pytest
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone

from antifake.cases import services as cases
from marketplace.accounts import services as accounts
from marketplace.ledger import queries as ledger
from marketplace.listings.models import Listing, ListingState
from marketplace.orders.models import Order, OrderState
from marketplace.outbox.models import Job, JobState
from marketplace.outbox.services import run
from marketplace.trust.models import Strike
from tests.factories.accounts import make_person, make_staff
from tests.factories.antifake import make_case
from tests.factories.orders import make_goods

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


def assert_one_time_out(doorbell, *, silenced: int = 1) -> None:
    assert configured.DOORBELL_TIMEOUT_SECONDS <= 0.25
    assert doorbell.timeout_seconds == configured.DOORBELL_TIMEOUT_SECONDS
    assert doorbell.silence_seconds == configured.DOORBELL_SILENCE_SECONDS >= 5
    # At most one ring in each silence waits for the broker; the rest cost nothing.
    assert doorbell.counts.failed >= 1
    assert doorbell.counts.silenced >= silenced
    assert doorbell.counts.rung == 1  # the set-up's, before the broker froze


def test_checkout_answers_and_the_money_is_held(frozen_broker):
    buyer, goods = make_person(), make_goods()
    accounts.add_address(
        user_id=buyer.pk, recipient="Ada", lines="Harbour Road 1", country="RW", at=timezone.now()
    )
    client = Client()
    client.force_login(buyer)
    client.post("/cart/add/", {"variant_id": goods.pk, "quantity": 2})
    page = client.get("/checkout/")
    form = page.context["form"]

    answer = client.post(
        "/checkout/",
        {
            "cart": form["cart"].value(),
            "seen": form["seen"].value(),
            "saved": form["saved"].value() or form.fields["saved"].choices[0][0],
            "card": "tok_ok",
        },
    )

    assert answer.status_code == 302
    order = Order.objects.get(buyer=buyer)
    assert order.state == OrderState.PAID_HELD
    assert ledger.check() == []
    assert Job.objects.filter(state=JobState.PENDING).exists()
    assert_one_time_out(frozen_broker, silenced=0)  # a checkout has one job, so one ring


def test_takedown_hides_the_listing_in_the_request_and_its_jobs_are_kept(frozen_broker):
    staff = make_staff(email="staff@example.org")
    case = make_case(at=timezone.now())
    listing_id = case.listing_id
    cases.claim(case_id=case.pk, by_id=staff.pk, at=timezone.now())
    client = Client()
    client.force_login(staff)

    answer = client.post(
        f"/admin/cases/case/{case.pk}/decide/",
        {
            "verdict": "remove",
            "policy": "counterfeit",
            "act": "knowing",
            "note": "The name is disguised and the photo is the holder's.",
        },
    )

    assert answer.status_code == 302
    assert Listing.objects.get(pk=listing_id).state == ListingState.WITHHELD
    assert Client().get(f"/l/{listing_id}/").status_code == 404
    assert Strike.objects.filter(shop_id=case.listing.shop_id).count() == 1
    assert_one_time_out(frozen_broker)
    # Nobody was rung, and still nothing is lost: whoever sweeps does the work.
    waiting = Job.objects.filter(state=JobState.PENDING, kind__contains="strike.recorded")
    rescore = waiting.first() or Job.objects.filter(event__name="strike.recorded").first()
    assert rescore is not None
    assert run(job_id=rescore.pk)
