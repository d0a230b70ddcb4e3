"""Copies of photos that were there before: a confirmed fake's, a rights holder's, another shop's.

Three ways a photo is known again, the surest first:
- the same file (SHA-256): `exact_file`;
- the compared pair says so (`photos.comparing`: points, aligned pixels, learned fusion): its
  distance is 1000 less its thousandths of certainty, the threshold that of `photos/policy.json`;
- where no pair was made, the hash alone: PDQ (Facebook, 2019; 256 bits, eight turned and mirrored
  forms). A quality of 49 and less means too plain to compare, and 31 bits is its authors' limit;
  measured on 5,993 unrelated photos, 20 bits keep false alarms to one photo in a thousand.

A compared copy counts fully where it is corroborated (`agrees_widely`), else as perhaps one: photos
of two things on one carpet agree in a few blocks, and surely so.

Log-odds are set by hand until staff verdicts train them: a photo of a confirmed fake is the
strongest there is; a rights holder's is also used by honest resellers, so it asks for a person;
another shop's may be a shared supplier's, so it asks the seller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from antifake.detectors.base import (
    Bank,
    Evidence,
    Finding,
    KnownPhoto,
    KnownReference,
    Pair,
    PhotoView,
    Subject,
    strongest,
)
from antifake.detectors.photos import comparing, describing, fusion
from antifake.detectors.photos.comparing import POLICY
from antifake.detectors.text import words

CODE_VERSION = "3"
DESCRIPTOR_VERSION = describing.VERSION
HASH_BYTES = describing.HASH_BYTES
MIN_QUALITY = describing.MIN_QUALITY
STRONG_BITS = 20
WEAK_BITS = 31
SURE = 1000
# Photos of one floor or cloth agree in a few blocks; a photo and its copy over much of it. Of 205
# true copies in a run of bench/fakers.py 202 agreed so, of the three false ones none.
# Pictures with few points (plain cloth, drawings) may be copies and not agree so: beside a fake's
# photo a person looks (`policy.shows_a_fake`).
CORROBORATED_OVERLAP, CORROBORATED_BLOCKS, CORROBORATED_INLIERS = 0.3, 30, 20
REFERENCE, MARKET = "reference_photo", "market_photo"
FAKE, EXACT = "confirmed_fake", "exact_file"
# kind → (a copy, perhaps one): what it adds to the logit
LOG_ODDS = {FAKE: (6.5, 3.0), REFERENCE: (4.3, 2.2), MARKET: (2.6, 1.0)}
# Perhaps a copy of the photo of the very holder whose name the title says: few others would be.
NAMED_LOG_ODDS = 3.2
SENTENCES = {
    FAKE: "Photo {position} looks the same as a photo of goods that were found to be fakes.",
    REFERENCE: "Photo {position} looks the same as a photo that belongs to the holder of the "
    "protected name “{brand}”.",
    MARKET: "Photo {position} looks the same as a photo that another shop had put up before. "
    "Did you take it yourself?",
}
EXACT_SENTENCES = {
    FAKE: "Photo {position} is the very file that showed goods which were found to be fakes.",
    REFERENCE: "Photo {position} is the very file that the holder of the protected name "
    "“{brand}” has registered.",
    MARKET: "Photo {position} is the very file that another shop had put up before. "
    "Did you take it yourself?",
}


@dataclass(frozen=True)
class _Known:
    """A known photo beside one photo of the subject, whatever it came from."""

    kind: str
    upright: bytes
    sha256: str
    pair: Pair | None
    matched: Evidence


@dataclass(frozen=True)
class _Measure:
    distance: float
    threshold: float
    log_odds: float
    exact: bool = False


def describe(image: Image.Image) -> tuple[tuple[bytes, ...], int]:
    """Return the eight PDQ hashes of a picture, upright first, and its quality (0 to 100)."""
    return describing.pdq(describing.as_rgb(image))


def bits_apart(one: bytes, other: bytes) -> int:
    """Return in how many bits two hashes differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def version() -> str:
    """Return what decides a finding: this code, descriptors, weights and policy in one hash."""
    parts = (CODE_VERSION, describing.VERSION, fusion.SHA256, comparing.POLICY_SHA256)
    return f"{CODE_VERSION}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:12]}"


