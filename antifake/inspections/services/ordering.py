"""Sending goods to somebody independent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from antifake.cases.models import Case
from antifake.inspections import queries, rules
from antifake.inspections.models import Inspection, Kind, State
from marketplace.accounts.models import Role, User
from marketplace.accounts.queries import has_role
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox import services as inbox
from marketplace.listings.models import Listing, ListingState
from marketplace.orders.models import Order
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.shops.queries import gains_from, require
from marketplace.shops.rules import Act

LAPSE_BATCH = 100


def order(
    *,
    listing_id: int,
    by_id: int,
    key: UUID,
    question: str,
    case_id: int | None = None,
    order_id: int | None = None,
    at: datetime,
) -> Inspection:
    """Staff send goods, or those of one order, to an inspector; the result binds the case.

    Once a form (`key`). Raises NotAllowed to all but staff who gain nothing from the shop,
    BadInput without a question or for a case or order about other goods.
    """
    listing = Listing.objects.select_related("shop__owner").get(pk=listing_id)
    by = User.objects.get(pk=by_id)
    if not (by.is_staff and by.is_active) or gains_from(user_id=by_id, shop_id=listing.shop_id):
        raise NotAllowed(_("Only staff who gain nothing from the shop may order an inspection."))
    if case_id is not None and not Case.objects.filter(pk=case_id, listing=listing).exists():
        raise BadInput(_("This case is about other goods."), "case")
    sold = Order.objects.filter(lines__variant__listing=listing)
    if order_id is not None and not sold.filter(pk=order_id).exists():
        raise BadInput(_("There are no such goods in this order."), "order")
    asked = Inspection(kind=Kind.ORDERED, case_id=case_id, order_id=order_id)
    return _make(asked, listing, by_id=by_id, key=key, question=question, at=at)


def ask(*, listing_id: int, by_id: int, key: UUID, question: str, at: datetime) -> Inspection:
    """A seller asks for an inspection; a good result earns the mark. It costs nothing for now.

    Once a form (`key`). Raises NotAllowed to others than those who edit the shop's goods,
    WrongState for goods that are not on sale and beyond what is free in a month.
    """
    listing = Listing.objects.select_related("shop__owner").get(pk=listing_id)
    require(user_id=by_id, shop_id=listing.shop_id, act=Act.EDIT_LISTINGS)
    known = Inspection.objects.filter(key=key).first()
    if known is not None:
        return known
    if listing.state != ListingState.LIVE:
        raise WrongState(_("Only goods that are on sale can be inspected for the mark."))
    if queries.asked_too_often(listing.shop_id, at=at):
        raise WrongState(_("Your shop has asked for as many as are free in a month."))
    return _make(
        Inspection(kind=Kind.VOLUNTARY), listing, by_id=by_id, key=key, question=question, at=at
    )


@transaction.atomic
def accept(*, inspection_id: int, by_id: int, at: datetime) -> Inspection:
    """An inspector takes it on. Safe to repeat.

    Raises NotAllowed to all but inspectors who gain nothing from the shop and did not ask for
    it, WrongState when somebody else has it or its time is over.
    """
    row = Inspection.objects.select_for_update(no_key=True, of=["self"]).get(pk=inspection_id)
    if row.inspector_id == by_id:
        return row
    shop_id = Listing.objects.values_list("shop_id", flat=True).get(pk=row.listing_id)
    inspector = User.objects.get(pk=by_id)
    own = gains_from(user_id=by_id, shop_id=shop_id) or row.by_id == by_id
    if not has_role(inspector, Role.INSPECTOR) or own:
        raise NotAllowed(_("Only an inspector with no part in it may take it on."))
    if not rules.may_move(row.state, State.ACCEPTED) or at >= row.due_at:
        raise WrongState(_("Somebody else has it already, or its time is over."))
    row.state, row.inspector = State.ACCEPTED, inspector
    row.save(update_fields=["state", "inspector"])
    note(row=row, action="inspection.accepted", by_id=by_id, at=at)
    return row


def lapse_due(*, at: datetime) -> int:
    """The clock: end inspections that nobody concluded in time; return how many."""
    running = Inspection.objects.filter(state__in=[State.OPEN, State.ACCEPTED], due_at__lte=at)
    ids = list(running.order_by("pk").values_list("pk", flat=True)[:LAPSE_BATCH])
    return sum(_lapse(inspection_id, at) for inspection_id in ids)


def note(*, row: Inspection, action: str, by_id: int | None, at: datetime) -> None:
    """Write down a step and tell the outbox."""
    data = {"inspection_id": row.pk, "listing_id": row.listing_id, "state": str(row.state)}
    actor = f"user:{by_id}" if by_id else "system"
    outbox.record(action=action, actor=actor, subject=row.ref, data=data, at=at)
    outbox.emit(action, subject=row.ref, data=data, at=at)


def tell(
    *, row: Inspection, user_id: int, what: str, subject: str, body: str, at: datetime
) -> None:
    """Send a message about an inspection, once for each `what`."""
    inbox.notify(
        user_id=user_id,
        kind=f"inspection.{what}",
        key=f"{row.ref}:{what}:{user_id}",
        subject=subject,
        body=body,
        link=reverse("inspections:detail", args=[row.pk]),
        at=at,
    )


@transaction.atomic
def _lapse(inspection_id: int, at: datetime) -> bool:
    row = Inspection.objects.select_for_update(no_key=True, of=["self"]).get(pk=inspection_id)
    if not rules.may_move(row.state, State.LAPSED):
        return False
    row.state, row.ended_at = State.LAPSED, at
    row.save(update_fields=["state", "ended_at"])
    note(row=row, action="inspection.lapsed", by_id=None, at=at)
    with override(row.by.language):
        body = _("Nobody concluded it in time. You can ask for another one.")
        tell(
            row=row,
            user_id=row.by_id,
            what="lapsed",
            subject=_("An inspection has lapsed"),
            body=body,
            at=at,
        )
    return True


def _make(
    asked: Inspection, listing: Listing, *, by_id: int, key: UUID, question: str, at: datetime
) -> Inspection:
    known = Inspection.objects.filter(key=key).first()
    if known is not None:
        return known
    question = question.strip()
    if len(question) < rules.WORDS_LETTERS:
        raise BadInput(_("Say in a sentence what shall be found out."), "question")
    days = rulebook.value("inspections.days", at=at)
    asked.listing, asked.content_version = listing, listing.content_version
    asked.by_id, asked.key, asked.question, asked.at = by_id, key, question, at
    asked.due_at = at.astimezone(UTC) + timedelta(days=days)
    try:
        with transaction.atomic():
            asked.save(force_insert=True)
            note(row=asked, action="inspection.ordered", by_id=by_id, at=at)
            _tell_owner(asked, at)
    except IntegrityError as error:
        known = Inspection.objects.filter(key=key).first()
        if known is None:
            raise WrongState(_("These goods are being inspected already.")) from error
        return known
    return asked


def _tell_owner(row: Inspection, at: datetime) -> None:
    owner = row.listing.shop.owner
    if row.kind != Kind.ORDERED:
        return
    with override(owner.language):
        subject = _("“%(title)s” goes to an independent inspector") % {"title": row.listing.title}
        body = _("Each hand the goods go through is written down. You can follow it on this page.")
        tell(row=row, user_id=owner.pk, what="ordered", subject=subject, body=body, at=at)
