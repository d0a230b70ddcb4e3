"""Stock kept for checkouts, sold, given back.

Two rules make this safe. A variant's counters change in one conditional UPDATE that also tests
that listing and shop may sell. A reservation row changes only while its variant's row is locked,
and variants are locked in primary-key order; so no two calls can wait for each other.

Call `reserve`, `commit` or `release` once per transaction with everything it needs: two calls in
one transaction lock in the order of the calls, and that order must then be ascending over both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.errors import BadInput, KeyReused, SoldOut, WrongState
from marketplace.listings.models import Listing, Reservation, ReservationState, Variant
from marketplace.outbox import services as outbox

_BATCH = 200


@transaction.atomic
def reserve(*, ref: str, demand: Mapping[int, int], due_at: datetime, at: datetime) -> None:
    """Keep units (variant id → quantity) for `ref` until `due_at`.

    Reservations past their due time count as free at once, whether or not anybody swept.
    Safe to repeat with the same demand. Raises SoldOut naming every short item (nothing is
    kept then), KeyReused when `ref` holds other goods, WrongState when it was given back.
    """
    if not demand or min(demand.values()) < 1:
        raise BadInput(_("Choose at least one piece."))
    wanted = dict(sorted(demand.items()))
    if not _enter(ref, wanted, due_at):
        return
    short = [pk for pk, quantity in wanted.items() if not _keep(pk, quantity, at)]
    if short:
        raise SoldOut(_why_short(short, wanted))


@transaction.atomic
def commit(*, ref: str, at: datetime) -> None:
    """Turn what `ref` keeps into sold units.

    A reservation whose time ran out still counts while nobody took the units; if somebody
    did, the units are taken again where there are any. Safe to repeat.
    Raises SoldOut when units are gone or listing or shop may not sell any more, WrongState
    when `ref` never reserved anything.
    """
    reservations = _locked_with_variants(ref)
    if not reservations:
        raise WrongState(_("Nothing was reserved for this order."))
    open_ones = [r for r in reservations if r.state != ReservationState.SOLD]
    wanted = {r.variant_id: r.quantity for r in open_ones}
    short = [r.variant_id for r in open_ones if not _sell(r, at)]
    if short:
        raise SoldOut(_why_short(short, wanted))
    _mark(open_ones, ReservationState.SOLD, at)


@transaction.atomic
def release(*, ref: str, at: datetime) -> None:
    """Give back what `ref` keeps. Sold units stay sold. Safe to repeat, also for unknown refs."""
    held = [r for r in _locked_with_variants(ref) if r.state == ReservationState.HELD]
    _give_back(held, at)


@transaction.atomic
def release_expired(*, at: datetime) -> int:
    """Give back reservations past their due time, a batch at most; return how many.

    Tidies the shown counts only: `reserve` does not depend on it.
    """
    due = Reservation.objects.filter(state=ReservationState.HELD, due_at__lte=at)
    variant_ids = sorted(set(due.order_by("due_at").values_list("variant_id", flat=True)[:_BATCH]))
    _lock(variant_ids)
    expired = list(due.filter(variant_id__in=variant_ids).order_by("variant_id", "pk"))
    _give_back(expired, at)
    return len(expired)


@transaction.atomic
def change_on_hand(*, variant_id: int, seen: int, wanted: int, by_id: int, at: datetime) -> None:
    """Correct the counted stock by the difference between what the seller saw and typed.

    A difference, so that units sold while the form was open are not put back on the shelf.
    Raises BadInput when fewer would remain than open checkouts keep.
    """
    change = wanted - seen
    if not change:
        return
    variants = Variant.objects.filter(pk=variant_id, on_hand__gte=F("reserved") - change)
    if not variants.update(on_hand=F("on_hand") + change):
        raise BadInput(
            _("Some of these pieces have just been sold or are in a checkout; count again."),
            field="on_hand",
        )
    outbox.record(
        action="variant.counted",
        actor=f"user:{by_id}",
        subject=f"variant:{variant_id}",
        data={"change": change},
        at=at,
    )


def _enter(ref: str, wanted: Mapping[int, int], due_at: datetime) -> bool:
    """Write the reservation rows first; False when they were there: a repeated call."""
    found = set(Variant.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if found != set(wanted):
        raise SoldOut(_("Some of these goods are no longer offered."))
    before = dict(Reservation.objects.filter(ref=ref).values_list("variant_id", "quantity"))
    if not before:
        rows = [
            Reservation(ref=ref, variant_id=pk, quantity=quantity, due_at=due_at)
            for pk, quantity in wanted.items()
        ]
        try:
            with transaction.atomic():
                Reservation.objects.bulk_create(rows)
        except IntegrityError:
            # A twin call wrote the same ref first; we waited for it, holding no variant.
            return _enter(ref, wanted, due_at)
        return True
    if before != wanted:
        raise KeyReused(_("This order already keeps other goods."))
    states = Reservation.objects.filter(ref=ref).values_list("state", flat=True)
    if ReservationState.RELEASED in states:
        raise WrongState(_("The time to pay is over and the goods went back on sale."))
    return False


def _may_sell() -> Exists:
    return Exists(Listing.objects.live().filter(pk=OuterRef("listing_id")))


def _if_free(variant_id: int, quantity: int) -> QuerySet[Variant]:
    variants = Variant.objects.filter(_may_sell(), pk=variant_id)
    return variants.filter(on_hand__gte=F("reserved") + quantity)


def _keep(variant_id: int, quantity: int, at: datetime) -> bool:
    """The one conditional UPDATE; when it finds too few, expired reservations are freed first."""
    take = {"reserved": F("reserved") + quantity}
    if _if_free(variant_id, quantity).update(**take):
        return True
    return _free_expired(variant_id, at) and bool(_if_free(variant_id, quantity).update(**take))


def _sell(reservation: Reservation, at: datetime) -> bool:
    quantity, pk = reservation.quantity, reservation.variant_id
    take = {"on_hand": F("on_hand") - quantity, "sold": F("sold") + quantity}
    if reservation.state == ReservationState.HELD:
        kept = Variant.objects.filter(_may_sell(), pk=pk)
        return bool(kept.update(**take, reserved=F("reserved") - quantity))
    if _if_free(pk, quantity).update(**take):
        return True
    return _free_expired(pk, at) and bool(_if_free(pk, quantity).update(**take))


def _free_expired(variant_id: int, at: datetime) -> bool:
    """Give back this variant's expired reservations; True when there were any."""
    _lock([variant_id])
    expired = list(
        Reservation.objects.filter(
            variant_id=variant_id, state=ReservationState.HELD, due_at__lte=at
        )
    )
    _give_back(expired, at)
    return bool(expired)


