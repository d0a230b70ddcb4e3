"""One order as its page shows it: its path in words, its parcels, and what may be done now."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.orders import queries
from marketplace.orders.models import (
    CompletedBy,
    Escrow,
    Order,
    OrderLine,
    OrderState,
    RefundKind,
    RefundState,
)
from marketplace.orders.queries import parcels
from marketplace.rulebook import queries as rulebook
from marketplace.shops.rules import Act

_UNDER_WAY = (OrderState.SHIPPED, OrderState.DELIVERED)
_PAID = (OrderState.PAID_HELD, *_UNDER_WAY, OrderState.COMPLETED, OrderState.SETTLED)


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop on an order's path; `at` is None while it lies ahead. Minor units."""

    words: str
    at: datetime | None = None
    detail: str = ""
    amount_minor: int | None = None
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Offers:
    """What the page offers to whoever looks; the services decide again."""

    pay: bool = False
    confirm: bool = False
    extend: bool = False
    ship: bool = False
    cancel: bool = False
    call_off_lines: bool = False
    give_back: bool = False


@dataclass(frozen=True, slots=True)
class FormKeys:
    """What makes a form's second submit a repeat: how much of its kind the order has so far.

    Two tabs that were opened side by side hold the same key, so both together act once.
    """

    ship: str
    extend: str
    refund: str


def visible_to(user_id: int) -> QuerySet[Order]:
    """Return the orders a person may open, with all that the page shows: ten queries a page."""
    orders = queries.visible_to(user_id).select_related("escrow")
    return orders.prefetch_related(*parcels.CONTENTS, "refunds", "extensions__by")


def escrow_of(order: Order) -> Escrow | None:
    """Return the money held for an order; None when it was never paid."""
    return getattr(order, "escrow", None)


def is_frozen(order: Order) -> bool:
    """Return whether a dispute keeps the money and the clock where they are."""
    held = escrow_of(order)
    return held is not None and held.frozen_by != ""


def countdown(order: Order, *, at: datetime) -> str:
    """Say when the money goes to the seller by itself, or that a dispute has stopped the clock."""
    if is_frozen(order):
        return _("The clock stands still: the money stays held until the dispute is decided.")
    return queries.countdown(order, at=at)


def form_keys(order: Order) -> FormKeys:
    """Return the keys of this moment's forms."""
    return FormKeys(
        ship=f"parcel-{len(order.shipments.all())}",
        extend=f"more-{len(order.extensions.all())}",
        refund=f"back-{len(order.refunds.all())}",
    )


def open_lines(order: Order) -> list[OrderLine]:
    """Return the lines of which something is still to be sent."""
    return [line for line in order.lines.all() if line.open_quantity]


def is_late(order: Order, *, at: datetime) -> bool:
    """Return whether the promised ship date has passed and something is still to be sent."""
    return order.state == OrderState.PAID_HELD and bool(order.ship_by and order.ship_by < at)


def offers(order: Order, *, is_buyer: bool, acts: Collection[Act], at: datetime) -> Offers:
    """Return what the page offers to a person with these acts in the shop."""
    to_send = order.state == OrderState.PAID_HELD and bool(open_lines(order))
    in_parts = bool(order.shipments.all())
    late, owner = is_late(order, at=at), Act.CANCEL_ORDERS in acts
    units = sum(line.open_quantity for line in order.lines.all())
    runs = order.state in _UNDER_WAY and not is_frozen(order)
    return Offers(
        pay=is_buyer and order.state == OrderState.AWAITING_PAYMENT,
        confirm=is_buyer and runs,
        extend=(is_buyer or owner) and runs and _may_grow(order, at),
        ship=to_send and Act.SHIP in acts,
        cancel=not in_parts
        and (is_buyer or owner)
        and queries.may_cancel(order, is_buyer=is_buyer, late=late),
        call_off_lines=to_send
        and ((owner and (units > 1 or in_parts)) or (is_buyer and late and in_parts)),
        give_back=owner
        and not is_buyer
        and order.state in _PAID
        and order.kept_minor > 0
        and not order.disputed_by,
    )


def _may_grow(order: Order, at: datetime) -> bool:
    days = order.extended_days + rulebook.value("orders.extend_days", at=at)
    return bool(days <= rulebook.value("orders.extend_max_days", at=at))


def timeline(order: Order) -> list[Stop]:
    """Return the order's path in words: what happened, by its moments, then what lies ahead."""
    happened = sorted(
        (stop for stop in _happened(order) if stop.at is not None),
        key=lambda stop: (stop.at is None, stop.at),
    )
    return [*happened, *_ahead(order)]


def _happened(order: Order) -> Iterator[Stop]:
    yield Stop(_("Ordered"), order.placed_at)
    yield Stop(_("Paid, money held safe"), order.paid_at)
    yield from _parcels(order)
    for more in order.extensions.all():
        who = _("asked by the buyer") if more.by_id == order.buyer_id else _("given by the shop")
        days = ngettext("%(n)s more day to look", "%(n)s more days to look", more.days)
        yield Stop(days % {"n": more.days}, more.at, who)
    for refund in order.refunds.all():
        words = refund.get_kind_display()
        if refund.state == RefundState.REVERSED:
            words = refund.get_state_display()
        elif refund.kind == RefundKind.CANCELLED and order.state != OrderState.CANCELLED:
            words = _("Some of the goods were called off")
        way = _("on its way back") if refund.state == RefundState.OWED else ""
        detail = " · ".join(part for part in (refund.reason, way) if part)
        yield Stop(words, refund.created_at, detail, refund.amount_minor)
    yield Stop(_("Delivered"), order.delivered_at)
    yield from _ends(order)


def _parcels(order: Order) -> Iterator[Stop]:
    sent = parcels.parcels_of(order)
    alone = len(sent) == 1 and order.state != OrderState.PAID_HELD
    for parcel in sent:
        name = _("Sent") if alone else _("Parcel %(number)s sent") % {"number": parcel.number}
        yield Stop(name, parcel.shipment.shipped_at, "" if alone else parcel.words)
        if not alone:
            came = _("Parcel %(number)s delivered") % {"number": parcel.number}
            yield Stop(came, parcel.shipment.delivered_at)
        for event in parcel.events:
            if event.status in parcels.TROUBLE:
                words = f"{event.get_status_display()}: {parcel.name}"
                yield Stop(words, event.happened_at, event.place, is_bad=True)


def _ends(order: Order) -> Iterator[Stop]:
    if order.state == OrderState.EXPIRED:
        yield Stop(_("Ran out unpaid"), order.group.due_at)
    yield Stop(_("Called off"), order.cancelled_at)
    ended = {
        CompletedBy.BUYER: _("The buyer has the goods"),
        CompletedBy.CLOCK: _("The buyer's time to look has ended"),
        CompletedBy.RULING: _("The dispute is decided"),
    }
    yield Stop(ended.get(CompletedBy(order.completed_by or "clock"), ""), order.completed_at)
    if order.kept_minor:
        yield Stop(_("Money released to the seller"), order.settled_at)


def _ahead(order: Order) -> Iterator[Stop]:
    if order.state in (OrderState.EXPIRED, OrderState.CANCELLED, OrderState.SETTLED):
        return
    if order.paid_at is None:
        yield Stop(_("Paid, money held safe"))
    if order.shipped_at is None:
        yield Stop(_("All of it sent") if order.shipments.all() else _("Sent"))
    if order.delivered_at is None:
        yield Stop(_("Delivered"))
    yield Stop(_("Money released to the seller"))
