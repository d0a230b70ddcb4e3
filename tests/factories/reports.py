"""Reports as anybody makes them, and cases looked at by somebody else."""

from uuid import uuid4

from antifake.cases import services as cases
from antifake.reports import services
from tests.factories.accounts import make_staff
from tests.factories.antifake import NOW
from tests.factories.orders import make_goods

NETWORK = "203.0.113.0/24"


def make_goods_on_sale():
    """Goods on sale that no scan of ours has looked at."""
    return make_goods().listing


def make_report(listing=None, *, by=None, network=NETWORK, reason="fake", at=NOW, **fields):
    """A visitor's report about goods on sale (by default)."""
    listing = listing or make_goods_on_sale()
    fields.setdefault("key", uuid4())
    return services.report(
        listing_id=listing.pk,
        by_id=by.pk if by else None,
        network=network,
        reason=reason,
        at=at,
        **fields,
    )


def answer(report, *, verdict="remove", at=NOW):
    """A person's decision about the reported goods."""
    words = {"policy": "misleading", "severity": 3} if verdict == "remove" else {}
    return cases.decide(
        case_id=report.case_id,
        verdict=verdict,
        note="It is not what the title says.",
        by_id=make_staff().pk,
        at=at,
        **words,
    )