def _lock(variant_ids: Iterable[int]) -> None:
    """Lock variants in primary-key order; NO KEY leaves new reservations' key checks free."""
    variants = Variant.objects.filter(pk__in=variant_ids).order_by("pk")
    list(variants.select_for_update(no_key=True).values_list("pk"))


def _locked_with_variants(ref: str) -> list[Reservation]:
    """Return the reservations of `ref` as they stand once their variants are locked.

    A statement of its own waits for the locks; whatever comes after sees listing, shop and
    reservations as they are then. A waiting UPDATE would judge by what was before the wait.
    """
    mine = Reservation.objects.filter(ref=ref).order_by("variant_id")
    _lock(mine.values_list("variant_id", flat=True))
    return list(mine)


def _give_back(reservations: Sequence[Reservation], at: datetime) -> None:
    """Needs the variants' locks."""
    _mark(reservations, ReservationState.RELEASED, at)
    units: dict[int, int] = {}
    for reservation in reservations:
        units[reservation.variant_id] = units.get(reservation.variant_id, 0) + reservation.quantity
    for pk, quantity in sorted(units.items()):
        Variant.objects.filter(pk=pk).update(reserved=F("reserved") - quantity)


def _mark(reservations: Sequence[Reservation], state: ReservationState, at: datetime) -> None:
    if reservations:
        rows = Reservation.objects.filter(pk__in=[r.pk for r in reservations])
        rows.update(state=state, closed_at=at)


def _unsellable(variant_ids: Iterable[int]) -> list[int]:
    refused = Variant.objects.filter(~_may_sell(), pk__in=variant_ids)
    return list(refused.order_by("pk").values_list("pk", flat=True))


def _why_short(variant_ids: Sequence[int], wanted: Mapping[int, int]) -> str:
    """Name every item that cannot be had, in words for the buyer."""
    refused = set(_unsellable(variant_ids))
    variants = Variant.objects.filter(pk__in=variant_ids).select_related("listing").order_by("pk")
    return " ".join(_sentence(v, wanted[v.pk], refused=v.pk in refused) for v in variants)


def _sentence(variant: Variant, wanted: int, *, refused: bool) -> str:
    goods = variant.listing.title + (f" ({variant.name})" if variant.name else "")
    if refused:
        return _("“%(goods)s” may not be sold any more.") % {"goods": goods}
    if variant.free < 1:
        return _("“%(goods)s” is sold out.") % {"goods": goods}
    return ngettext(
        "Only %(left)d piece of “%(goods)s” is left; you asked for %(wanted)d.",
        "Only %(left)d pieces of “%(goods)s” are left; you asked for %(wanted)d.",
        variant.free,
    ) % {"left": variant.free, "goods": goods, "wanted": wanted}
