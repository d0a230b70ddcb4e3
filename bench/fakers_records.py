"""What the site reads from its tables about shops and prices, kept in memory.

The thinking is the project's (likeness to what was refused, contact strings, robust prices); the
looking up is written again, because the project does it in SQL.
"""

from __future__ import annotations

from collections.abc import Sequence

from antifake.cases.rules import alike
from antifake.detectors import base
from antifake.detectors.brand_name import is_second_hand
from antifake.detectors.photos.describing import MIN_QUALITY
from antifake.detectors.price import LEAST_LIKE
from antifake.detectors.text import words
from antifake.references.queries.contacts import contacts_in
from antifake.references.queries.prices import LEAST_SHOPS, OF_ONE_SHOP, middle_and_spread
from bench.fakers_memory import Eyes
from bench.fakers_world import Listing, World

# What the market records of an account; a device is not among it.
RECORDED = {"payment", "phone"}
REMOVALS_TO_CLOSE = 3
LIKE_MOST = 400


class Records:
    """Refusals, shared keys, contact strings, posts and prices of one market."""

    def __init__(self, world: World, eyes: Eyes) -> None:
        self.world, self.eyes = world, eyes
        self.closed: set[int] = set()
        self._refused: dict[int, list[tuple[int, frozenset[str], list[str], bytes]]] = {}
        self._removed: dict[int, int] = {}
        self._keys: dict[tuple[str, str], set[int]] = {}
        self._contacts: dict[str, set[int]] = {}
        self._posted: dict[int, list[float]] = {}
        self._shown: dict[int, list[Listing]] = {}
        self._like: dict[tuple[str, int, bool], list[tuple[int, int]]] = {}

    def note_post(self, shop_id: int, now_h: float) -> None:
        """Note that a shop posted."""
        self._posted.setdefault(shop_id, []).append(now_h)

    def note_shown(self, listing: Listing) -> None:
        """Note a listing on sale: its price, and its words in case its shop is closed."""
        self._shown.setdefault(listing.shop.shop_id, []).append(listing)
        for like in self._like_keys(listing):
            self._like.setdefault(like, []).append((listing.shop.shop_id, listing.price_minor))

    def seller_view(
        self,
        listing: Listing,
        photos: Sequence[base.PhotoView],
        now_h: float,
        *,
        shows_theirs: bool,
    ) -> base.SellerView:
        """Return the record of a listing's shop. `shows_theirs`: a closed shop's photo."""
        shop = listing.shop
        shared: dict[str, set[int]] = {}
        for kind, value in shop.keys:
            others = self._keys.get((kind, value), set()) - {shop.shop_id}
            if kind in RECORDED and others:
                shared[kind] = others
        linked = set(shared)
        said = contacts_in(f"{listing.title}\n{listing.description}")
        if any(self._contacts.get(word, set()) - {shop.shop_id} for word in said):
            linked.add("contact")
        if shows_theirs:
            linked.add("photo")
        ids = {shop.shop_id}.union(*shared.values())
        title = alike.words_of(listing.title)
        refused = sum(
            alike.is_alike(
                words=title,
                photos=photos,
                refused_words=theirs,
                refused_sha256s=files,
                refused_uprights=uprights,
            )
            for one in ids
            for listing_id, theirs, files, uprights in self._refused.get(one, ())
            if listing_id != listing.listing_id
        )
        return base.SellerView(
            age_days=shop.age_days(now_h),
            verified=shop.verified,
            completed_orders=shop.orders(now_h),
            removed_fakes=self._removed.get(shop.shop_id, 0),
            refused_alike=refused,
            posted_last_day=sum(now_h - 24 < at for at in self._posted[shop.shop_id]),
            linked_to_removed=tuple(sorted(linked)),
        )

    def price_view(self, listing: Listing) -> base.PriceView | None:
        """Return a price beside its like; None without enough of its like."""
        mine = self._like_keys(listing)[0]
        taken: dict[int, list[int]] = {}
        for shop_id, price in reversed(self._like.get(mine, [])[-LIKE_MOST:]):
            if shop_id != listing.shop.shop_id and len(taken.get(shop_id, ())) < OF_ONE_SHOP:
                taken.setdefault(shop_id, []).append(price)
        prices = [price for some in taken.values() for price in some]
        if len(prices) < LEAST_LIKE or len(taken) < LEAST_SHOPS:
            return None
        usual, spread = middle_and_spread(prices)
        brand_id = mine[1] or None
        return base.PriceView(listing.price_minor, "EUR", brand_id, usual, spread, len(prices))

    def _like_keys(self, listing: Listing) -> list[tuple[str, int, bool]]:
        title = listing.title.lower()
        parts = words(listing.title)
        named = [b.brand_id for b in self.world.brands if b.name.lower() in title]
        lawful = any(f" {word} " in f" {title} " for word in ("for", "with", "case", "laces"))
        brand_id = named[0] if len(named) == 1 and not lawful else 0
        return [(listing.shelf, brand_id, is_second_hand(parts))]

    def remember(self, listing: Listing) -> None:
        """Keep what a removed listing said, showed and shared."""
        shop_id = listing.shop.shop_id
        views = [self.eyes.view(shot, 0, 0) for shot in listing.shots]
        uprights = b"".join(view.hashes[0] for view in views if view.quality > MIN_QUALITY)
        row = (listing.listing_id, alike.words_of(listing.title))
        files = [view.sha256 for view in views]
        self._refused.setdefault(shop_id, []).append((*row, files, uprights))
        self._removed[shop_id] = self._removed.get(shop_id, 0) + 1
        for key in listing.shop.keys:
            self._keys.setdefault(key, set()).add(shop_id)

    def forget(self, listing: Listing) -> None:
        """Take a removal back."""
        shop_id = listing.shop.shop_id
        kept = [row for row in self._refused.get(shop_id, ()) if row[0] != listing.listing_id]
        self._refused[shop_id] = kept
        self._removed[shop_id] -= 1
        if not self._removed[shop_id]:
            for key in listing.shop.keys:
                self._keys[key].discard(shop_id)
        if self._removed[shop_id] < REMOVALS_TO_CLOSE:
            self.closed.discard(shop_id)

    def close_if_due(self, shop_id: int) -> None:
        """Close a shop after so many removals, and remember its contact strings."""
        if shop_id in self.closed or self._removed[shop_id] < REMOVALS_TO_CLOSE:
            return
        self.closed.add(shop_id)
        for listing in self._shown.get(shop_id, []):
            for word in contacts_in(f"{listing.title}\n{listing.description}"):
                self._contacts.setdefault(word, set()).add(shop_id)
