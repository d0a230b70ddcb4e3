"""Acting on one look at one version of a listing: publish, hold, or take down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.cases import queries, rules
from antifake.cases.models import Finding, Population, Scan, ScanState, Verdict
from antifake.cases.rules import policy
from antifake.cases.services import audits, decisions, holds, packs, questions, refits
from antifake.cases.services.holds import hold_source
from antifake.cases.services.looks import CHECKED_STATES, Look, look
from antifake.cases.services.stalls import SCAN, publish_stalled, rescan_stalled
from antifake.cases.services.weighing import Judged, judge
from antifake.detectors import base, registry
from marketplace.listings.models import Listing
from marketplace.listings.services import listing as listings
from marketplace.prepared import Given, Prepared
from marketplace.rulebook import queries as rulebook
from marketplace.trust import services as trust
from marketplace.trust.models import Policy

__all__ = ["SCAN", "finish", "hold_source", "look", "publish_stalled", "rescan_stalled"]

_SHOP = Prepared(lambda: Listing.objects.filter(pk=Given("listing")).values_list("shop_id"))
_LOCKED = Prepared(
    lambda: Listing.objects.select_for_update(no_key=True).filter(pk=Given("listing"))
)
_THERE = Prepared(
    lambda: Scan.objects.filter(
        listing_id=Given("listing"),
        content_version=Given("content_version"),
        detector_set=Given("detector_set"),
        occasion=Given("occasion"),
    )
)
# A machine's takedown is "a breach", one step of the ladder below a person's "grave" one.
MACHINE_SEVERITY = 3


@transaction.atomic
def finish(
    *,
    listing_id: int,
    content_version: int,
    findings: Look,
    at: datetime,
    occasion: str = "",
) -> Scan | None:
    """Store what a look found, freeze its evidence, and act on it.

    Safe to repeat: a version is scanned once by one set of detectors for one occasion (empty:
    the listing changed; else the name of a re-scan). While a case about this version waits, no
    second one is opened, and only the first look asks the seller anything. Returns None, and does
    nothing, when the listing was edited meanwhile: the edit asked for its own scan.
    """
    [(shop_id,)] = _SHOP.ask(listing=listing_id)
    if policy.ground(findings.findings):
        # A takedown may follow, and it locks the shop before the listing, always.
        trust.lock_shop(shop_id=shop_id)
    [listing] = _LOCKED.ask(listing=listing_id)
    if listing.content_version != content_version or listing.state not in CHECKED_STATES:
        return None
    detector_set = registry.detector_set_hash()
    there = _THERE.first(
        listing=listing_id,
        content_version=content_version,
        detector_set=detector_set,
        occasion=occasion,
    )
    if there is not None:
        return there
    news = rules.news(findings.findings, queries.cleared_keys(shop_id))
    judged = judge(findings=news, model=refits.champion(), at=at)
    scan = Scan.objects.create(
        listing=listing,
        content_version=content_version,
        detector_set=detector_set,
        occasion=occasion,
        state=ScanState.DONE,
        outcome=judged.ruling.outcome,
        ground=judged.ruling.ground,
        risk_permille=judged.estimate.permille,
        started_at=at,
        done_at=at,
    )
    _store(scan, news, judged)
    refits.shadow(scan_id=scan.pk, findings=policy.weighable(news), at=at)
    chance = rulebook.value("cases.audit_permille", at=at)
    is_audited = judged.ruling.outcome == policy.Outcome.TAKE_DOWN and audits.is_drawn(
        key=f"machine {scan.pk}", chance_permille=chance
    )
    population = Population.MACHINE if is_audited else ""
    packs.freeze(scan=scan, look=findings, news=news, judged=judged, audited=population)
    if judged.ruling.outcome == policy.Outcome.PUBLISH:
        listings.publish(listing_id=listing_id, content_version=content_version, at=at)
        if not occasion:
            questions.ask(scan_id=scan.pk, listing_id=listing_id, findings=news, at=at)
    elif not queries.waits_for_a_person(listing_id, content_version):
        _withhold(scan, news, judged, is_audited=is_audited, chance_permille=chance, at=at)
    return scan


def _store(scan: Scan, news: Sequence[base.Finding], judged: Judged) -> None:
    Finding.objects.bulk_create(
        Finding(
            scan=scan,
            detector=finding.detector,
            version=finding.version,
            kind=finding.kind,
            key=finding.key,
            distance=finding.distance,
            threshold=finding.threshold,
            evidence=finding.evidence,
            sentence=finding.sentence,
            log_odds=finding.log_odds,
            contribution=contribution,
        )
        for finding, contribution in zip(news, judged.contributions, strict=True)
    )


def _withhold(
    scan: Scan,
    news: Sequence[base.Finding],
    judged: Judged,
    *,
    is_audited: bool,
    chance_permille: int,
    at: datetime,
) -> None:
    """Hold a locked listing, or take it down by machine unless a person was drawn to judge."""
    if judged.ruling.outcome == policy.Outcome.HOLD or is_audited:
        case = holds.hold(scan=scan, news=news, at=at)
        if is_audited:
            audits.note(
                case=case, population=Population.MACHINE, chance_permille=chance_permille, at=at
            )
        return
    case = holds.open_case(scan=scan, rank_permille=judged.estimate.permille, at=at)
    decisions.decide(
        case_id=case.pk,
        verdict=Verdict.REMOVE,
        policy=Policy.COUNTERFEIT,
        severity=MACHINE_SEVERITY,
        note=_machine_note(judged.ruling.ground),
        by_id=None,
        at=at,
    )


def _machine_note(ground: str) -> str:
    if ground == policy.Ground.CONFIRMED_FAKE:
        return _(
            "A photo is a copy of one that belongs to goods which a person confirmed to be fakes. "
            "No person has looked at this listing yet: if you appeal, one will."
        )
    return _(
        "The listing shows a protected brand in two independent ways, and we know of no agreement "
        "with its holder. No person has looked at this listing yet: if you appeal, one will."
    )
