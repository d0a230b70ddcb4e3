"""Listings with real pictures, checked as the worker checks them."""

from datetime import UTC, datetime

from antifake.cases import services
from antifake.cases.models import Case, Scan
from antifake.detectors.newcomer_brand import LEAST_ORDERS
from antifake.references import services as references
from marketplace.listings.services import listing as listings
from marketplace.listings.services import photos
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job, JobState
from tests.factories.listings import make_category
from tests.factories.orders import make_goods, make_order
from tests.factories.pictures import as_bytes, drawn
from tests.factories.shops import make_shop

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOTE = "The photo belongs to the holder and the name is disguised."


def make_brand(name="Nike", *, seeds=(), at=NOW):
    """A protected name, with a reference photo for each seed."""
    brand = references.register_brand(name=name, holder=f"{name} Inc.", at=at)
    for seed in seeds:
        references.add_reference_photo(brand_id=brand.pk, data=as_bytes(drawn(seed)), at=at)
    return brand


def post_listing(title="Hand-woven basket", *, shop=None, seeds=(), pictures=(), at=NOW):
    """A posted listing that waits for its check."""
    shop = shop or make_shop()
    listing = listings.create_draft(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        category_id=make_category().pk,
        title=title,
        description="",
        at=at,
    )
    listings.add_variant(listing_id=listing.pk, name="", price_minor=1250, on_hand=5, at=at)
    for image in [*map(drawn, seeds), *pictures] or [drawn(9000 + listing.pk)]:
        photos.add_photo(listing_id=listing.pk, data=as_bytes(image), at=at)
    return listings.post(listing_id=listing.pk, by_id=shop.owner_id, at=at)


def known_shop():
    """A shop that has sold enough for its goods to be known."""
    goods = make_goods()
    orders = [make_order(goods, state="settled") for _ in range(LEAST_ORDERS)]
    return orders[0].shop


def check(listing, *, at=NOW):
    """Look at a listing as it stands and act on it; the scan."""
    listing.refresh_from_db()
    facts = {"listing_id": listing.pk, "content_version": listing.content_version}
    findings = services.look(**facts)
    scan = services.finish(**facts, findings=findings, at=at)
    listing.refresh_from_db()
    return scan


def make_case(*, shop=None, at=NOW):
    """An open case about a disguised name beside a rights holder's photo."""
    make_brand(seeds=[1], at=at)
    scan = check(post_listing("N1ke shoes", shop=shop, seeds=[1], at=at), at=at)
    return Case.objects.get(scan=scan)


def remove(case, staff, *, severity=9, at=NOW):
    """The decision that takes the listing down."""
    return services.decide(
        case_id=case.pk,
        verdict="remove",
        policy="counterfeit",
        severity=severity,
        note=NOTE,
        by_id=staff.pk,
        at=at,
    )


def run_jobs(*, kind):
    """Do the waiting jobs of a kind as a worker would; return how many were finished."""
    waiting = Job.objects.filter(kind=kind, state=JobState.PENDING).order_by("pk")
    return sum(outbox.run(job_id=job.pk) for job in waiting)


def scans_of(listing):
    """How many scans a listing has."""
    return Scan.objects.filter(listing=listing).count()
