"""The one shape of all detectors: plain values in, findings out. No database, no Django.

A detector is pure: the same subject and bank always give the same findings, so that an
appeal can be answered by running it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

Evidence = dict[str, str | int | float | bool]


@dataclass(frozen=True)
class PhotoView:
    """One photo of the listing, as described: eight PDQ hashes of 32 bytes and their quality."""

    photo_id: int
    position: int
    sha256: str
    hashes: tuple[bytes, ...]
    quality: int


@dataclass(frozen=True)
class Subject:
    """What is looked at: one version of one listing."""

    listing_id: int
    shop_id: int
    title: str
    photos: tuple[PhotoView, ...] = ()
    description: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownBrand:
    """A protected name; `authorised` says whether the subject's shop may sell its goods."""

    brand_id: int
    name: str
    holder: str = ""
    authorised: bool = False


@dataclass(frozen=True)
class KnownReference:
    """A rights holder's own photo: its upright PDQ hash of 32 bytes."""

    reference_id: int
    brand_id: int
    brand: str
    upright: bytes
    authorised: bool = False


@dataclass(frozen=True)
class KnownPhoto:
    """Another shop's photo that was on the market before the subject's `copy_photo_id`."""

    photo_id: int
    listing_id: int
    shop_id: int
    upright: bytes
    copy_photo_id: int


@dataclass(frozen=True)
class Bank:
    """What the subject is compared with. `ordinary_words` are words honest shops use in titles."""

    brands: tuple[KnownBrand, ...] = ()
    references: tuple[KnownReference, ...] = ()
    market_photos: tuple[KnownPhoto, ...] = ()
    ordinary_words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Finding:
    """One detector's evidence.

    `distance` was at or below `threshold`, in the detector's own unit. `key` names the
    evidence itself: a finding with the key of one that staff have cleared is no news.
    `log_odds` is what it adds to the logit of "this is a fake" (each detector documents
    where its figures come from). `sentence` is shown to the seller.
    """

    detector: str
    version: str
    kind: str
    key: str
    distance: float
    threshold: float
    sentence: str
    log_odds: float
    evidence: Evidence = field(default_factory=dict)


class Detector(Protocol):
    """One kind of evidence; a changed rule or figure is a new version."""

    name: str
    version: str

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:
        """Return the findings on this subject, none when there is nothing to say."""
        ...


def strongest(findings: Sequence[Finding]) -> Finding:
    """Return the finding with the highest log-odds; the first of equals."""
    return max(findings, key=lambda finding: finding.log_odds)
