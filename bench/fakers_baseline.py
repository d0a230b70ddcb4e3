"""What a market has without this project: a perceptual hash and a list of names.

PDQ (8 forms) within its authors' 31 bits of a rights holder's photo or of one that staff removed,
and protected names by a plain regular expression, unless the shop is authorised. Imports nothing
of antifake.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pdqhash

from bench import fakers_pictures as pictures
from bench.fakers_market import HOLD, PUBLISH, Seen
from bench.fakers_pictures import Shot
from bench.fakers_world import Listing, World

BITS, MIN_QUALITY, SIDE = 31, 49, 512
_hashes: dict[str, tuple[np.ndarray, int]] = {}


def hashes_of(shot: Shot) -> tuple[np.ndarray, int]:
    """Return the eight hashes of a picture as rows of bytes, and its quality."""
    if shot.sha256 not in _hashes:
        image = pictures.render(shot)
        image.thumbnail((SIDE, SIDE))
        found, quality = pdqhash.compute_dihedral(np.asarray(image))
        _hashes[shot.sha256] = (np.stack([np.packbits(one) for one in found]), int(quality))
    return _hashes[shot.sha256]


class Baseline:
    """Hashes, and names if `names` is set. It holds; it never takes down."""

    def __init__(self, world: World, *, names: bool) -> None:
        self.name = "hash and names" if names else "hash only"
        self._names = [
            (brand.brand_id, re.compile(rf"\b{re.escape(brand.name)}\b", re.IGNORECASE))
            for brand in world.brands
            if names
        ]
        # Hash, brand, and the removed listing that taught it (0: the holder's own photo).
        self._bank = [
            (hashes_of(Shot(source))[0][0], brand.brand_id, 0)
            for brand in world.brands
            for source in brand.references
        ]
        self._cleared: dict[int, set[str]] = {}

    def look(self, listing: Listing, now_h: float) -> Seen:  # noqa: ARG002 - the shape of a judge
        """Hold what is near, or named."""
        kinds = set()
        table = np.stack([upright for upright, _brand, _of in self._bank])
        owners = np.array([brand for _upright, brand, _of in self._bank])
        free = np.isin(owners, list(listing.shop.authorised))
        cleared = self._cleared.get(listing.shop.shop_id, set())
        for shot in listing.shots:
            forms, quality = hashes_of(shot)
            apart = np.bitwise_count(table[:, None, :] ^ forms[None, :, :]).sum(axis=2).min(axis=1)
            if (
                quality > MIN_QUALITY
                and (apart[~free] <= BITS).any()
                and shot.sha256 not in cleared
            ):
                kinds.add("hash")
        text = f"{listing.title} {listing.description}"
        for brand_id, name in self._names:
            if brand_id not in listing.shop.authorised and name.search(text):
                kinds.add("name")
        return Seen(HOLD if kinds else PUBLISH, tuple(sorted(kinds)))

    def shown(self, listing: Listing, now_h: float) -> None:
        """Nothing is learned from what is shown."""

    def decided(
        self,
        listing: Listing,
        seen: Seen,  # noqa: ARG002 - the shape of a judge
        *,
        removed: bool,
        now_h: float,  # noqa: ARG002
    ) -> Sequence[Listing]:
        """Take a removed fake's photos into the list, or clear a shop's."""
        if removed:
            brand = listing.fake_of.brand_id if listing.fake_of else 0
            taught = listing.listing_id
            self._bank += [(hashes_of(shot)[0][0], brand, taught) for shot in listing.shots]
        else:
            cleared = self._cleared.setdefault(listing.shop.shop_id, set())
            cleared.update(shot.sha256 for shot in listing.shots)
        return ()

    def restored(self, listing: Listing) -> None:
        """Take a removal's hashes out again."""
        self._bank = [row for row in self._bank if row[2] != listing.listing_id]
