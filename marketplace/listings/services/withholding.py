"""Withholding many listings for one source at once, and giving them back, in few statements.

What `listing.withhold` and `listing.lift` do for one listing, for up to some hundreds of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from marketplace.errors import WrongState
from marketplace.listings import rules
from marketplace.listings.models import Listing, ListingState, Withholding
from marketplace.listings.services import search
from marketplace.outbox import services as outbox


@transaction.atomic
def withhold_all(*, statements: Mapping[int, int], source: str, at: datetime) -> list[int]:
    """Keep listings from view for one source; `statements`: listing id → its statement's id.

    Returns the listings that this call withheld. Safe to repeat: what the source withholds
    already is left alone. Drafts and ended listings note the source and keep their state.
    Raises WrongState when this source was lifted from one of them before.
    """
    goods = _locked(statements)
    there = Withholding.objects.filter(listing__in=goods, source=source)
    known = dict(there.values_list("listing_id", "lifted_at"))
    if any(lifted is not None for lifted in known.values()):
        raise WrongState(_("This withholding was lifted; withholding again needs a new source."))
    new = [one for one in goods if one.pk not in known]
    Withholding.objects.bulk_create(
        Withholding(listing=one, source=source, statement_id=statements[one.pk], since=at)
        for one in new
    )
    shown = [one.pk for one in new if one.state == ListingState.LIVE]
    leaving = [one for one in new if rules.may_move(one.state, ListingState.WITHHELD)]
    _move(leaving, ListingState.WITHHELD, at=at)
    search.drop(listing_ids=shown)
    _emit("listing.withheld", new, source=source, at=at)
    return [one.pk for one in new]


@transaction.atomic
def lift_all(*, listing_ids: Collection[int], source: str, at: datetime) -> list[int]:
    """Lift one source from listings; return those that it withheld. Safe to repeat.

    A listing that nothing else withholds returns: on sale when its content passed the check, else
    to that check.
    """
    goods = _locked(listing_ids)
    active = Withholding.objects.filter(listing__in=goods, lifted_at=None)
    mine = active.filter(source=source)
    held = set(mine.values_list("listing_id", flat=True))
    mine.update(lifted_at=at)
    others = set(active.values_list("listing_id", flat=True))
    lifted = [one for one in goods if one.pk in held]
    back = [one for one in lifted if one.state == ListingState.WITHHELD and one.pk not in others]
    live = [one for one in back if one.content_version == one.checked_version]
    _move([one for one in back if one not in live], ListingState.PENDING, at=at)
    _move(live, ListingState.LIVE, at=at)
    # The first time on sale stays, as for a listing that returns alone.
    ids = [one.pk for one in live]
    first = Coalesce(F("published_at"), at)
    Listing.objects.filter(pk__in=ids).update(published_at=first)
    search.index(listing_ids=ids, at=at)
    _emit("listing.lifted", lifted, source=source, at=at)
    return [one.pk for one in lifted]


def _locked(listing_ids: Iterable[int]) -> list[Listing]:
    rows = Listing.objects.filter(pk__in=list(listing_ids)).order_by("pk")
    return list(rows.select_for_update(no_key=True))


def _move(goods: Sequence[Listing], state: ListingState, *, at: datetime) -> None:
    if not goods:
        return
    facts = {one.ref: {"before": str(one.state), "after": str(state)} for one in goods}
    Listing.objects.filter(pk__in=[one.pk for one in goods]).update(state=state)
    for one in goods:
        one.state = state
    outbox.record_all(action="listing.moved", actor="system", facts=facts, at=at)


def _emit(name: str, goods: Sequence[Listing], *, source: str, at: datetime) -> None:
    if not goods:
        return
    facts = {
        one.ref: {
            "shop_id": one.shop_id,
            "listing_id": one.pk,
            "content_version": one.content_version,
            "state": str(one.state),
            "source": source,
        }
        for one in goods
    }
    outbox.emit_all(name, facts=facts, at=at)
