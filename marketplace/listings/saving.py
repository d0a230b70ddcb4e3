"""What happens when a seller sends the form: keep all that can be kept, say what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from marketplace.errors import BadInput, MarketplaceError
from marketplace.listings.forms import ListingForm, used_rows
from marketplace.listings.models import Category, Listing, ListingState, Photo, Variant
from marketplace.listings.services import listing as listings
from marketplace.listings.services import photos, pictures
from marketplace.shops.models import Shop


@dataclass(frozen=True, slots=True)
class Sent:
    """The form, the rows of choices, and the ids of photos to take off, as they were sent."""

    form: ListingForm
    rows: Any
    removed: Sequence[str]
    wants_post: bool

    def is_right(self) -> bool:
        """Say whether nothing was wrong so far."""
        return not self.form.errors and self.rows.is_valid()

    def note(self, error: MarketplaceError) -> None:
        """Show an expected refusal at its field."""
        field = error.field if isinstance(error, BadInput) else ""
        self.form.add_error(field if field in self.form.fields else None, error.reason)


def keep(
    sent: Sent, *, shop: Shop, listing: Listing | None, by_id: int, at: datetime
) -> Listing | None:
    """Save words, photos and choices, each on its own, then post if asked and all is right.

    Expected refusals become errors of the form; what could be saved stays saved, so a failed
    form loses neither photos nor words. None when not even a draft could be made.
    """
    sent.form.is_valid()
    sent.rows.is_valid()
    try:
        kept = _keep_words(sent, shop=shop, listing=listing, by_id=by_id, at=at)
    except MarketplaceError as error:
        sent.note(error)
        return listing
    _keep_photos(sent, listing=kept, by_id=by_id, at=at)
    _keep_choices(sent, listing=kept, by_id=by_id, at=at)
    if sent.wants_post and sent.is_right():
        try:
            listings.post(listing_id=kept.pk, by_id=by_id, at=at)
        except MarketplaceError as error:
            sent.note(error)
    kept.refresh_from_db()
    return kept


def keep_draft(
    sent: Sent, *, shop: Shop, listing: Listing | None, by_id: int, at: datetime
) -> Listing | None:
    """Save the words and choices of a draft while its seller types; photos are left alone.

    None when there is no draft to save: it was posted meanwhile, or the form names none.
    Expected refusals become errors of the form.
    """
    sent.form.is_valid()
    sent.rows.is_valid()
    if listing is None and not sent.form.cleaned_data.get("key"):
        return None
    if listing is not None and listing.state != ListingState.DRAFT:
        return None
    try:
        kept = _keep_words(sent, shop=shop, listing=listing, by_id=by_id, at=at)
    except MarketplaceError as error:
        sent.note(error)
        return listing
    if kept.state != ListingState.DRAFT:
        return None
    _keep_choices(sent, listing=kept, by_id=by_id, at=at)
    return kept


def known_choices(sent: Sent, listing: Listing) -> list[tuple[str, Variant]]:
    """Return the rows that hold a choice by now: the prefix of the row's fields, and the choice."""
    if not sent.rows.is_valid():
        return []
    by_name = {variant.name: variant for variant in listing.variants.all()}
    used = [form for form in sent.rows if form.is_used()]
    known = [(form.prefix, by_name.get(form.cleaned_data["name"].strip())) for form in used]
    return [(prefix, variant) for prefix, variant in known if variant is not None]


def _keep_words(
    sent: Sent, *, shop: Shop, listing: Listing | None, by_id: int, at: datetime
) -> Listing:
    shelf = sent.form.cleaned_data.get("category") or Category.objects.first()
    if shelf is None:
        raise BadInput(_("The market has no shelves yet; staff must add one."), "category")
    if listing is None:
        listing = listings.create_draft(
            shop_id=shop.pk,
            by_id=by_id,
            category_id=shelf.pk,
            key=sent.form.cleaned_data.get("key"),
            at=at,
            **sent.form.words(),
        )
        if listing.state != ListingState.DRAFT:
            return listing  # this form was sent before, and what it made has been posted
    if {"title", "description", "category"} & set(sent.form.errors):
        return listing
    if not sent.form.words()["title"].strip() and listing.posted_at:
        raise BadInput(_("Give your goods a title."), "title")
    return listings.edit(
        listing_id=listing.pk, by_id=by_id, category_id=shelf.pk, at=at, **sent.form.words()
    )


def _keep_photos(sent: Sent, *, listing: Listing, by_id: int, at: datetime) -> None:
    for photo in Photo.objects.filter(listing=listing):
        if str(photo.pk) in sent.removed:
            photos.remove_photo(photo_id=photo.pk, by_id=by_id, at=at)
    given = sent.form.cleaned_data
    for upload in [*given.get("photos", []), *given.get("camera", [])]:
        try:
            if upload.size > pictures.MAX_BYTES:  # before a huge file is read into memory
                raise pictures.too_large()
            photos.add_photo(listing_id=listing.pk, data=upload.read(), by_id=by_id, at=at)
        except MarketplaceError as error:
            sent.note(BadInput(f"{upload.name}: {error.reason}", "photos"))


def _keep_choices(sent: Sent, *, listing: Listing, by_id: int, at: datetime) -> None:
    if not sent.rows.is_valid():
        return
    try:
        listings.set_variants(listing_id=listing.pk, by_id=by_id, rows=used_rows(sent.rows), at=at)
    except MarketplaceError as error:
        sent.note(error)
