"""Cases as the desk meets them, written without looking at pictures."""

from itertools import count

from django.db import transaction

from antifake.cases.models import Finding, Proposal, SavedView, Scan
from antifake.cases.services import holds
from antifake.detectors.base import Finding as Found
from marketplace.listings.models import ListingState
from marketplace.rulebook import services as rulebook
from tests.factories.listings import make_listing, make_variant
from tests.factories.shops import LONG_AGO, make_shop

NUMBERS = count(1)


def found(*, kind="brand_lookalike", evidence=None, log_odds=5.0):
    """A finding of a kind."""
    return Found(
        detector=kind,
        version="1",
        kind=kind,
        key=f"{kind}:{next(NUMBERS)}",
        distance=0.1,
        threshold=0.3,
        evidence=evidence or {},
        sentence="The title says “N1ke”.",
        log_odds=log_odds,
    )


@transaction.atomic
def make_held(*, shop=None, findings=None, risk=900, price_minor=1250, at):
    """A case about a listing that was held at a moment."""
    listing = make_listing(shop=shop or make_shop(), state=ListingState.PENDING)
    make_variant(listing=listing, price_minor=price_minor)
    scan = Scan.objects.create(
        listing=listing,
        content_version=1,
        detector_set="test",
        state="done",
        outcome="hold",
        risk_permille=risk,
        started_at=at,
        done_at=at,
    )
    findings = [found()] if findings is None else findings
    for one in findings:
        Finding.objects.create(scan=scan, contribution=one.log_odds, **vars(one))
    case = holds.hold(scan=scan, news=findings, at=at)
    case.listing.refresh_from_db()
    return case


def set_rule(key, value, *, at=LONG_AGO):
    """Let the rule book say something else from a moment on."""
    rulebook.publish(key=key, value=value, valid_from=at, reason="A test.", by_id=None, at=at)


def one_of_each_at_the_desk(case, staff, at):
    """A view, a finding about two photos, and a proposal, for the tests that open every page."""
    facts = {"kind": "closure", "verdict": "remove", "effects": {}, "case_ids": [case.pk]}
    return {
        "saved_view": SavedView.objects.create(user=staff, name="Mine", filters="only=mine").pk,
        "finding": Finding.objects.filter(evidence__has_key="reference_id").first().pk,
        "proposal": Proposal.objects.create(case=case, by=staff, at=at, **facts).pk,
    }
