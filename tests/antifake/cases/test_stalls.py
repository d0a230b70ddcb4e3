"""When the checks stand still: who is shown meanwhile, who waits, and what each is told."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from antifake.cases import services
from antifake.cases.models import Case, Unscanned
from antifake.cases.services.scans import SCAN
from marketplace.listings.models import ListingState, ListingVersion
from marketplace.outbox.models import Job
from marketplace.rulebook import services as rulebook
from marketplace.rulebook.models import RuleValue
from marketplace.shops.models import Standing
from tests.factories.antifake import NOW, check, make_brand, post_listing, run_jobs
from tests.factories.identity import make_verified
from tests.factories.orders import make_goods, make_order
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db
LATE = NOW + timedelta(minutes=31)


def trusted_shop(*, has_sold=True):
    """A verified shop of half a year with a good standing and a completed order."""
    if not RuleValue.objects.filter(key="cases.trusted_orders").exists():
        rulebook.publish(
            key="cases.trusted_orders",
            value=1,
            valid_from=NOW,
            reason="A test.",
            by_id=None,
            at=NOW,
        )
    shop = make_order(make_goods(), state="settled").shop if has_sold else make_shop()
    shop.decided_at = NOW - timedelta(days=180)
    shop.standing = Standing.STEADY
    shop.save()
    make_verified(user=shop.owner, at=NOW)
    return shop


def test_a_trusted_shops_goods_are_shown_after_the_set_time_and_others_wait():
    trusted = post_listing("Basket", shop=trusted_shop())
    other = post_listing("Bowl")
    few = post_listing("Jug", shop=trusted_shop(has_sold=False))
    assert services.publish_stalled(at=NOW + timedelta(minutes=29)) == 0
    assert services.publish_stalled(at=LATE) == 1
    assert services.publish_stalled(at=LATE) == 0
    for listing in (trusted, other, few):
        listing.refresh_from_db()
    assert [one.state for one in (trusted, other, few)] == ["live", "pending", "pending"]
    assert Unscanned.objects.get().listing == trusted


def test_what_was_shown_unscanned_is_still_scanned_and_may_be_held():
    make_brand(seeds=[1])
    listing = post_listing("N1ke shoes", shop=trusted_shop(), seeds=[1])
    services.publish_stalled(at=LATE)
    listing.refresh_from_db()
    assert listing.state == ListingState.LIVE
    Job.objects.all().delete()
    assert services.rescan_stalled(at=LATE) == 1
    assert Job.objects.filter(kind=SCAN).count() == 1
    check(listing, at=LATE)
    assert listing.state == ListingState.WITHHELD
    assert Case.objects.get().listing == listing
    assert services.rescan_stalled(at=LATE + timedelta(hours=2)) == 0


def test_a_held_listing_is_not_shown_by_a_stall():
    make_brand(seeds=[1])
    listing = post_listing("N1ke shoes", shop=trusted_shop(), seeds=[1])
    check(listing)
    assert services.publish_stalled(at=LATE) == 0


@pytest.mark.django_db(transaction=True)
def test_a_stalled_job_that_comes_late_publishes_nothing_twice():
    listing = post_listing("Basket", shop=trusted_shop())
    services.publish_stalled(at=LATE)
    assert run_jobs(kind=SCAN) == 1
    listing.refresh_from_db()
    assert (listing.state, listing.published_at) == (ListingState.LIVE, LATE)


def test_the_seller_reads_why_the_goods_wait(client):
    listing = post_listing("Bowl", at=timezone.now())
    client.force_login(listing.shop.owner)
    pages = [reverse("listings:mine"), reverse("listings:edit", args=[listing.pk])]
    assert not any("check of these goods is late" in client.get(p).content.decode() for p in pages)
    ListingVersion.objects.update(at=timezone.now() - timedelta(minutes=40))
    for page in pages:
        assert "check of these goods is late" in client.get(page).content.decode()
