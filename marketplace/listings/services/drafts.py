"""Many drafts in few statements, and a draft that goes without a trace."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, WrongState
from marketplace.listings.models import Listing, ListingState, PriceTier, Variant, Withholding
from marketplace.listings.services import ladders, originals, photos
from marketplace.listings.services.listing import VariantRow, locked_for
from marketplace.outbox import services as outbox
from marketplace.shops.queries import require
from marketplace.shops.rules import Act


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft with its choices; `key` makes it once, whoever asks again."""

    key: uuid.UUID
    category_id: int
    title: str
    description: str
    choices: tuple[VariantRow, ...]


@transaction.atomic
def create_drafts(
    *, shop_id: int, by_id: int, drafts: Sequence[Draft], at: datetime
) -> list[tuple[Listing, list[Variant]]]:
    """Write what `create_draft` and `set_variants` write, for many drafts at once.

    None of the keys may be taken. Raises NotAllowed, and BadInput as `set_variants` does.
    """
    require(user_id=by_id, shop_id=shop_id, act=Act.EDIT_LISTINGS)
    for draft in drafts:
        _refuse_wrong(draft.choices)
    listings = Listing.objects.bulk_create(
        Listing(
            shop_id=shop_id,
            category_id=draft.category_id,
            title=draft.title.strip(),
            description=draft.description.strip(),
            draft_key=draft.key,
            created_at=at,
        )
        for draft in drafts
    )
    pairs = list(zip(listings, drafts, strict=True))
    variants = Variant.objects.bulk_create(
        _variant(listing, row) for listing, draft in pairs for row in draft.choices
    )
    rows = [row for draft in drafts for row in draft.choices]
    PriceTier.objects.bulk_create(
        PriceTier(variant=variant, from_quantity=pieces, price_minor=each)
        for variant, row in zip(variants, rows, strict=True)
        for pieces, each in row.tiers or ()
    )
    of_listing: dict[int, list[Variant]] = {listing.pk: [] for listing in listings}
    for variant in variants:
        of_listing[variant.listing_id].append(variant)
    return [(listing, of_listing[listing.pk]) for listing in listings]


@transaction.atomic
def discard_draft(*, listing_id: int, by_id: int, at: datetime) -> None:
    """Delete a draft, which nobody but its shop ever saw, with its photos and their files.

    Safe to repeat. Raises WrongState once it was posted, or when something of the market stands
    on it; NotAllowed for a stranger.
    """
    if not Listing.objects.filter(pk=listing_id).exists():
        return
    listing = locked_for(listing_id=listing_id, by_id=by_id)
    if listing.state != ListingState.DRAFT or listing.withholdings.exists():
        raise WrongState(_("This listing has been posted; it can be ended, not deleted."))
    try:
        with transaction.atomic():
            for photo in listing.photos.order_by("pk"):
                photos.remove_photo(photo_id=photo.pk, by_id=by_id, at=at)
            originals.erase_of(listing_id=listing.pk, at=at)
            listing.variants.all().delete()
            ref = listing.ref
            listing.delete()
    except ProtectedError as error:
        raise WrongState(
            _("Something of the market stands on this draft; end it instead.")
        ) from error
    outbox.record(action="listing.discarded", actor=f"user:{by_id}", subject=ref, data={}, at=at)


@transaction.atomic
def discard_drafts(*, listing_ids: Sequence[int], shop_id: int, by_id: int, at: datetime) -> None:
    """Delete many drafts of one shop that have no photos, all or none; else as `discard_draft`."""
    require(user_id=by_id, shop_id=shop_id, act=Act.EDIT_LISTINGS)
    mine = Listing.objects.filter(pk__in=listing_ids, shop=shop_id).order_by("pk")
    found = list(mine.select_for_update(no_key=True, of=["self"]))
    drafts = {listing.pk for listing in found if listing.state == ListingState.DRAFT}
    if len(drafts) != len(found) or Withholding.objects.filter(listing__in=drafts).exists():
        raise WrongState(_("This listing has been posted; it can be ended, not deleted."))
    refs = [listing.ref for listing in found]
    try:
        with transaction.atomic():
            Variant.objects.filter(listing__in=drafts).delete()
            Listing.objects.filter(pk__in=drafts).delete()
    except ProtectedError as error:
        raise WrongState(
            _("Something of the market stands on this draft; end it instead.")
        ) from error
    outbox.record_all(
        action="listing.discarded",
        actor=f"user:{by_id}",
        facts={ref: {} for ref in refs},
        at=at,
    )


def _variant(listing: Listing, row: VariantRow) -> Variant:
    variant = Variant(
        listing=listing,
        name=row.name.strip(),
        price_minor=row.price_minor,
        on_hand=row.on_hand,
        least_quantity=row.least_quantity or 1,
    )
    if row.low_stock_at is not None:
        variant.low_stock_at = row.low_stock_at
    return variant


def _refuse_wrong(choices: Sequence[VariantRow]) -> None:
    if len({row.name.strip() for row in choices}) != len(choices):
        raise BadInput(_("Two choices have the same name."), field="name")
    if any(row.price_minor < 1 or row.on_hand < 0 for row in choices):
        raise BadInput(_("Set a price above zero and stock of zero or more."), field="price")
    for row in choices:
        ladders.refuse_wrong(
            price_minor=row.price_minor, least=row.least_quantity, tiers=row.tiers or ()
        )
