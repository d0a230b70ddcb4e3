"""A listing's life: drafted, posted, checked and published, edited, withheld, lifted, ended."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, WrongState
from marketplace.listings import rules
from marketplace.listings.models import Listing, ListingState, Variant, Withholding
from marketplace.listings.services import ladders, search, stock, tries
from marketplace.listings.services.versions import keep_version
from marketplace.outbox import services as outbox
from marketplace.prepared import Given, Prepared
from marketplace.shops.models import Shop, ShopState
from marketplace.shops.queries import require
from marketplace.shops.rules import Act


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One choice as the seller typed it; `seen_on_hand` is what the form showed before.

    `tiers` are (from so many pieces, price each); None leaves them, and the two after them, as
    they are.
    """

    name: str
    price_minor: int
    on_hand: int
    variant_id: int | None = None
    seen_on_hand: int = 0
    tiers: tuple[tuple[int, int], ...] | None = None
    least_quantity: int | None = None
    low_stock_at: int | None = None


@transaction.atomic
def create_draft(
    *,
    shop_id: int,
    by_id: int,
    category_id: int,
    title: str,
    description: str,
    key: uuid.UUID | None = None,
    at: datetime,
) -> Listing:
    """Start a listing that nobody sees yet. With a `key`, repeating returns the same draft.

    Raises NotAllowed for whoever may not edit the shop's goods.
    """
    _check_may_edit(shop_id, by_id)
    made = {
        "shop_id": shop_id,
        "category_id": category_id,
        "title": title.strip(),
        "description": description.strip(),
        "created_at": at,
    }
    if key is None:
        return Listing.objects.create(**made)
    listing, _created = Listing.objects.get_or_create(draft_key=key, defaults=made)
    _check_may_edit(listing.shop_id, by_id)
    return listing


@transaction.atomic
def edit(
    *, listing_id: int, by_id: int, category_id: int, title: str, description: str, at: datetime
) -> Listing:
    """Change words or category. A changed listing on sale waits for a new check first.

    Raises WrongState when ended, NotAllowed for a stranger.
    """
    listing = locked_for(listing_id=listing_id, by_id=by_id)
    after = (category_id, title.strip(), description.strip())
    if after == (listing.category_id, listing.title, listing.description):
        return listing
    listing.category_id, listing.title, listing.description = after
    listing.save(update_fields=["category", "title", "description"])
    content_changed(listing=listing, by_id=by_id, at=at)
    return listing


@transaction.atomic
def set_variants(*, listing_id: int, by_id: int, rows: Sequence[VariantRow], at: datetime) -> None:
    """Write prices, stock and names of choices; rows without an id are new choices.

    Prices and their ladders (minor units of the shop's currency) and stock change at once. A new
    or renamed choice is content that buyers read, so it is checked first like an edit.
    In a draft, which nobody buys, the rows are the whole truth: other choices go, and stock is
    what the row says.
    Raises BadInput for a name used twice, a foreign choice, a ladder that does not fall, or
    impossible stock.
    """
    listing = locked_for(listing_id=listing_id, by_id=by_id)
    mine = {v.pk: v for v in listing.variants.order_by("pk")}
    _check_rows(mine, rows)
    # Primary-key order, as every lock on variants is taken.
    in_order = sorted(rows, key=lambda row: row.variant_id or 0)
    try:
        with transaction.atomic():
            changed = [_write_variant(listing, mine, row) for row in in_order]
    except IntegrityError as error:
        raise BadInput(_("Two choices have the same name."), field="name") from error
    if listing.state == ListingState.DRAFT:
        ladders.leave_only(listing=listing, rows={row.name.strip(): row.on_hand for row in rows})
        return
    for row in in_order:
        if row.variant_id is not None:
            stock.change_on_hand(
                variant_id=row.variant_id,
                seen=row.seen_on_hand,
                wanted=row.on_hand,
                by_id=by_id,
                at=at,
            )
    if any(changed):
        content_changed(listing=listing, by_id=by_id, at=at)
    search.refresh(listing_ids=[listing_id], at=at)


@transaction.atomic
def count_stock(
    *, listing_id: int, counts: Mapping[int, tuple[int, int]], by_id: int, at: datetime
) -> None:
    """Correct the stock of choices: variant id → (pieces seen, pieces counted). Prices stay.

    Raises NotAllowed for whoever may not count here, WrongState when the listing ended,
    BadInput for a foreign choice or pieces that open checkouts keep.
    """
    listing = _locked(listing_id)
    require(user_id=by_id, shop_id=listing.shop_id, act=Act.COUNT_STOCK)
    _refuse_ended(listing)
    if not set(counts) <= set(listing.variants.values_list("pk", flat=True)):
        raise BadInput(_("This choice belongs to another listing."))
    for variant_id, (seen, counted) in sorted(counts.items()):
        stock.change_on_hand(variant_id=variant_id, seen=seen, wanted=counted, by_id=by_id, at=at)
    search.refresh(listing_ids=[listing_id], at=at)


