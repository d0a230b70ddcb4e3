"""Goods on their way back: where to, sent, delivered, there."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.care.models import Dispute, DisputeState, EntryKind, ReturnParcel, Side
from marketplace.care.services import remedies, steps
from marketplace.care.services.steps import Hand
from marketplace.errors import BadInput, WrongState


@transaction.atomic
def say_where(*, dispute_id: int, by_id: int, address: str, at: datetime) -> ReturnParcel:
    """The shop says where the goods shall go; the buyer's time to send them begins.

    Safe to repeat while nothing was sent: the first address stays.
    Raises NotAllowed for others than the shop, WrongState, BadInput without an address.
    """
    dispute, parcel, hand = _locked(dispute_id, by_id)
    steps.require_side(hand=hand, side=Side.SELLER)
    if parcel.address_sealed:
        return parcel
    address = address.strip()
    if not address:
        raise BadInput(_("Write the whole address."), "address")
    parcel.address_sealed = address
    parcel.save(update_fields=["address_sealed"])
    steps.note(dispute=dispute, kind=EntryKind.ADDRESS, hand=hand, key="address", at=at)
    due_at = at + steps.days(key="return_days", at=at)
    steps.wait(dispute=dispute, awaits=Side.BUYER, due_at=due_at)
    return parcel


@transaction.atomic
def send_back(
    *, dispute_id: int, by_id: int, carrier: str, tracking: str, at: datetime
) -> ReturnParcel:
    """The buyer has sent the goods. Safe to repeat: the first number stays.

    Raises NotAllowed for others than the buyer, WrongState before the shop said where to,
    BadInput without a tracking number.
    """
    dispute, parcel, hand = _locked(dispute_id, by_id)
    steps.require_side(hand=hand, side=Side.BUYER)
    if parcel.sent_at is not None:
        return parcel
    if not parcel.address_sealed:
        raise WrongState(_("Wait until the shop has said where the goods shall go."))
    if not tracking.strip():
        raise BadInput(_("Write the tracking number: it proves that you sent them."), "tracking")
    parcel.sent_at, parcel.carrier = at, carrier.strip()[:40]
    parcel.tracking = tracking.strip()[:60]
    parcel.save(update_fields=["sent_at", "carrier", "tracking"])
    text = f"{parcel.carrier} {parcel.tracking}".strip()
    steps.note(
        dispute=dispute, kind=EntryKind.SENT_BACK, hand=hand, key="sent_back", text=text, at=at
    )
    due_at = at + steps.days(key="return_days", at=at)
    steps.wait(dispute=dispute, awaits=Side.SELLER, due_at=due_at)
    return parcel


@transaction.atomic
def mark_delivered(*, dispute_id: int, by_id: int, at: datetime) -> ReturnParcel:
    """Staff have seen the carrier's proof: the shop's time shrinks. Safe to repeat.

    Raises NotAllowed for a party or anybody but staff, WrongState when nothing is on its way.
    """
    dispute = steps.locked(dispute_id=dispute_id)
    steps.require_judge(dispute=dispute, by_id=by_id)
    parcel = _parcel(dispute)
    if parcel.delivered_at is not None:
        return parcel
    if parcel.sent_at is None or dispute.state != DisputeState.RETURNING:
        raise WrongState(_("No goods are on their way back."))
    parcel.delivered_at = at
    parcel.save(update_fields=["delivered_at"])
    hand = Hand(Side.STAFF, by_id)
    steps.note(dispute=dispute, kind=EntryKind.DELIVERED, hand=hand, key="delivered", at=at)
    due_at = at + steps.days(key="seller_days", at=at)
    steps.wait(dispute=dispute, awaits=Side.SELLER, due_at=due_at)
    return parcel


@transaction.atomic
def confirm_arrival(*, dispute_id: int, by_id: int, at: datetime) -> Dispute:
    """The shop has its goods again: the money goes to the buyer. Safe to repeat."""
    dispute = steps.locked(dispute_id=dispute_id)
    hand = steps.party(dispute=dispute, by_id=by_id)
    steps.require_side(hand=hand, side=Side.SELLER)
    parcel = _parcel(dispute)
    if parcel.arrived_at is not None:
        return dispute
    steps.require_state(dispute=dispute, among=[DisputeState.RETURNING])
    if parcel.sent_at is None:
        raise WrongState(_("The buyer has not sent the goods yet."))
    arrive(dispute=dispute, parcel=parcel, hand=hand, at=at)
    return dispute


def arrive(*, dispute: Dispute, parcel: ReturnParcel, hand: Hand, at: datetime) -> None:
    """End a locked return: the shop has the goods, or was silent about them."""
    if parcel.sent_at is not None:
        parcel.arrived_at = at
        parcel.save(update_fields=["arrived_at"])
    steps.note(dispute=dispute, kind=EntryKind.ARRIVED, hand=hand, key="arrived", at=at)
    remedies.goods_are_back(dispute=dispute, parcel=parcel, actor=hand.actor, at=at)


def _locked(dispute_id: int, by_id: int) -> tuple[Dispute, ReturnParcel, Hand]:
    dispute = steps.locked(dispute_id=dispute_id)
    hand = steps.party(dispute=dispute, by_id=by_id)
    parcel = _parcel(dispute)
    done = parcel.sent_at is not None
    if not done:
        steps.require_state(dispute=dispute, among=[DisputeState.RETURNING])
    return dispute, parcel, hand


def _parcel(dispute: Dispute) -> ReturnParcel:
    parcel = ReturnParcel.objects.filter(dispute=dispute).first()
    if parcel is None:
        raise WrongState(_("No goods are on their way back."))
    return parcel
