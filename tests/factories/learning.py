"""Verdicts by the hundred, and what sellers are asked."""

from datetime import timedelta

from antifake.cases.learning.model import Model, Weight
from antifake.cases.models import (
    Case,
    CaseState,
    Decision,
    Finding,
    ModelVersion,
    PhotoQuestion,
    Scan,
)
from antifake.cases.services import documents, questions
from antifake.detectors.base import Finding as Found
from tests.factories.antifake import NOW, make_brand, post_listing
from tests.factories.listings import make_listing
from tests.factories.pictures import as_bytes, drawn

WORDS = "We took it in our yard in May."


def make_verdicts(facts, *, statement, staff, at=NOW, minutes=1):
    """One decided scan for each (findings, is_fake); findings are (kind, log-odds) pairs."""
    listing = make_listing()
    rows = [
        Scan(
            listing=listing,
            content_version=number + 1,
            detector_set=f"{at:%s}",
            state="done",
            outcome="hold",
            risk_permille=600,
            started_at=at,
            done_at=at,
        )
        for number in range(len(facts))
    ]
    scans = Scan.objects.bulk_create(rows)
    Finding.objects.bulk_create(
        Finding(
            scan=scan,
            detector="test",
            version="1",
            kind=kind,
            key=f"{kind}:{scan.pk}",
            distance=0,
            threshold=1,
            evidence={},
            sentence="It looks alike.",
            log_odds=log_odds,
            contribution=log_odds,
        )
        for scan, (found, _is_fake) in zip(scans, facts, strict=True)
        for kind, log_odds in found
    )
    cases = Case.objects.bulk_create(
        Case(
            listing=listing,
            scan=scan,
            state=CaseState.DECIDED,
            risk_permille=600,
            rank=0,
            opened_at=at,
            due_at=at,
        )
        for scan in scans
    )
    Decision.objects.bulk_create(
        Decision(
            case=case,
            verdict="remove" if is_fake else "allow",
            policy="counterfeit" if is_fake else "",
            statement=statement if is_fake else None,
            by=staff[number % len(staff)],
            at=at + number * timedelta(minutes=minutes),
        )
        for number, (case, (_found, is_fake)) in enumerate(zip(cases, facts, strict=True))
    )
    return scans


def photo_finding(listing, *, key="market_photo:1:abc", kind="market_photo", **evidence):
    """What a detector says of a listing's first photo."""
    photo = listing.photos.first()
    return Found(
        detector="photo_match",
        version="1",
        kind=kind,
        key=key,
        distance=4,
        threshold=20,
        sentence="Photo 1 looks the same as a photo of another shop. Did you take it yourself?",
        log_odds=2.6,
        evidence={"photo_id": photo.pk, **evidence},
    )


def make_question(listing, *, at=NOW, **finding):
    """An open question about a listing's first photo."""
    scan = Scan.objects.create(
        listing=listing,
        content_version=900 + PhotoQuestion.objects.count(),
        detector_set="test",
        state="done",
        outcome="publish",
        risk_permille=200,
        started_at=at,
        done_at=at,
    )
    found = photo_finding(listing, **finding)
    questions.ask(scan_id=scan.pk, listing_id=listing.pk, findings=[found], at=at)
    return PhotoQuestion.objects.get(key=found.key)


def make_claim(shop, *, brand=None, at=NOW):
    """A document that waits for staff."""
    return documents.send_claim(
        shop_id=shop.pk,
        brand_id=(brand or make_brand("Lumeria")).pk,
        by_id=shop.owner_id,
        words="The holder's letter.",
        upload=as_bytes(drawn(77)),
        at=at,
    )


def one_of_each_asked(shop):
    """The ids of a question, a document with its claim, and a model, for the matrix of roles."""
    claim = make_claim(shop)
    model = Model(weights={"brand_use": Weight(0.0, 0.5)})
    version = ModelVersion.objects.create(
        sha256=model.sha256, body=model.as_json(), trained_at=NOW, verdicts=60
    )
    return {
        "photo_question": make_question(post_listing(shop=shop)).pk,
        "seller_document": claim.document_id,
        "seller_claim": claim.pk,
        "model_version": version.pk,
    }
