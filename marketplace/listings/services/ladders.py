"""Price ladders of choices: less for many, the smallest order, when stock counts as low."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.listings import rules
from marketplace.listings.models import Listing, PriceTier, Variant


def refuse_wrong(*, price_minor: int, least: int | None, tiers: Sequence[tuple[int, int]]) -> None:
    """Raise BadInput for a ladder that does not fall as quantities rise."""
    wrong = rules.wrong_ladder(price_minor=price_minor, least=least or 1, tiers=tiers)
    if wrong == "quantity":
        raise BadInput(
            _("Each step of the price ladder needs more pieces than the one before."), "tiers"
        )
    if wrong == "price":
        raise BadInput(
            _("Each step of the price ladder must cost less a piece than the one before."), "tiers"
        )


def write(
    *, variant_id: int, tiers: Sequence[tuple[int, int]], least: int, low_stock_at: int | None
) -> None:
    """Replace a choice's ladder, given as (from so many pieces, price each in minor units).

    Its listing is locked by the caller; needs a transaction.
    """
    kept = {"least_quantity": least}
    if low_stock_at is not None:
        kept["low_stock_at"] = low_stock_at
    Variant.objects.filter(pk=variant_id).update(**kept)
    present = PriceTier.objects.filter(variant_id=variant_id)
    if list(present.values_list("from_quantity", "price_minor")) == list(tiers):
        return
    present.delete()
    PriceTier.objects.bulk_create(
        PriceTier(variant_id=variant_id, from_quantity=quantity, price_minor=price_minor)
        for quantity, price_minor in tiers
    )


def leave_only(*, listing: Listing, rows: Mapping[str, int]) -> None:
    """Leave a locked draft with these choices alone: name → pieces in stock; none: all stay."""
    if not rows:
        return
    for variant in listing.variants.order_by("pk"):
        if variant.name not in rows:
            variant.delete()
        elif variant.on_hand != rows[variant.name]:
            Variant.objects.filter(pk=variant.pk).update(on_hand=rows[variant.name])
