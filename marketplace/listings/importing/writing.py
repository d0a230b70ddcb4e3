"""Planned rows become goods: new ones in bulk, changed ones through the services one by one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from marketplace.errors import MarketplaceError
from marketplace.listings.importing.planning import GONE, GroupPlan, Planner, RowPlan, goods_of
from marketplace.listings.importing.resource import Goods
from marketplace.listings.models import (
    GoodsImport,
    GoodsNumber,
    Listing,
    ListingState,
    SellerNumber,
    Variant,
)
from marketplace.listings.services import drafts, locks
from marketplace.listings.services import listing as listings
from marketplace.listings.services.listing import VariantRow


def write(
    *, goods_import: GoodsImport, groups: Sequence[GroupPlan], planner: Planner, at: datetime
) -> None:
    """Write all right rows of whole groups and note in each what undoing it needs.

    A group that the services refuse gets their sentence; the others are written all the same.
    Needs a transaction.
    """
    new = [group for group in groups if group.listing is None and group.right()]
    changed = [
        (group.listing, group)
        for group in groups
        if group.listing is not None and _does_something(group)
    ]
    locks.whole(listing_ids=[listing.pk for listing, _group in changed])
    _write_new(goods_import, new, at)
    for listing, group in changed:
        try:
            with transaction.atomic():
                _write_changed(goods_import, group, listing, at)
        except MarketplaceError as error:
            for plan in group.right():
                plan.wrong.append(("goods" if "goods" in planner.heads else "sku", error.reason))


def _does_something(group: GroupPlan) -> bool:
    acts = any(plan.variant is None or plan.changes or plan.takes_number for plan in group.right())
    return bool(group.right()) and (acts or group.takes_number)


def _write_new(goods_import: GoodsImport, groups: Sequence[GroupPlan], at: datetime) -> None:
    if not groups:
        return
    asked = [
        drafts.Draft(
            key=uuid.uuid5(goods_import.key, str(group.rows[0].row.group_no)),
            category_id=group.right()[0].after.shelf or 0,
            title=group.right()[0].after.title or "",
            description=group.right()[0].after.description or "",
            choices=tuple(_as_row(plan) for plan in group.right()),
        )
        for group in groups
    ]
    made = drafts.create_drafts(
        shop_id=goods_import.shop_id, by_id=goods_import.by_id, drafts=asked, at=at
    )
    _free_numbers(goods_import.shop_id, groups)
    numbers: list[SellerNumber] = []
    goods_numbers: list[GoodsNumber] = []
    for group, (listing, variants) in zip(groups, made, strict=True):
        plans = group.right()
        code = plans[0].said.goods
        if code:
            goods_numbers.append(GoodsNumber(shop_id=listing.shop_id, listing=listing, code=code))
        for plan, variant in zip(plans, variants, strict=True):
            numbers.append(
                SellerNumber(shop_id=listing.shop_id, variant=variant, code=plan.said.sku or "")
            )
            _note(plan, listing, variant, new_listing=True)
    SellerNumber.objects.bulk_create(numbers)
    GoodsNumber.objects.bulk_create(goods_numbers)


def _free_numbers(shop_id: int, groups: Sequence[GroupPlan]) -> None:
    """Let go of numbers that ended goods still hold: their seller uses them for others now."""
    skus = [plan.said.sku for group in groups for plan in group.right()]
    codes = [plan.said.goods for group in groups for plan in group.right() if plan.said.goods]
    SellerNumber.objects.filter(
        shop_id=shop_id, code__in=skus, variant__listing__state__in=GONE
    ).delete()
    GoodsNumber.objects.filter(shop_id=shop_id, code__in=codes, listing__state__in=GONE).delete()


def _write_changed(
    goods_import: GoodsImport, group: GroupPlan, listing: Listing, at: datetime
) -> None:
    by_id = goods_import.by_id
    plans = group.right()
    words = plans[0].after
    wanted = (words.shelf, words.title, words.description or "")
    if wanted != (listing.category_id, listing.title, listing.description):
        listings.edit(
            listing_id=listing.pk,
            by_id=by_id,
            category_id=words.shelf or listing.category_id,
            title=words.title or listing.title,
            description=words.description or "",
            at=at,
        )
    touched = [plan for plan in plans if plan.variant is None or plan.changes]
    if touched:
        rows = [_as_row(plan) for plan in touched]
        if listing.state == ListingState.DRAFT:
            # A draft's rows are the whole truth: name the choices that stay as they are, too.
            mine = {plan.variant.pk for plan in touched if plan.variant is not None}
            rows += [as_it_is(v) for v in variants_of(listing) if v.pk not in mine]
        listings.set_variants(listing_id=listing.pk, by_id=by_id, rows=rows, at=at)
    _take_numbers(goods_import, group, listing)


def _take_numbers(goods_import: GoodsImport, group: GroupPlan, listing: Listing) -> None:
    by_name = {variant.name: variant for variant in listing.variants.all()}
    plans = group.right()
    fresh = [plan for plan in plans if plan.variant is None or plan.takes_number]
    _free_numbers(goods_import.shop_id, [GroupPlan(None, fresh)])
    numbers = []
    for plan in plans:
        variant = plan.variant or by_name[plan.after.choice or ""]
        takes = plan.variant is None or plan.takes_number
        if takes:
            numbers.append(
                SellerNumber(
                    shop_id=goods_import.shop_id, variant=variant, code=plan.said.sku or ""
                )
            )
        _note(plan, listing, variant, took_number=takes, took_goods=group.takes_number)
    SellerNumber.objects.bulk_create(numbers)
    if group.takes_number:
        code = next(plan.said.goods for plan in plans if plan.said.goods)
        GoodsNumber.objects.create(shop_id=goods_import.shop_id, listing=listing, code=code)


def _note(plan: RowPlan, listing: Listing, variant: Variant, **facts: bool) -> None:
    """Keep in the row what it wrote where, and what was there before."""
    plan.row.listing_id, plan.row.variant_id = listing.pk, variant.pk
    undo: dict[str, Any] = {name: True for name, fact in facts.items() if fact}
    undo["after"] = asdict(plan.after)
    if plan.variant is None:
        undo["new_choice"] = True
    else:
        undo["before"] = asdict(plan.before)
    plan.row.undo = undo


def _as_row(plan: RowPlan) -> VariantRow:
    before, after = plan.before, plan.after
    return as_row(after, variant=plan.variant, seen=before.stock or 0)


def as_row(goods: Goods, *, variant: Variant | None, seen: int) -> VariantRow:
    """Return a choice as `set_variants` takes it; `seen` is the stock the change starts from."""
    return VariantRow(
        name=goods.choice or "",
        price_minor=goods.price or 0,
        on_hand=goods.stock or 0,
        variant_id=variant.pk if variant is not None else None,
        seen_on_hand=seen,
        tiers=goods.ladder(),
        least_quantity=goods.least,
        low_stock_at=goods.low_stock,
    )


def as_it_is(variant: Variant) -> VariantRow:
    """Return a choice as the row that changes nothing of it."""
    return as_row(goods_of(variant), variant=variant, seen=variant.on_hand)


def variants_of(listing: Listing) -> list[Variant]:
    """Return a listing's choices with their price ladders."""
    found = list(listing.variants.prefetch_related("tiers").order_by("pk"))
    for variant in found:
        variant.listing = listing
    return found
