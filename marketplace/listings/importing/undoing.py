"""Taking an import back: drafts go, changed goods get back what they said, sold ones stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.errors import MarketplaceError, WrongState
from marketplace.listings.importing.planning import GONE, goods_of
from marketplace.listings.importing.resource import Goods
from marketplace.listings.importing.writing import as_it_is, as_row, variants_of
from marketplace.listings.models import (
    GoodsImport,
    GoodsNumber,
    ImportRow,
    Listing,
    ListingState,
    Photo,
    Reservation,
    SellerNumber,
    Variant,
)
from marketplace.listings.services import drafts, locks, photos
from marketplace.listings.services import listing as listings

# Compared to see whether somebody edited since; stock moves by itself.
_KEPT = ("title", "shelf", "description", "choice", "price", "least", "low_stock")


def take_back(*, goods_import: GoodsImport, rows: Sequence[ImportRow], at: datetime) -> None:
    """Take back what these rows wrote, listing by listing; each row's note says what stays.

    The rows of one listing stand together. Needs a transaction.
    """
    groups = [
        (listing_id, list(group))
        for listing_id, group in groupby(rows, key=lambda row: row.listing_id)
    ]
    locks.whole(listing_ids=[pk for pk, _mine in groups if pk])
    _discard_untouched(goods_import, dict(groups), at)
    for _listing_id, mine in groups:
        note = ""
        place = mine[0].listing_id
        listing = Listing.objects.filter(pk=place).first() if place else None
        if listing is not None and listing.state not in GONE:
            try:
                with transaction.atomic():
                    note = _take_back(goods_import, listing, mine, at)
            except MarketplaceError as error:
                note = _("Kept: %(reason)s") % {"reason": error.reason}
        for row in mine:
            row.note = note[:400]
        if listing is not None and not Listing.objects.filter(pk=listing.pk).exists():
            _forget_place(mine)


def _discard_untouched(
    goods_import: GoodsImport, groups: Mapping[int | None, list[ImportRow]], at: datetime
) -> None:
    """Delete the drafts that are exactly as the import left them, all at once; most are."""
    new = {pk: rows for pk, rows in groups.items() if pk and rows[0].undo.get("new_listing")}
    drafts_there = Listing.objects.filter(pk__in=new, state=ListingState.DRAFT, photos=None)
    there = drafts_there.filter(originals=None, withholdings=None).in_bulk()
    variants: dict[int, dict[int, Variant]] = {pk: {} for pk in there}
    found = Variant.objects.filter(listing__in=there).prefetch_related("tiers").order_by("pk")
    for variant in found:
        variant.listing = there[variant.listing_id]
        variants[variant.listing_id][variant.pk] = variant
    reserved = set(
        Reservation.objects.filter(variant__listing__in=there).values_list(
            "variant__listing", flat=True
        )
    )
    alike = [
        pk
        for pk, choices in variants.items()
        if pk not in reserved
        and len(choices) == len(new[pk])
        and not any(variant.sold + variant.reserved for variant in choices.values())
        and not _says_otherwise(choices, new[pk])
    ]
    try:
        drafts.discard_drafts(
            listing_ids=alike, shop_id=goods_import.shop_id, by_id=goods_import.by_id, at=at
        )
    except MarketplaceError:
        return  # each is looked at alone, and says what keeps it
    for pk in alike:
        _forget_place(new[pk])


def _forget_place(rows: Sequence[ImportRow]) -> None:
    for row in rows:
        row.listing_id = row.variant_id = None


def _take_back(
    goods_import: GoodsImport, listing: Listing, rows: Sequence[ImportRow], at: datetime
) -> str:
    """Return what stays, in words; empty when nothing does."""
    variants = {variant.pk: variant for variant in variants_of(listing)}
    is_new = any(row.undo.get("new_listing") for row in rows)
    bought = _bought(list(variants.values()) if is_new else _new_choices(variants, rows))
    if bought:
        return ngettext(
            "Kept: %(count)d piece was bought or is in a checkout.",
            "Kept: %(count)d pieces were bought or are in a checkout.",
            bought,
        ) % {"count": bought}
    ours = _photos_of(goods_import, listing, rows)
    if _edited_since(variants, rows, listing, ours, is_new=is_new):
        return _("Kept: it was edited after the import.")
    if is_new:
        return _remove(goods_import, listing, at)
    for photo in ours:
        photos.remove_photo(photo_id=photo.pk, by_id=goods_import.by_id, at=at)
    return _restore(goods_import, listing, variants, rows, at)


def _photos_of(
    goods_import: GoodsImport, listing: Listing, rows: Sequence[ImportRow]
) -> QuerySet[Photo]:
    """Return the listing's photos that came with these rows, also one that is not noted yet."""
    noted = {pk for row in rows for pk in row.undo.get("photos", [])}
    sent = {sha256 for row in rows for sha256 in row.undo.get("sent", [])}
    came = Q(sha256__in=sent, added_at__gte=goods_import.ran_at or goods_import.created_at)
    return listing.photos.filter(Q(pk__in=noted) | came)