@transaction.atomic
def add_variant(
    *, listing_id: int, name: str, price_minor: int, on_hand: int, at: datetime
) -> Variant:
    """Add one choice to a draft, its price in minor units of the shop's currency.

    Safe to repeat: a choice of that name is returned untouched. Raises WrongState once the
    listing was posted: `set_variants` changes those.
    """
    listing = Listing.objects.select_for_update(no_key=True).get(pk=listing_id)
    if listing.state != ListingState.DRAFT:
        raise WrongState(_("This listing has been posted; edit it instead."))
    variant, created = Variant.objects.get_or_create(
        listing=listing,
        name=name.strip(),
        defaults={"price_minor": price_minor, "on_hand": on_hand},
    )
    if created:
        data = {"variant_id": variant.pk, "price_minor": price_minor, "on_hand": on_hand}
        outbox.record(action="variant.added", actor="system", subject=listing.ref, data=data, at=at)
    return variant


@transaction.atomic
def post(*, listing_id: int, by_id: int, at: datetime) -> Listing:
    """Hand a draft over for the check; once checked it goes on sale. Safe to repeat.

    Raises BadInput when title, price or photo is missing; WrongState when the listing ended
    or its shop is not open.
    """
    listing = locked_for(listing_id=listing_id, by_id=by_id)
    if listing.state != ListingState.DRAFT:
        return listing
    if Shop.objects.get(pk=listing.shop_id).state != ShopState.APPROVED:
        raise WrongState(_("Your shop is not open yet. The draft is kept; post it then."))
    if listing.withholdings.filter(lifted_at=None).exists():
        raise WrongState(_("This listing is withheld; read the reasons and appeal there."))
    _check_ready(listing)
    tries.check_may_post(listing=listing, at=at)
    listing.posted_at = at
    _move(listing, ListingState.PENDING, actor=f"user:{by_id}", at=at)
    listing.save(update_fields=["posted_at"])
    keep_version(listing=listing, at=at)
    _emit("listing.posted", listing, at=at)
    return listing


@transaction.atomic(savepoint=False)
def publish(*, listing_id: int, content_version: int, at: datetime) -> Listing:
    """Note that a content version passed the check, and show it if nothing withholds it.

    A stale version, a draft or an ended listing is left alone; repeating changes nothing.
    A withheld listing stays withheld: lifting the last source brings it on sale. So whoever
    lifts a check's own hold calls this first.
    """
    listing = _locked(listing_id)
    checkable = {ListingState.PENDING, ListingState.LIVE, ListingState.WITHHELD}
    if listing.content_version != content_version or listing.state not in checkable:
        return listing
    listing.checked_version = content_version
    if listing.state == ListingState.PENDING:
        _go_live(listing, "checked_version", actor="system", at=at)
        _emit("listing.published", listing, at=at)
    else:
        listing.save(update_fields=["checked_version"])
    return listing


@transaction.atomic
def end(*, listing_id: int, by_id: int, at: datetime) -> Listing:
    """Take a listing off for good. Open checkouts can no longer pay for it. Safe to repeat."""
    listing = _locked(listing_id)
    _check_may_edit(listing.shop_id, by_id)
    if listing.state != ListingState.ENDED:
        _move(listing, ListingState.ENDED, actor=f"user:{by_id}", at=at)
        _emit("listing.ended", listing, at=at)
    return listing


@transaction.atomic
def withhold(*, listing_id: int, source: str, statement_id: int, at: datetime) -> Withholding:
    """Keep a listing from view for one source (decision:7, scan:9), with its statement.

    Safe to repeat. Drafts and ended listings, which nobody sees, note the source and keep
    their state. Raises WrongState when this very source was lifted before: a new reason to
    withhold is a new source.
    """
    listing = _locked(listing_id)
    row, created = Withholding.objects.get_or_create(
        listing=listing, source=source, defaults={"statement_id": statement_id, "since": at}
    )
    if row.lifted_at is not None:
        raise WrongState(_("This withholding was lifted; withholding again needs a new source."))
    if created:
        if rules.may_move(listing.state, ListingState.WITHHELD):
            _move(listing, ListingState.WITHHELD, actor="system", at=at)
        _emit("listing.withheld", listing, at=at, source=source)
    return row


@transaction.atomic
def lift(*, listing_id: int, source: str, at: datetime) -> Listing:
    """Lift one source; the listing returns when the last one is gone. Safe to repeat.

    It returns on sale when its present content has passed the check (`publish`), else it
    waits for that check; the event's `state` says which.
    """
    listing = _locked(listing_id)
    active = listing.withholdings.filter(lifted_at=None)
    if not active.filter(source=source).update(lifted_at=at):
        return listing
    if listing.state == ListingState.WITHHELD and not active.exists():
        after = rules.state_when_lifted(listing.content_version, listing.checked_version)
        if after == ListingState.LIVE:
            _go_live(listing, actor="system", at=at)
        else:
            _move(listing, ListingState.PENDING, actor="system", at=at)
    _emit("listing.lifted", listing, at=at, source=source)
    return listing


