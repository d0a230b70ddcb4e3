"""Running a decision again on its frozen evidence, to answer an appeal or an auditor."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from antifake.cases.learning.model import from_json
from antifake.cases.models import EvidencePack, Scan
from antifake.cases.rules.packing import packed
from antifake.cases.services import packs
from antifake.cases.services.packs import Frozen
from antifake.cases.services.weighing import judged
from antifake.detectors import registry
from antifake.detectors.base import Finding

FIELDS = ("kind", "key", "distance", "threshold", "log_odds", "sentence", "evidence")


@dataclass(frozen=True)
class ReplayResult:
    """What running it again gave.

    `same`: all that could be compared is the same, value for value. `differences` says in words
    what is not. `changed_versions` names detectors that are of another version now than then
    ("brand_name 1 → 2"): theirs is not compared, and is no difference.
    """

    scan_id: int
    same: bool
    differences: tuple[str, ...] = ()
    changed_versions: tuple[str, ...] = ()
    findings: int = 0
    sha256: str = ""


def replay(*, scan_id: int) -> ReplayResult:
    """Run the detectors, the model and the policy of a scan again on its evidence pack.

    Reads only. Raises Scan.DoesNotExist for an unknown scan.
    """
    scan = Scan.objects.get(pk=scan_id)
    pack = EvidencePack.objects.filter(scan=scan).first()
    if pack is None:
        return ReplayResult(scan_id, same=False, differences=("This scan froze no evidence.",))
    try:
        frozen = packs.opened(pack=pack)
    except ValueError as error:
        told = (f"The evidence pack {error}.",)
        return ReplayResult(scan_id, same=False, differences=told, sha256=pack.sha256)
    changed = _changed(frozen)
    names = {name for name, _then, _now in changed}
    now = [one for one in registry.ALL if one.name not in names]
    findings, _trace = registry.examine_by(now, frozen.subject, frozen.bank)
    then = [finding for finding in frozen.findings if finding.detector not in names]
    differences = [*_differ(then, findings), *_ruled_otherwise(scan, frozen)]
    return ReplayResult(
        scan_id=scan_id,
        same=not differences,
        differences=tuple(differences),
        changed_versions=tuple(f"{name} {was} → {is_now}" for name, was, is_now in changed),
        findings=len(then),
        sha256=pack.sha256,
    )


def _changed(frozen: Frozen) -> list[tuple[str, str, str]]:
    """Return (detector, version then, version now) where they differ; "none" when it is gone."""
    then, now = frozen.body["versions"], registry.versions()
    return [
        (name, then.get(name, "none"), now.get(name, "none"))
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name)
    ]


def _differ(then: Sequence[Finding], now: Sequence[Finding]) -> list[str]:
    """Compare findings value for value, whatever order the detectors ran in."""
    before, after = Counter(map(_values, then)), Counter(map(_values, now))
    gone = [f"No longer found: {values}" for values in (before - after).elements()]
    new = [f"Found only now: {values}" for values in (after - before).elements()]
    return gone + new


def _values(finding: Finding) -> str:
    data = packed(finding)
    values = [data[name] for name in FIELDS]
    return f"{finding.detector} {json.dumps(values, sort_keys=True, ensure_ascii=False)}"


def _ruled_otherwise(scan: Scan, frozen: Frozen) -> list[str]:
    """Weigh what counted then by the model of then; compare with what was written then."""
    body = frozen.body
    counted = _counted(frozen.findings, frozen.news)
    again = judged(
        findings=counted,
        model=from_json(frozen.model),
        hold_permille=body["hold_permille"],
        proven=tuple(body["proven"]),
    )
    pairs = {
        "risk": (body["risk_permille"], again.estimate.permille),
        "contributions": (body["contributions"], list(again.contributions)),
        "ruling": (body["ruling"], packed(again.ruling)),
        "stored risk": (scan.risk_permille, again.estimate.permille),
        "stored outcome": (scan.outcome, str(again.ruling.outcome)),
    }
    return [f"The {name} was {a}, is {b}." for name, (a, b) in pairs.items() if a != b]


def _counted(findings: Iterable[Finding], news: Sequence[str]) -> list[Finding]:
    """Return the findings that no person had cleared then, in their order."""
    keys = set(news)
    return [finding for finding in findings if finding.key in keys]
