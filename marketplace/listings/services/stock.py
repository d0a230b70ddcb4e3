"""Stock kept for checkouts, sold, given back.

Two rules make this safe. Variants' counters change in one conditional UPDATE that also tests that
listing and shop may sell. Before it, and before a reservation row changes, the variants' rows are
locked in primary-key order; so no two calls can wait for each other.

Call `reserve`, `commit` or `release` once per transaction with everything it needs: two calls in
one transaction lock in the order of the calls, and that order must then be ascending over both.
Each call takes the same number of statements for one line as for a thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.errors import BadInput, KeyReused, SoldOut, WrongState
from marketplace.listings.models import (
    Listing,
    ListingState,
    Reservation,
    ReservationState,
    Variant,
)
from marketplace.listings.services import search
from marketplace.outbox import services as outbox
from marketplace.shops.models import ShopState

_BATCH = 200


@transaction.atomic
def reserve(*, ref: str, demand: Mapping[int, int], due_at: datetime, at: datetime) -> None:
    """Keep units (variant id → quantity) for `ref` until `due_at`.

    Reservations past their due time count as free at once, whether or not anybody swept.
    Safe to repeat with the same demand. Raises SoldOut naming every short item (nothing is
    kept then), KeyReused when `ref` holds other goods, WrongState when it was given back.
    """
    reserve_all(demands={ref: demand}, due_at=due_at, at=at)


@transaction.atomic(savepoint=False)
def reserve_all(
    *, demands: Mapping[str, Mapping[int, int]], due_at: datetime, at: datetime
) -> None:
    """Keep units for several refs at once, all or nothing; else as `reserve`.

    What it raises ends the caller's transaction with it.
    """
    if not demands or any(not demand or min(demand.values()) < 1 for demand in demands.values()):
        raise BadInput(_("Choose at least one piece."))
    fresh = _enter(demands, due_at)
    wanted = _summed((pk, units) for ref in fresh for pk, units in demands[ref].items())
    if not wanted:
        return
    if _lock(wanted) != len(wanted):
        raise SoldOut(_("Some of these goods are no longer offered."))
    short = _take([(pk, 0, units) for pk, units in wanted.items()], at)
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
    commit_all(refs=[ref], at=at)


@transaction.atomic
def commit_all(*, refs: Collection[str], at: datetime) -> None:
    """Turn what several refs keep into sold units, all or nothing; else as `commit`."""
    reservations = _locked_with_variants(refs)
    if {r.ref for r in reservations} != set(refs):
        raise WrongState(_("Nothing was reserved for this order."))
    open_ones = [r for r in reservations if r.state != ReservationState.SOLD]
    if not open_ones:
        return
    wanted = _summed((r.variant_id, r.quantity) for r in open_ones)
    kept = _summed(
        (r.variant_id, r.quantity) for r in open_ones if r.state == ReservationState.HELD
    )
    short = _take([(pk, units, -kept.get(pk, 0)) for pk, units in wanted.items()], at)
    if short:
        raise SoldOut(_why_short(short, wanted))
    _mark(open_ones, ReservationState.SOLD, at)


@transaction.atomic
def release(*, ref: str, at: datetime) -> None:
    """Give back what `ref` keeps. Sold units stay sold. Safe to repeat, also for unknown refs."""
    held = [r for r in _locked_with_variants([ref]) if r.state == ReservationState.HELD]
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


def _enter(demands: Mapping[str, Mapping[int, int]], due_at: datetime) -> list[str]:
    """Write the reservation rows first; return the refs that were not there: the others repeat."""
    rows = [
        (ref, pk, quantity)
        for ref, demand in demands.items()
        for pk, quantity in sorted(demand.items())
    ]
    refs, variants, quantities = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_ENTER, [ReservationState.HELD, due_at, refs, variants, quantities])
        entered = Counter(ref for (ref,) in cursor.fetchall())
    # A twin that keeps other goods under the same ref leaves only a part of it to be entered.
    repeated = [ref for ref, demand in demands.items() if entered[ref] < len(demand)]
    if repeated:
        _refuse_other(demands, repeated, entered)
    return list(entered)


def _refuse_other(
    demands: Mapping[str, Mapping[int, int]], repeated: Collection[str], entered: Collection[str]
) -> None:
    """Raise when refs that were entered before ask for other goods now, or were given back."""
    before: dict[str, dict[int, int]] = {}
    for row in Reservation.objects.filter(ref__in=repeated):
        if row.state == ReservationState.RELEASED:
            raise WrongState(_("The time to pay is over and the goods went back on sale."))
        before.setdefault(row.ref, {})[row.variant_id] = row.quantity
    if any(dict(demands[ref]) != before.get(ref) or ref in entered for ref in repeated):
        raise KeyReused(_("This order already keeps other goods."))


def _may_sell() -> Exists:
    return Exists(Listing.objects.live().filter(pk=OuterRef("listing_id")))


# What changes, in one statement: units leave the shelf as sold, units are kept or not kept any
# more. The listing may sell as in ListingQuerySet.live.
_TAKE = """
    UPDATE listings_variant AS variant
    SET on_hand = variant.on_hand - change.sold,
        sold = variant.sold + change.sold,
        reserved = variant.reserved + change.kept
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS change (id, sold, kept),
        listings_listing AS listing, shops_shop AS shop
    WHERE variant.id = change.id
        AND variant.on_hand - change.sold >= variant.reserved + change.kept
        AND listing.id = variant.listing_id AND listing.state = %s
        AND shop.id = listing.shop_id AND shop.state = %s
    RETURNING variant.id, variant.listing_id,
        change.sold + change.kept > 0 AND variant.on_hand = variant.reserved