def locked_for(*, listing_id: int, by_id: int) -> Listing:
    """Return the listing, locked, for a person who may change it.

    Raises NotAllowed for a stranger, WrongState when it has ended. Needs a transaction.
    """
    listing = _locked(listing_id)
    _check_may_edit(listing.shop_id, by_id)
    _refuse_ended(listing)
    return listing


def content_changed(*, listing: Listing, by_id: int, at: datetime) -> None:
    """Count a new content version of a locked listing; one on sale goes back to the check.

    A draft's versions are not counted: nobody has checked or seen it.
    """
    if listing.state == ListingState.DRAFT:
        return
    tries.check_may_change(listing=listing, at=at)
    if listing.state == ListingState.LIVE:
        _move(listing, ListingState.PENDING, actor=f"user:{by_id}", at=at)
    listing.content_version += 1
    listing.save(update_fields=["content_version"])
    keep_version(listing=listing, at=at)
    _emit("listing.edited", listing, at=at)


_LOCKED = Prepared(
    lambda: Listing.objects.select_for_update(no_key=True).filter(pk=Given("listing"))
)


def _locked(listing_id: int) -> Listing:
    found = _LOCKED.first(listing=listing_id)
    if found is None:
        raise Listing.DoesNotExist
    return found


def _check_may_edit(shop_id: int, by_id: int) -> None:
    require(user_id=by_id, shop_id=shop_id, act=Act.EDIT_LISTINGS)


def _refuse_ended(listing: Listing) -> None:
    if listing.state in (ListingState.ENDED, ListingState.REMOVED):
        raise WrongState(_("This listing has ended and cannot be changed."))


def _check_ready(listing: Listing) -> None:
    missing = rules.missing_for_sale(
        title=listing.title, variants=listing.variants.count(), photos=listing.photos.count()
    )
    if missing:
        sentences = {
            "title": _("Give your goods a title."),
            "price": _("Set a price."),
            "photos": _("Add at least one photo."),
        }
        field = missing[0] if len(missing) == 1 else ""
        raise BadInput(" ".join(sentences[name] for name in missing), field=field)


def _check_rows(mine: Mapping[int, Variant], rows: Sequence[VariantRow]) -> None:
    if any(row.variant_id is not None and row.variant_id not in mine for row in rows):
        raise BadInput(_("This choice belongs to another listing."))
    if len({row.name.strip() for row in rows}) != len(rows):
        raise BadInput(_("Two choices have the same name."), field="name")
    if any(row.price_minor < 1 or row.on_hand < 0 for row in rows):
        raise BadInput(_("Set a price above zero and stock of zero or more."), field="price")
    for row in rows:
        ladders.refuse_wrong(
            price_minor=row.price_minor, least=row.least_quantity, tiers=row.tiers or ()
        )


def _write_variant(listing: Listing, mine: Mapping[int, Variant], row: VariantRow) -> bool:
    """Write one row's name and price; True when buyers read something new."""
    name = row.name.strip()
    # A new row whose name is there already comes from a form that was sent twice.
    twins = (v for v in mine.values() if row.variant_id is None and v.name == name)
    variant = mine[row.variant_id] if row.variant_id is not None else next(twins, None)
    is_new = variant is None
    if variant is None:
        variant = Variant(listing=listing, name=name, on_hand=row.on_hand)
        variant.price_minor = row.price_minor
        variant.save()
    before = variant.name
    Variant.objects.filter(pk=variant.pk).update(name=name, price_minor=row.price_minor)
    if row.tiers is not None:
        ladders.write(
            variant_id=variant.pk,
            tiers=row.tiers,
            least=row.least_quantity or 1,
            low_stock_at=row.low_stock_at,
        )
    return is_new or before != name


def _move(listing: Listing, state: ListingState, *changed: str, actor: str, at: datetime) -> None:
    """Write a new state, and the fields that changed with it, in one statement."""
    before = listing.state
    if not rules.may_move(before, state):
        raise WrongState(
            _("This listing is “%(state)s”; that cannot be done now.")
            % {"state": listing.get_state_display()}
        )
    listing.state = state
    listing.save(update_fields=["state", *changed])
    data = {"before": str(before), "after": str(state)}
    outbox.record(action="listing.moved", actor=actor, subject=listing.ref, data=data, at=at)
    if state == ListingState.LIVE:
        search.index(listing_ids=[listing.pk], at=at)
    elif before == ListingState.LIVE:
        search.drop(listing_ids=[listing.pk])


def _go_live(listing: Listing, *changed: str, actor: str, at: datetime) -> None:
    # The first time on sale stays: an edit must not push goods to the top of "newest".
    listing.published_at = listing.published_at or at
    _move(listing, ListingState.LIVE, "published_at", *changed, actor=actor, at=at)


def _emit(name: str, listing: Listing, *, at: datetime, **more: str) -> None:
    data = {
        "shop_id": listing.shop_id,
        "listing_id": listing.pk,
        "content_version": listing.content_version,
        "state": str(listing.state),
        **more,
    }
    outbox.emit(name, subject=listing.ref, data=data, at=at)
