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
class SellerView:
    """What the market has recorded about the shop by the time of the look."""

    age_days: int = 0
    verified: bool = False
    completed_orders: int = 0
    removed_fakes: int = 0  # adjudicated and standing
    refused_alike: int = 0  # earlier refusals of what this listing shows or says
    posted_last_day: int = 0
    linked_to_removed: tuple[str, ...] = ()  # kinds of evidence shared with removed shops


@dataclass(frozen=True)
class PriceView:
    """The asked price of one piece beside what its like costs: `usual_log` and `spread_log`
    are the median and the robust spread (1.4826 MAD) of natural logs of prices in the same
    currency, brand (or none), category and condition over `like_count` other listings.
    """

    unit_minor: int
    currency: str
    brand_id: int | None
    usual_log: float
    spread_log: float
    like_count: int


@dataclass(frozen=True)
class Subject:
    """What is looked at: one version of one listing."""

    listing_id: int
    shop_id: int
    title: str
    photos: tuple[PhotoView, ...] = ()
    description: str = ""
    choices: tuple[str, ...] = ()
    shop_name: str = ""
    category: str = ""
    second_hand: bool = False
    # What is written in the pictures: photo id and the words; read only where it was due.
    picture_texts: tuple[tuple[int, str], ...] = ()
    seller: SellerView | None = None  # None: not computed
    price: PriceView | None = None  # None: too few of its like to compare with


@dataclass(frozen=True)
class Pair:
    """What comparing one photo of the subject with one known photo gave.

    `bits_apart` is the least PDQ distance over eight forms (0 to 256), `cosine` that of the
    network's descriptors, `inliers` the matched local features that agree on one geometry,
    `agreement` the median correlation of aligned blocks (-1 to 1), `overlap` the share of the
    known photo that is seen, `copy_permille` the learned probability, in thousandths, that one
    picture was made from the other.
    """

    photo_id: int
    bits_apart: int
    cosine: float
    inliers: int = 0
    agreement: float = 0.0
    overlap: float = 0.0
    blocks: int = 0
    mirrored: bool = False
    copy_permille: int = 0


@dataclass(frozen=True)
class KnownBrand:
    """A protected name; `authorised` says whether the subject's shop may sell its goods."""

    brand_id: int
    name: str
    holder: str = ""
    authorised: bool = False


@dataclass(frozen=True)
class KnownReference:
    """A rights holder's own photo, or one of a confirmed fake: its upright PDQ hash of 32 bytes.

    `confirmed_fake` names the decision that confirmed it; empty for a rights holder's photo.
    `pairs` are the comparisons with the subject's photos that were made.
    """

    reference_id: int
    brand_id: int
    brand: str
    upright: bytes
    authorised: bool = False
    sha256: str = ""
    confirmed_fake: str = ""
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class KnownPhoto:
    """Another shop's photo that was on the market before the subject's `copy_photo_id`."""

    photo_id: int
    listing_id: int
    shop_id: int
    upright: bytes
    copy_photo_id: int
    sha256: str = ""
    pair: Pair | None = None


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
