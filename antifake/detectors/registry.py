"""All detectors in use, and one name for the set."""

from __future__ import annotations

import hashlib

from antifake.detectors.base import Bank, Detector, Finding, Subject
from antifake.detectors.brand_name import BrandName
from antifake.detectors.photo_match import PhotoMatch
from antifake.detectors.prohibited import Prohibited

ALL: tuple[Detector, ...] = (BrandName(), PhotoMatch(), Prohibited())


def detector_set_hash() -> str:
    """Return the SHA-256 (hex) of the detectors' names and versions: what a scan was made with."""
    names = sorted(f"{detector.name} {detector.version}" for detector in ALL)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def examine(subject: Subject, bank: Bank) -> list[Finding]:
    """Return what all detectors find."""
    return [finding for detector in ALL for finding in detector.examine(subject, bank)]