class PhotoMatch:
    """Compares the listing's photos with the bank's and with other shops' earlier photos."""

    name = "photo_match"
    version = version()

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:
        """Return at most one finding for each photo and kind: the strongest."""
        sources: Sequence[Callable[[PhotoView], Iterator[_Known]]] = (
            lambda photo: _references(photo, bank.references),
            lambda photo: _market(photo, subject, bank.market_photos),
        )
        findings = []
        said = _spelt(subject.title)
        for photo in subject.photos:
            for source in sources:
                found = [
                    finding
                    for known in source(photo)
                    if (finding := self._finding(photo, known, said)) is not None
                ]
                if found:
                    findings.append(strongest(found))
        return findings

    def _finding(self, photo: PhotoView, known: _Known, said: str) -> Finding | None:
        strong, weak = LOG_ODDS[known.kind]
        if known.kind == REFERENCE and _spelt(str(known.matched["brand"])) in said:
            weak = NAMED_LOG_ODDS
        if known.sha256 and known.sha256 == photo.sha256:
            return self._made(photo, known, _Measure(0, 0, strong + 0.5, exact=True))
        if known.pair is not None:
            sure = known.pair.copy_permille
            if sure < POLICY.maybe_permille:
                return None
            is_copy = sure >= POLICY.copy_permille
            least = POLICY.copy_permille if is_copy else POLICY.maybe_permille
            odds = strong if is_copy and agrees_widely(known.pair) else weak
            return self._made(photo, known, _Measure(SURE - sure, SURE - least, odds))
        apart = _apart(photo, known.upright)
        if photo.quality <= MIN_QUALITY or apart > WEAK_BITS:
            return None
        limit, odds = (STRONG_BITS, strong) if apart <= STRONG_BITS else (WEAK_BITS, weak)
        return self._made(photo, known, _Measure(apart, limit, odds))

    def _made(self, photo: PhotoView, known: _Known, measure: _Measure) -> Finding:
        sentences = EXACT_SENTENCES if measure.exact else SENTENCES
        figures = {} if known.pair is None or measure.exact else _figures(known.pair)
        figures["corroborated"] = measure.log_odds >= LOG_ODDS[known.kind][0]
        of = known.matched.get("reference_id") or known.matched.get("matched_photo_id")
        return Finding(
            detector=self.name,
            version=self.version,
            kind=EXACT if measure.exact else known.kind,
            # The same whichever way it was found: what staff cleared once stays cleared.
            key=f"{known.kind}:{of}:{photo.sha256}",
            distance=measure.distance,
            threshold=measure.threshold,
            sentence=sentences[known.kind].format(position=photo.position + 1, **known.matched),
            log_odds=measure.log_odds,
            evidence={"photo_id": photo.photo_id, **known.matched, **figures},
        )


def _references(photo: PhotoView, references: Sequence[KnownReference]) -> Iterator[_Known]:
    for known in references:
        if known.authorised and not known.confirmed_fake:
            continue
        matched: Evidence = {
            "reference_id": known.reference_id,
            "brand_id": known.brand_id,
            "brand": known.brand,
        }
        if known.confirmed_fake:
            matched["confirmed_fake"] = known.confirmed_fake
        kind = FAKE if known.confirmed_fake else REFERENCE
        mine = [pair for pair in known.pairs if pair.photo_id == photo.photo_id]
        pair = max(mine, key=lambda one: one.copy_permille, default=None)
        if pair is None and known.pairs:
            continue  # compared with another photo of the listing, and not with this one
        yield _Known(kind, known.upright, known.sha256, pair, matched)


def _market(
    photo: PhotoView, subject: Subject, market_photos: Sequence[KnownPhoto]
) -> Iterator[_Known]:
    for known in market_photos:
        if known.copy_photo_id == photo.photo_id and known.shop_id != subject.shop_id:
            matched: Evidence = {
                "matched_photo_id": known.photo_id,
                "matched_listing_id": known.listing_id,
            }
            yield _Known(MARKET, known.upright, known.sha256, known.pair, matched)


def _figures(pair: Pair) -> Evidence:
    return {
        "copy_permille": pair.copy_permille,
        "needed_permille": POLICY.copy_permille,
        "bits_apart": pair.bits_apart,
        "cosine": pair.cosine,
        "inliers": pair.inliers,
        "agreement": pair.agreement,
        "overlap": pair.overlap,
        "blocks": pair.blocks,
        "mirrored": pair.mirrored,
    }


def agrees_widely(pair: Pair) -> bool:
    """Say whether two photos agree over much of the picture, not only in a patch of background."""
    return pair.bits_apart <= STRONG_BITS or (
        pair.overlap >= CORROBORATED_OVERLAP
        and pair.blocks >= CORROBORATED_BLOCKS
        and pair.inliers >= CORROBORATED_INLIERS
    )


def is_corroborated(finding: Finding) -> bool:
    """Say whether a finding is a copy that more than one measure speaks for."""
    return bool(finding.evidence.get("corroborated"))


def _spelt(text: str) -> str:
    """Return the plain words between spaces, so that whole words are compared."""
    return f" {' '.join(word.plain for word in words(text))} "


def _apart(photo: PhotoView, upright: bytes) -> int:
    return min((bits_apart(form, upright) for form in photo.hashes), default=8 * HASH_BYTES)
