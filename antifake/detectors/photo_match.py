"""Copies of photos that were there before: a rights holder's, or another shop's own.

The hash is PDQ (Facebook, 2019: 256 bits of a 64 x 64 cosine transform, with a quality from
0 to 100); the new photo is described in its eight turned and mirrored forms. Distances are
bits of 256. The papers' own figures: a quality of 49 and less means too plain to compare,
and 31 bits the recommended limit. Measured on 5,993 unrelated photos, 20 bits keep false
alarms to one photo in a thousand. A crop, a border or a collage is not found by this hash.

Log-odds are set by hand until staff verdicts can train them: a rights holder's photo is also
used by honest resellers, so it asks for a person; another shop's photo may be a shared
supplier's, so it asks the seller.
"""

from __future__ import annotations

import numpy as np
import pdqhash
from PIL import Image

from antifake.detectors.base import Bank, Finding, PhotoView, Subject, strongest

DESCRIPTOR_VERSION = "pdq-1"
SIDE_PIXELS = 512
HASH_BYTES = 32
MIN_QUALITY = 49
STRONG_BITS = 20
WEAK_BITS = 31
REFERENCE, MARKET = "reference_photo", "market_photo"
# kind → (up to STRONG_BITS, up to WEAK_BITS)
LOG_ODDS = {REFERENCE: (4.3, 2.2), MARKET: (2.6, 1.0)}
SENTENCES = {
    REFERENCE: "Photo {position} looks the same as a photo that belongs to the holder of the "
    "protected name “{brand}”.",
    MARKET: "Photo {position} looks the same as a photo that another shop had put up before. "
    "Did you take it yourself?",
}


def describe(image: Image.Image) -> tuple[tuple[bytes, ...], int]:
    """Return the eight PDQ hashes of a picture, upright first, and its quality (0 to 100)."""
    small = image.convert("RGB")
    small.thumbnail((SIDE_PIXELS, SIDE_PIXELS))
    vectors, quality = pdqhash.compute_dihedral(np.asarray(small))
    return tuple(np.packbits(vector).tobytes() for vector in vectors), int(quality)


def bits_apart(one: bytes, other: bytes) -> int:
    """Return in how many bits two hashes differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


class PhotoMatch:
    """Compares the listing's photos with references and with other shops' earlier photos."""

    name = "photo_match"
    version = "1"

    def examine(self, subject: Subject, bank: Bank) -> list[Finding]:
        """Return at most one finding for each photo and kind: the strongest."""
        return [
            strongest(found)
            for photo in subject.photos
            if photo.quality > MIN_QUALITY
            for found in (self._references(photo, bank), self._market(photo, subject, bank))
            if found
        ]

    def _references(self, photo: PhotoView, bank: Bank) -> list[Finding]:
        return [
            self._finding(
                REFERENCE,
                photo,
                known.upright,
                reference_id=known.reference_id,
                brand_id=known.brand_id,
                brand=known.brand,
            )
            for known in bank.references
            if not known.authorised and _apart(photo, known.upright) <= WEAK_BITS
        ]

    def _market(self, photo: PhotoView, subject: Subject, bank: Bank) -> list[Finding]:
        return [
            self._finding(
                MARKET,
                photo,
                known.upright,
                matched_photo_id=known.photo_id,
                matched_listing_id=known.listing_id,
            )
            for known in bank.market_photos
            if known.copy_photo_id == photo.photo_id
            and known.shop_id != subject.shop_id
            and _apart(photo, known.upright) <= WEAK_BITS
        ]

    def _finding(
        self, kind: str, photo: PhotoView, upright: bytes, **matched: int | str
    ) -> Finding:
        apart = _apart(photo, upright)
        strong, weak = LOG_ODDS[kind]
        of = matched.get("reference_id") or matched.get("matched_photo_id")
        return Finding(
            detector=self.name,
            version=self.version,
            kind=kind,
            key=f"{kind}:{of}:{photo.sha256}",
            distance=apart,
            threshold=STRONG_BITS if apart <= STRONG_BITS else WEAK_BITS,
            sentence=SENTENCES[kind].format(position=photo.position + 1, **matched),
            log_odds=strong if apart <= STRONG_BITS else weak,
            evidence={"photo_id": photo.photo_id, **matched},
        )


def _apart(photo: PhotoView, upright: bytes) -> int:
    return min(bits_apart(form, upright) for form in photo.hashes)