def _bought(variants: Sequence[Variant]) -> int:
    if not variants:
        return 0
    sold = sum(variant.sold + variant.reserved for variant in variants)
    # A payment may still come for what was given back in time.
    return sold or Reservation.objects.filter(variant__in=variants).count()


def _new_choices(variants: dict[int, Variant], rows: Sequence[ImportRow]) -> list[Variant]:
    made = [row.variant_id for row in rows if row.undo.get("new_choice")]
    return [variants[pk] for pk in made if pk in variants]


def _edited_since(
    variants: dict[int, Variant],
    rows: Sequence[ImportRow],
    listing: Listing,
    ours: QuerySet[Photo],
    *,
    is_new: bool,
) -> bool:
    if _says_otherwise(variants, rows):
        return True
    if not is_new:
        return False
    others = listing.photos.exclude(pk__in=ours.values("pk"))
    return others.exists() or len(variants) > len(rows)


def _says_otherwise(variants: Mapping[int, Variant], rows: Sequence[ImportRow]) -> bool:
    """Say whether words, prices or ladders differ from what the import wrote."""
    for row in rows:
        variant = variants.get(row.variant_id or 0)
        if variant is None:
            return True
        wrote, now = _goods(row.undo["after"]), goods_of(variant)
        for name in _KEPT:
            value = getattr(wrote, name)
            if value is not None and value != getattr(now, name):
                return True
        if wrote.ladder() != now.ladder():
            return True
    return False


def _remove(goods_import: GoodsImport, listing: Listing, at: datetime) -> str:
    if listing.state == ListingState.DRAFT:
        try:
            drafts.discard_draft(listing_id=listing.pk, by_id=goods_import.by_id, at=at)
        except WrongState:
            return _end(listing, goods_import.by_id, at)
        return ""
    return _end(listing, goods_import.by_id, at)


def _end(listing: Listing, by_id: int, at: datetime) -> str:
    listings.end(listing_id=listing.pk, by_id=by_id, at=at)
    SellerNumber.objects.filter(variant__listing=listing).delete()
    GoodsNumber.objects.filter(listing=listing).delete()
    return _("Ended: it had been put on sale, so its record stays.")


def _restore(
    goods_import: GoodsImport,
    listing: Listing,
    variants: dict[int, Variant],
    rows: Sequence[ImportRow],
    at: datetime,
) -> str:
    by_id = goods_import.by_id
    changed = [row for row in rows if "before" in row.undo]
    if changed:
        words = _goods(changed[0].undo["before"])
        listings.edit(
            listing_id=listing.pk,
            by_id=by_id,
            category_id=words.shelf or listing.category_id,
            title=words.title or "",
            description=words.description or "",
            at=at,
        )
    note = _restore_choices(listing, variants, rows, by_id=by_id, at=at)
    took = [row.variant_id for row in rows if row.undo.get("took_number")]
    SellerNumber.objects.filter(variant__in=took).delete()
    if any(row.undo.get("took_goods") for row in rows):
        GoodsNumber.objects.filter(listing=listing).delete()
    return note


def _restore_choices(
    listing: Listing,
    variants: dict[int, Variant],
    rows: Sequence[ImportRow],
    *,
    by_id: int,
    at: datetime,
) -> str:
    is_draft = listing.state == ListingState.DRAFT
    note = ""
    back = []
    for row in rows:
        variant = variants.pop(row.variant_id or 0)
        if "before" in row.undo:
            before, after = _goods(row.undo["before"]), _goods(row.undo["after"])
            # By the difference: what was sold since is not put back on the shelf.
            stock = max(variant.on_hand + (before.stock or 0) - (after.stock or 0), 0)
            goods = replace(before, stock=stock)
            back.append(as_row(goods, variant=variant, seen=variant.on_hand))
        elif not is_draft:
            # A choice that was on sale has its place in the record; without stock nobody buys it.
            empty = replace(goods_of(variant), stock=0)
            back.append(as_row(empty, variant=variant, seen=variant.on_hand))
            note = _("A choice that was added stays with a stock of zero.")
        else:
            row.variant_id = None
    if is_draft:
        # What is not named goes.
        back += [as_it_is(variant) for variant in variants.values()]
    listings.set_variants(listing_id=listing.pk, by_id=by_id, rows=back, at=at)
    return note


def _goods(kept: dict[str, object]) -> Goods:
    values = {**kept, "photos": None}
    return Goods(**values)  # type: ignore[arg-type]
