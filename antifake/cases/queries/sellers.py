"""What the market has recorded about a seller, as detectors may know it: counts, no names.

A removed fake is a standing decision that took goods down as counterfeit. Shops are linked by
keyed hashes alone: two rows that hold the same one, whose meaning nobody reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from antifake.cases.models import Decision, RefusedContent, Verdict
from antifake.cases.rules.alike import is_alike, words_of
from antifake.detectors.base import PhotoView, SellerView
from antifake.references import queries as references
from marketplace.accounts.models import TraderIdentity
from marketplace.accounts.queries import is_verified_trader
from marketplace.listings.models import Listing
from marketplace.orders.models import Order, OrderState
from marketplace.prepared import Given, Prepared
from marketplace.shops.models import Shop
from marketplace.trust.models import Policy

DONE = (OrderState.COMPLETED, OrderState.SETTLED)
# Kind of link → the column of keyed hashes that shows it.
HASHES = {
    "payment": "payment_hash",
    "document": "document_hash",
    "register": "register_hash",
    "vat": "vat_hash",
    "phone": "phone_hash",
}
PERSON = "person"
# Counts beyond this change no finding.
COUNTED = 1_000
# What is compared with a new listing: the latest refusals of a shop and of those linked to it.
REFUSALS = 200


_IDENTITY = Prepared(lambda: TraderIdentity.objects.filter(user_id=Given("user")))


@dataclass(frozen=True)
class Links:
    """Shops from which fakes were removed and which share something with this one, by kind."""

    kinds: tuple[str, ...] = ()
    shop_ids: frozenset[int] = frozenset()


def seller_view(listing: Listing, photos: Iterable[PhotoView], *, at: datetime) -> SellerView:
    """Return the record of a listing's shop; `at` is when the listing's content came.

    A fixed number of queries, whatever the shop has done.
    """
    shop = listing.shop
    links = links_of(shop)
    kinds = {*links.kinds, *references.shared_with_removed(listing)}
    return SellerView(
        age_days=max(0, (at - (shop.decided_at or shop.applied_at)).days),
        verified=is_verified_trader(shop.owner_id),
        completed_orders=completed_orders(shop.pk),
        removed_fakes=removed_fakes(shop.pk).count(),
        refused_alike=refused_alike(listing, list(photos), links.shop_ids | {shop.pk}),
        posted_last_day=Listing.objects.filter(
            shop=shop, posted_at__gt=at - timedelta(days=1), posted_at__lte=at
        )[:COUNTED].count(),
        linked_to_removed=tuple(sorted(kinds)),
    )


def removed_fakes(shop_id: int) -> QuerySet[Decision]:
    """Return the standing decisions that took goods of a shop down as fakes."""
    return _standing_fakes().filter(case__listing__shop=shop_id)


def completed_orders(shop_id: int) -> int:
    """Return how many orders of a shop ended well, counted no further than needed."""
    return Order.objects.filter(shop=shop_id, state__in=DONE)[:COUNTED].count()


def links_of(shop: Shop) -> Links:
    """Return what a shop shares with shops from which fakes were removed."""
    mine = _IDENTITY.first(user=shop.owner_id)
    hashes = {kind: getattr(mine, column) for kind, column in HASHES.items()} if mine else {}
    hashes = {kind: value for kind, value in hashes.items() if value}
    shared = Q(user=shop.owner_id)
    for kind, value in hashes.items():
        shared |= Q(**{HASHES[kind]: value})
    rows = TraderIdentity.objects.filter(shared).values("user_id", *HASHES.values())
    people = {row["user_id"]: _kinds(row, hashes) for row in rows} | {shop.owner_id: {PERSON}}
    removed = _standing_fakes().filter(case__listing__shop__owner__in=people)
    found = (
        removed.exclude(case__listing__shop=shop)
        .values_list("case__listing__shop", "case__listing__shop__owner")
        .distinct()
    )
    pairs = list(found)
    kinds = set[str]().union(*(people[owner_id] for _shop_id, owner_id in pairs))
    return Links(tuple(sorted(kinds)), frozenset(shop_id for shop_id, _owner_id in pairs))


def refused_alike(listing: Listing, photos: list[PhotoView], shop_ids: Iterable[int]) -> int:
    """Return to how many refused listings of these shops this one is alike in words or photos.

    A title counts only where the goods themselves were refused: whose photos were another's may
    sell the same goods with photos of one's own.
    """
    rows = RefusedContent.objects.filter(shop__in=list(shop_ids), decision__overridden_by=None)
    rows = rows.exclude(listing=listing).select_related("decision").order_by("-pk")[:REFUSALS]
    words = words_of(listing.title)
    alike = {
        row.listing_id
        for row in rows
        if is_alike(
            words=words,
            photos=photos,
            refused_words=()
            if row.decision.policy == Policy.STOLEN_PHOTO
            else frozenset(row.words),
            refused_sha256s=row.sha256s,
            refused_uprights=bytes(row.uprights),
        )
    }
    return len(alike)


def _standing_fakes() -> QuerySet[Decision]:
    return Decision.objects.filter(
        verdict=Verdict.REMOVE, policy=Policy.COUNTERFEIT, overridden_by=None
    )


def _kinds(row: dict[str, object], hashes: dict[str, str]) -> set[str]:
    return {kind for kind, value in hashes.items() if row[HASHES[kind]] == value}
