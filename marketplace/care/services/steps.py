"""What every change of a dispute shares: its locks, its moves, its timeline, its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.care import queries, rules
from marketplace.care.models import (
    Dispute,
    DisputeState,
    Entry,
    EntryKind,
    EvidencePhoto,
    Offer,
    OfferState,
    Side,
)
from marketplace.care.services import news
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.orders.models import CancelledBy, OrderState
from marketplace.orders.services import escrow, locks, moves, shipment
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.shops import queries as shops


@dataclass(frozen=True, slots=True)
class Hand:
    """Who does something: the side, and the person unless it is the clock."""

    side: Side
    by_id: int | None = None

    @property
    def actor(self) -> str:
        """How audit and ledger name it."""
        return "system" if self.by_id is None else f"user:{self.by_id}"


CLOCK = Hand(Side.CLOCK)


def locked(*, dispute_id: int) -> Dispute:
    """Lock a dispute, after its payment and order: the same order as everywhere."""
    order_id = Dispute.objects.values_list("order_id", flat=True).get(pk=dispute_id)
    order = locks.order_with_payment(order_id=order_id)
    dispute = Dispute.objects.select_for_update(of=("self",), no_key=True).get(pk=dispute_id)
    dispute.order = order
    return dispute


def party(*, dispute: Dispute, by_id: int) -> Hand:
    """Return for which side a person acts. Raises NotAllowed for anybody else."""
    side = queries.side_of(dispute, by_id)
    if side == Side.NOBODY:
        raise NotAllowed(_("Only the buyer and the owner of the shop can do this."))
    return Hand(side, by_id)


def require_side(*, hand: Hand, side: Side) -> None:
    """Raise NotAllowed when the other side should act."""
    if hand.side != side:
        raise NotAllowed(_("This is for the other side to do."))


def require_staff(*, by_id: int) -> None:
    """Raise NotAllowed for whoever is no active member of staff."""
    if not User.objects.filter(pk=by_id, is_staff=True, is_active=True).exists():
        raise NotAllowed(_("Only staff may do this."))


def require_judge(*, dispute: Dispute, by_id: int) -> None:
    """Raise NotAllowed for all but staff who neither bought nor work in the shop."""
    require_staff(by_id=by_id)
    order = dispute.order
    if order.buyer_id == by_id or shops.gains_from(user_id=by_id, shop_id=order.shop_id):
        raise NotAllowed(_("Nobody decides about himself. Ask a colleague."))


def require_state(*, dispute: Dispute, among: Sequence[str]) -> None:
    """Raise WrongState unless the dispute stands in one of these states."""
    if dispute.state not in among:
        raise WrongState(
            _("This is not possible now. State of the dispute: %(state)s.")
            % {"state": dispute.get_state_display()}
        )


def words(*, text: str) -> str:
    """Return the text trimmed. Raises BadInput unless it is a sentence."""
    text = text.strip()
    if len(text) < rules.TEXT_LETTERS:
        raise BadInput(_("Please write at least a sentence."), "text")
    return text


def days(*, key: str, at: datetime) -> timedelta:
    """Return a time of the rule book."""
    return timedelta(days=rulebook.value(f"dispute.{key}", at=at))


def note(
    *,
    dispute: Dispute,
    kind: EntryKind,
    hand: Hand,
    key: str,
    text: str = "",
    photos: Sequence[EvidencePhoto] = (),
    at: datetime,
) -> Entry:
    """Write what happened into the timeline and the audit, and tell the other side."""
    entry = Entry.objects.create(
        dispute=dispute,
        key=f"{dispute.ref}:{key}",
        kind=kind,
        side=hand.side,
        by_id=hand.by_id,
        text=text,
        at=at,
    )
    for photo in photos:
        photo.entry = entry
    EvidencePhoto.objects.bulk_create(photos)
    data = {
        "dispute_id": dispute.pk,
        "order_id": dispute.order_id,
        "shop_id": dispute.order.shop_id,
        "state": str(dispute.state),
    }
    outbox.record(action=f"dispute.{kind}", actor=hand.actor, subject=dispute.ref, data=data, at=at)
    news.tell(dispute=dispute, entry=entry, at=at)
    return entry


def wait(*, dispute: Dispute, awaits: Side, due_at: datetime) -> None:
    """Say whose turn it is, and until when."""
    dispute.awaits, dispute.due_at = awaits, due_at
    dispute.save(update_fields=["awaits", "due_at", "answered"])


def move(*, dispute: Dispute, to: DisputeState, awaits: Side, due_at: datetime | None) -> None:
    """Take a locked dispute to its next state. Raises WrongState for an illegal step."""
    if not rules.may_move(dispute.state, to):
        require_state(dispute=dispute, among=())
    dispute.state, dispute.awaits, dispute.due_at = to, awaits, due_at
    dispute.save(update_fields=["state", "awaits", "due_at", "ended_at", "won_by", "answered"])


def escalate(*, dispute: Dispute, hand: Hand, key: str, text: str, at: datetime) -> None:
    """Hand a locked dispute to staff."""
    due_at = at + days(key="ruling_days", at=at)
    move(dispute=dispute, to=DisputeState.ESCALATED, awaits=Side.STAFF, due_at=due_at)
    note(dispute=dispute, kind=EntryKind.ESCALATED, hand=hand, key=key, text=text, at=at)
    _emit(dispute, "dispute.escalated", at)


def end(
    *,
    dispute: Dispute,
    to: DisputeState,
    won_by: Side = Side.NOBODY,
    look: timedelta | None = None,
    actor: str,
    at: datetime,
) -> None:
    """End a locked dispute and let the rest of the money go its way.

    What went back was owed before. When nothing is left, or a ruling is about the whole order,
    the order ends with it; otherwise its clock goes on, with time for the buyer to `look`
    (orders.delivered_confirm_days unless told).
    """
    dispute.ended_at, dispute.won_by = at, won_by
    move(dispute=dispute, to=to, awaits=Side.NOBODY, due_at=None)
    lapse(dispute=dispute, at=at)
    if look is None:
        look = timedelta(days=rulebook.value("orders.delivered_confirm_days", at=at))
    _let_go(dispute, look, actor, at)
    _emit(dispute, f"dispute.{to}", at)


def lapse(*, dispute: Dispute, at: datetime) -> None:
    """Close the offer that still stands open."""
    Offer.objects.filter(dispute=dispute, state=OfferState.OPEN).update(
        state=OfferState.LAPSED, answered_at=at
    )


def _let_go(dispute: Dispute, look: timedelta, actor: str, at: datetime) -> None:
    order = dispute.order
    escrow.unfreeze(order_id=order.pk, by_ref=dispute.ref, due_at=at + look, at=at)
    order = locks.order_with_payment(order_id=order.pk)
    if order.state == OrderState.PAID_HELD and not order.kept_minor:
        reason = _("All the money went back in a dispute.")
        moves.cancel(order=order, by=CancelledBy.PLATFORM, reason=reason, actor=actor, at=at)
    elif order.state == OrderState.PAID_HELD:  # nothing may be left to send
        shipment.finish_sending(order=order, actor=actor, at=at)
    elif not order.kept_minor or (dispute.state == DisputeState.RULED and dispute.line_id is None):
        escrow.complete_by_ruling(order_id=order.pk, actor=actor, at=at)


def _emit(dispute: Dispute, name: str, at: datetime) -> None:
    data = {
        "dispute_id": dispute.pk,
        "order_id": dispute.order_id,
        "shop_id": dispute.order.shop_id,
        "reason": str(dispute.reason),
        "won_by": str(dispute.won_by),
    }
    outbox.emit(name, subject=dispute.ref, data=data, at=at)
