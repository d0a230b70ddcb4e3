"""Why the check did what it did about a listing, in words, for staff and the command line."""

from __future__ import annotations

from typing import Any

from antifake.cases.models import Decision, EvidencePack, Finding, Scan, ScanState
from antifake.cases.rules.packing import from_bytes
from antifake.cases.rules.policy import Outcome, Why

OUTCOMES = {
    Outcome.PUBLISH: "publish",
    Outcome.HOLD: "hold until a person has looked",
    Outcome.TAKE_DOWN: "take down by machine",
}
REASONS = {
    Why.LIKELY_GENUINE: "the probability is below the threshold for holding",
    Why.ONLY_A_COPY: "only copied photos of others speak against it: the seller is asked instead",
    Why.LIKELY_FAKE: "the probability reaches the threshold for holding",
    Why.PROHIBITED: "it looks like goods that nobody may offer",
    Why.HARD_UNPROVEN: "there is hard evidence, on a ground whose precision is not proven yet",
    Why.HARD_PROVEN: "there is hard evidence, on a ground whose precision is proven",
    Why.MAY_OWN: "a photo of a fake is all there is, and it may have been this shop's first",
    Why.COPY_OF_FAKE: "a photo looks like a fake's, in too few points for hard evidence",
}
NO_NEWS = "cleared by a person before, so it did not count"


def explanation(listing_id: int) -> list[str]:
    """Return the latest look at a listing line by line; one line that says so without any.

    For staff alone: it holds scores and thresholds.
    """
    scans = Scan.objects.filter(listing_id=listing_id, state=ScanState.DONE)
    scan = scans.select_related("listing").order_by("-pk").first()
    if scan is None:
        return [f"Listing {listing_id} has not been looked at."]
    return [*_head(scan), *_findings(scan), *_policy(scan), *_rulings(scan)]


def _head(scan: Scan) -> list[str]:
    listing = scan.listing
    when = f"{scan.done_at:%Y-%m-%d %H:%M:%S} UTC" if scan.done_at else "not ended"
    why = f" ({scan.occasion})" if scan.occasion else ""
    return [
        f"Listing {listing.pk} “{listing.title}”, now {listing.state}, "
        f"version {listing.content_version}.",
        f"Scan {scan.pk}{why} saw version {scan.content_version} on {when}.",
        f"Detector set {scan.detector_set[:12]}.",
    ]


def _findings(scan: Scan) -> list[str]:
    rows = list(scan.findings.order_by("-contribution", "pk"))
    lines = [_line(row) for row in rows] or ["No findings counted."]
    body = _body(scan)
    versions = ", ".join(f"{name} {one}" for name, one in sorted(body.get("versions", {}).items()))
    news = set(body.get("news", ()))
    cleared = [one for one in body.get("findings", ()) if one["key"] not in news]
    lines += [f"- {one['kind']}: {one['sentence']} ({NO_NEWS})" for one in cleared]
    return [f"Versions: {versions}.", *lines] if versions else lines


def _line(row: Finding) -> str:
    return (
        f"- {row.kind} ({row.detector} {row.version}): {row.sentence} "
        f"Distance {row.distance:g}, threshold {row.threshold:g}, log-odds {row.log_odds:+.2f}, "
        f"contribution {row.contribution:+.2f}."
    )


def _policy(scan: Scan) -> list[str]:
    body = _body(scan)
    if not body:
        return [f"Probability {scan.risk_permille} of 1000. No evidence was frozen."]
    ruling = body["ruling"]
    lines = [
        f"Probability {scan.risk_permille} of 1000: prior {body['prior_logit']:+.2f} and "
        f"contributions {sum(body['contributions']):+.2f} on the logit, "
        f"by model {body['model'][:12]}.",
        f"Policy: {OUTCOMES[Outcome(ruling['outcome'])]}, because {REASONS[Why(ruling['why'])]} "
        f"(threshold {body['hold_permille']} of 1000).",
    ]
    if ruling["ground"]:
        lines.append(f"Hard evidence: {ruling['ground']}.")
    lines += [f"Step {one['name']}: {one['findings']}, {one['ms']:g} ms." for one in body["trace"]]
    return [*lines, f"Evidence pack {scan.pack.sha256}."]


def _rulings(scan: Scan) -> list[str]:
    rulings = Decision.objects.filter(case__scan=scan).order_by("pk")
    return [
        f"Decision {one.pk} on {one.at:%Y-%m-%d %H:%M} UTC by "
        f"{'a person' if one.by_id else 'machine'}: {one.verdict}"
        f"{f' ({one.policy})' if one.policy else ''}. {one.note}".rstrip()
        for one in rulings
    ]


def _body(scan: Scan) -> dict[str, Any]:
    pack = EvidencePack.objects.filter(scan=scan).first()
    return from_bytes(pack.sha256, bytes(pack.data)) if pack else {}