"""
# A ref that has rows gets no more. A twin call that is writing the same ref is waited for, while
# no variant is held.
_ENTER = """
    INSERT INTO listings_reservation (ref, variant_id, quantity, state, due_at)
    SELECT asked.ref, asked.variant_id, asked.quantity, %s, %s
    FROM unnest(%s::varchar[], %s::bigint[], %s::bigint[]) AS asked (ref, variant_id, quantity)
    WHERE NOT EXISTS (SELECT FROM listings_reservation AS kept WHERE kept.ref = asked.ref)
    ON CONFLICT DO NOTHING
    RETURNING ref
"""
_LOCK = "SELECT id FROM listings_variant WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_LOCK_KEPT = """
    SELECT id FROM listings_variant
    WHERE id IN (SELECT variant_id FROM listings_reservation WHERE ref = ANY(%s))
    ORDER BY id FOR NO KEY UPDATE
"""
_GIVE_BACK = """
    UPDATE listings_variant AS variant SET reserved = variant.reserved - change.units
    FROM unnest(%s::bigint[], %s::bigint[]) AS change (id, units)
    WHERE variant.id = change.id
    RETURNING variant.listing_id, variant.on_hand - variant.reserved = change.units
"""


def _take(changes: Sequence[tuple[int, int, int]], at: datetime) -> list[int]:
    """Change locked variants (id, units sold, units kept); return the ids that are too short.

    When some are, what expired reservations keep of them is freed, and they are tried again.
    """
    short = _try_to_take(changes, at)
    if not short or not _free_expired(short, at):
        return short
    return _try_to_take([change for change in changes if change[0] in short], at)


def _try_to_take(changes: Sequence[tuple[int, int, int]], at: datetime) -> list[int]:
    ids, sold, kept = (list(column) for column in zip(*changes, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [ids, sold, kept, ListingState.LIVE, ShopState.APPROVED])
        found = cursor.fetchall()
    _tell_search((listing_id for _pk, listing_id, is_last in found if is_last), at)
    taken = {row[0] for row in found}
    return [pk for pk in ids if pk not in taken]


def _summed(parts: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return the sum of units by variant, in primary-key order."""
    units: dict[int, int] = {}
    for pk, quantity in parts:
        units[pk] = units.get(pk, 0) + quantity
    return dict(sorted(units.items()))


def _free_expired(variant_ids: Collection[int], at: datetime) -> bool:
    """Give back locked variants' expired reservations; True when there were any."""
    expired = list(
        Reservation.objects.filter(
            variant_id__in=variant_ids, state=ReservationState.HELD, due_at__lte=at
        )
    )
    _give_back(expired, at)
    return bool(expired)


def _lock(variant_ids: Iterable[int]) -> int:
    """Lock variants in primary-key order; NO KEY leaves new reservations' key checks free."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(variant_ids)])
        return int(cursor.rowcount)


def _locked_with_variants(refs: Collection[str]) -> list[Reservation]:
    """Return the reservations of `refs` as they stand once their variants are locked.

    A statement of its own waits for the locks; whatever comes after sees listing, shop and
    reservations as they are then. A waiting UPDATE would judge by what was before the wait.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_KEPT, [list(refs)])
    return list(Reservation.objects.filter(ref__in=refs).order_by("variant_id", "pk"))


def _give_back(reservations: Sequence[Reservation], at: datetime) -> None:
    """Needs the variants' locks."""
    if not reservations:
        return
    _mark(reservations, ReservationState.RELEASED, at)
    units = _summed((r.variant_id, r.quantity) for r in reservations)
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [list(units), list(units.values())])
        found = cursor.fetchall()
    _tell_search((listing_id for listing_id, is_first in found if is_first), at)


def _tell_search(listing_ids: Iterable[int], at: datetime) -> None:
    """Renew search rows of goods whose choice has just lost its last piece, or has one again.

    Needs the variants' locks: search rows are locked after them, so that of two who take the
    last two choices of one listing the second sees what the first did.
    """
    changed = sorted(set(listing_ids))
    if changed:
        search.refresh(listing_ids=changed, at=at)


def _mark(reservations: Sequence[Reservation], state: ReservationState, at: datetime) -> None:
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
