"""Freezing what a scan decided on, so that an appeal years later can be replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from antifake.cases.models import EvidencePack, PackPart, Scan
from antifake.cases.rules.packing import as_bytes, from_bytes, packed, unpacked
from antifake.cases.services.looks import Look
from antifake.cases.services.weighing import Judged
from antifake.detectors import registry
from antifake.detectors.base import Bank, Finding, KnownBrand, Subject
from marketplace.insertion import insert_new

FORMAT = 1


@dataclass(frozen=True)
class Frozen:
    """A pack, read back."""

    subject: Subject
    bank: Bank
    findings: tuple[Finding, ...]
    news: tuple[str, ...]
    model: str
    body: dict[str, Any]


def freeze(
    *, scan: Scan, look: Look, news: Sequence[Finding], judged: Judged, audited: str = ""
) -> EvidencePack:
    """Write the pack of a scan. Needs a transaction; safe to repeat.

    Nothing in it names a person: the listing's own words and photo descriptors, counts about
    the shop, the near part of the bank. What many packs share is stored once, by its content.
    """
    brands = [packed(replace(brand, authorised=False)) for brand in look.bank.brands]
    parts = _parts(brands, judged.model.as_json())
    body = {
        "format": FORMAT,
        "subject": packed(look.subject),
        "bank": packed(replace(look.bank, brands=())),
        "brands": parts[0],
        "authorised": [brand.brand_id for brand in look.bank.brands if brand.authorised],
        "detector_set": scan.detector_set,
        "versions": registry.versions(),
        "findings": packed(look.findings),
        "news": [finding.key for finding in news],
        "model": parts[1],
        "prior_logit": judged.estimate.prior_logit,
        "contributions": packed(judged.contributions),
        "risk_permille": judged.estimate.permille,
        "prohibited_permille": judged.prohibited_permille,
        "hold_permille": judged.hold_permille,
        "proven": packed(judged.proven),
        "ruling": packed(judged.ruling),
        "audited": audited,
        "trace": packed(look.trace),
    }
    sha256, data = as_bytes(body)
    pack = EvidencePack(scan=scan, sha256=sha256, data=data)
    new = insert_new([pack], key="scan_id")
    return new[scan.pk] if new else EvidencePack.objects.get(scan=scan)


def opened(*, pack: EvidencePack) -> Frozen:
    """Read a pack back. Raises ValueError when it, or a part of it, is not what was frozen."""
    body = from_bytes(pack.sha256, bytes(pack.data))
    authorised = set(body["authorised"])
    brands = tuple(
        replace(brand, authorised=brand.brand_id in authorised)
        for brand in (unpacked(KnownBrand, data) for data in _read(body["brands"]))
    )
    return Frozen(
        subject=unpacked(Subject, body["subject"]),
        bank=replace(unpacked(Bank, body["bank"]), brands=brands),
        findings=tuple(unpacked(Finding, data) for data in body["findings"]),
        news=tuple(body["news"]),
        model=_read(body["model"]),
        body=body,
    )


def _parts(*bodies: Any) -> list[str]:
    """Store what many packs share, each by its content, unless it is there; return the hashes."""
    parts = [PackPart(sha256=sha256, data=data) for sha256, data in map(as_bytes, bodies)]
    there = PackPart.objects.filter(pk__in=[part.pk for part in parts])
    known = set(there.values_list("pk", flat=True))
    new = [part for part in parts if part.pk not in known]
    if new:
        PackPart.objects.bulk_create(new, ignore_conflicts=True)
    return [part.pk for part in parts]


def _read(sha256: str) -> Any:
    part = PackPart.objects.filter(pk=sha256).first()
    if part is None:
        raise ValueError("lacks a part")
    return from_bytes(sha256, bytes(part.data))
