"""All detectors in use, the cheap ones first, and one name for the set."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from antifake.detectors.authorised import Authorised
from antifake.detectors.base import Bank, Detector, Finding, Subject
from antifake.detectors.brand_again import BrandAgain
from antifake.detectors.brand_name import BrandName
from antifake.detectors.fake_words import FakeWords
from antifake.detectors.hidden_brand import HiddenBrand
from antifake.detectors.newcomer_brand import NewcomerBrand
from antifake.detectors.photo_match import PhotoMatch
from antifake.detectors.picture_text import PictureText
from antifake.detectors.price import Price
from antifake.detectors.prohibited import Prohibited
from antifake.detectors.seller import Seller

ALL: tuple[Detector, ...] = (
    Authorised(),
    Seller(),
    Price(),
    FakeWords(),
    BrandName(),
    NewcomerBrand(),
    Prohibited(),
    PhotoMatch(),
    PictureText(),
    HiddenBrand(),
    BrandAgain(),
)


@dataclass(frozen=True)
class Step:
    """What one detector did in a look: how many findings, in how many milliseconds."""

    name: str
    findings: int
    ms: float


def detector_set_hash() -> str:
    """Return the SHA-256 (hex) of the detectors' names and versions: what a scan was made with."""
    names = sorted(f"{detector.name} {detector.version}" for detector in ALL)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Return the version of each detector by its name."""
    return {detector.name: detector.version for detector in ALL}


def examine(subject: Subject, bank: Bank) -> list[Finding]:
    """Return what all detectors find."""
    return examine_by(ALL, subject, bank)[0]


def examine_by(
    detectors: Sequence[Detector], subject: Subject, bank: Bank
) -> tuple[list[Finding], tuple[Step, ...]]:
    """Return what these detectors find, and what each of them took.

    The times are a measurement beside the findings: no finding depends on them.
    """
    findings: list[Finding] = []
    trace = []
    for detector in detectors:
        started = time.perf_counter()
        found = detector.examine(subject, bank)
        took = (time.perf_counter() - started) * 1000
        findings.extend(found)
        trace.append(Step(detector.name, len(found), round(took, 2)))
    return findings, tuple(trace)
