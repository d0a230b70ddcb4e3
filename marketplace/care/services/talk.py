"""Both sides talk: words with photos, offers and answers, asking staff, withdrawing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.care import queries, rules
from marketplace.care.models import (
    Dispute,
    DisputeState,
    Entry,
    EntryKind,
    Offer,
    OfferState,
    Remedy,
    Side,
)
from marketplace.care.services import evidence, remedies, steps
from marketplace.care.services.steps import Hand
from marketplace.errors import BadInput, WrongState

_TALKING = (DisputeState.OPEN, DisputeState.ESCALATED)


def say(
    *,
    dispute_id: int,
    by_id: int,
    key: str,
    text: str,
    photos: Sequence[bytes] = (),
    at: datetime,
) -> Entry:
    """Add words and photos to an active dispute; once per `key` (of the form).

    Raises NotAllowed for strangers, WrongState once it has ended, BadInput without a sentence.
    """
    with evidence.EVIDENCE.kept(uploads=photos) as kept, transaction.atomic():
        dispute = steps.locked(dispute_id=dispute_id)
        hand = steps.party(dispute=dispute, by_id=by_id)
        known = dispute.entries.filter(key=f"{dispute.ref}:{key}").first()
        if known is not None:
            return known
        steps.require_state(dispute=dispute, among=rules.ACTIVE)
        entry = steps.note(
            dispute=dispute,
            kind=EntryKind.WORD,
            hand=hand,
            key=key,
            text=steps.words(text=text),
            photos=kept,
            at=at,
        )
        _turn(dispute, hand, f"talk:{entry.pk}", at)
        return entry


@transaction.atomic
def offer(
    *,
    dispute_id: int,
    by_id: int,
    key: str,
    kind: str,
    amount_minor: int | None = None,
    text: str = "",
    at: datetime,
) -> Offer:
    """Propose how to end it; once per `key`. It takes the place of an earlier open offer.

    Raises NotAllowed, WrongState when nothing is to be agreed on, BadInput for an amount that
    is not there.
    """
    dispute = steps.locked(dispute_id=dispute_id)
    hand = steps.party(dispute=dispute, by_id=by_id)
    known = Offer.objects.filter(entry__key=f"{dispute.ref}:{key}").first()
    if known is not None:
        return known
    steps.require_state(dispute=dispute, among=_TALKING)
    share = _proposed(dispute, kind, amount_minor)
    steps.lapse(dispute=dispute, at=at)
    entry = steps.note(
        dispute=dispute, kind=EntryKind.OFFER, hand=hand, key=key, text=text.strip(), at=at
    )
    made = Offer.objects.create(
        dispute=dispute,
        entry=entry,
        side=hand.side,
        kind=kind,
        goods_minor=share.goods_minor,
        shipping_minor=share.shipping_minor,
        made_at=at,
    )
    _turn(dispute, hand, f"talk:{entry.pk}", at, ask_staff=False)
    return made


@transaction.atomic
def accept(*, offer_id: int, by_id: int, at: datetime) -> Offer:
    """Agree to the other side's offer: it is done at once. Safe to repeat.

    Raises NotAllowed for whoever made it, WrongState when it is no longer open.
    """
    dispute, row, hand = _answering(offer_id, by_id)
    if row.state == OfferState.ACCEPTED:
        return row
    _check_open(dispute, row)
    row.state, row.answered_at = OfferState.ACCEPTED, at
    row.save(update_fields=["state", "answered_at"])
    steps.note(
        dispute=dispute, kind=EntryKind.ACCEPTED, hand=hand, key=f"offer:{row.pk}:answer", at=at
    )
    if hand.side == Side.SELLER:
        dispute.answered = True
    share = rules.Share(row.goods_minor, row.shipping_minor)
    remedies.settle(
        dispute=dispute,
        kind=Remedy(row.kind),
        share=share,
        key=f"offer:{row.pk}",
        hand=hand,
        at=at,
    )
    return row


@transaction.atomic
def refuse(*, offer_id: int, by_id: int, text: str = "", at: datetime) -> Offer:
    """Say no to the other side's offer. Safe to repeat. Raises as `accept` does."""
    dispute, row, hand = _answering(offer_id, by_id)
    if row.state == OfferState.REFUSED:
        return row
    _check_open(dispute, row)
    row.state, row.answered_at = OfferState.REFUSED, at
    row.save(update_fields=["state", "answered_at"])
    entry = steps.note(
        dispute=dispute,
        kind=EntryKind.REFUSED,
        hand=hand,
        key=f"offer:{row.pk}:answer",
        text=text.strip(),
        at=at,
    )
    _turn(dispute, hand, f"talk:{entry.pk}", at)
    return row


@transaction.atomic
def escalate(*, dispute_id: int, by_id: int, text: str = "", at: datetime) -> Dispute:
    """Ask staff to decide. Safe to repeat.

    While both still talk: once the seller has answered or the time to talk is over. While
    goods travel back: when something is wrong with them.
    """
    dispute = steps.locked(dispute_id=dispute_id)
    hand = steps.party(dispute=dispute, by_id=by_id)
    if dispute.state == DisputeState.ESCALATED:
        return dispute
    steps.require_state(dispute=dispute, among=[DisputeState.OPEN, DisputeState.RETURNING])
    early = dispute.state == DisputeState.OPEN and not dispute.answered
    if early and hand.side == Side.BUYER and at < dispute.talk_until:
        raise WrongState(_("Talk first: give the shop its time to answer."))
    if dispute.state == DisputeState.RETURNING:
        text = steps.words(text=text)
        if dispute.rulings.exists():
            raise WrongState(_("Our staff decided already. You can appeal against the ruling."))
    dispute.answered = dispute.answered or hand.side == Side.SELLER
    key = f"escalated:{dispute.entries.count()}"
    steps.escalate(dispute=dispute, hand=hand, key=key, text=text.strip(), at=at)
    return dispute


@transaction.atomic
def withdraw(*, dispute_id: int, by_id: int, at: datetime) -> Dispute:
    """The buyer gives up the dispute; the order goes on. Safe to repeat.

    Raises NotAllowed for others than the buyer, WrongState when it ended otherwise.
    """
    dispute = steps.locked(dispute_id=dispute_id)
    hand = steps.party(dispute=dispute, by_id=by_id)
    steps.require_side(hand=hand, side=Side.BUYER)
    if dispute.state == DisputeState.WITHDRAWN:
        return dispute
    steps.require_state(dispute=dispute, among=rules.ACTIVE)
    steps.note(dispute=dispute, kind=EntryKind.WITHDRAWN, hand=hand, key="withdrawn", at=at)
    steps.end(dispute=dispute, to=DisputeState.WITHDRAWN, actor=hand.actor, at=at)
    return dispute


def _turn(dispute: Dispute, hand: Hand, key: str, at: datetime, *, ask_staff: bool = True) -> None:
    """After one side spoke it is the other's turn; past the time to talk it is the staff's."""
    if dispute.state != DisputeState.OPEN:
        return
    if hand.side == Side.SELLER:
        dispute.answered = True
        due_at = at + steps.days(key="buyer_days", at=at)
        steps.wait(dispute=dispute, awaits=Side.BUYER, due_at=due_at)
    elif dispute.answered:
        if at >= dispute.talk_until and ask_staff:
            steps.escalate(dispute=dispute, hand=hand, key=f"{key}:late", text="", at=at)
        else:
            day = steps.days(key="seller_days", at=at)
            due_at = dispute.talk_until if at < dispute.talk_until else at + day
            steps.wait(dispute=dispute, awaits=Side.SELLER, due_at=due_at)


def _proposed(dispute: Dispute, kind: str, amount_minor: int | None) -> rules.Share:
    if kind == Remedy.REPLACE:
        return rules.Share(0, 0)
    if kind not in (Remedy.MONEY, Remedy.RETURN):
        raise BadInput(_("Choose what you propose."), "kind")
    if kind == Remedy.RETURN and queries.was_sent_back(dispute):
        raise BadInput(_("The goods are on their way already. Agree on the money."), "kind")
    left = queries.left_of(order=dispute.order, line=dispute.line)
    if amount_minor is None:
        return rules.Share(left.goods_minor, left.shipping_minor if not dispute.line else 0)
    share = rules.share(
        amount_minor, goods_left=left.goods_minor, shipping_left=left.shipping_minor
    )
    if amount_minor <= 0 or share.amount_minor != amount_minor:
        raise BadInput(_("Say an amount up to what was paid and is left."), "amount")
    return share


def _answering(offer_id: int, by_id: int) -> tuple[Dispute, Offer, Hand]:
    dispute_id = Offer.objects.values_list("dispute_id", flat=True).get(pk=offer_id)
    dispute = steps.locked(dispute_id=dispute_id)
    row = Offer.objects.select_for_update(of=("self",), no_key=True).get(pk=offer_id)
    hand = steps.party(dispute=dispute, by_id=by_id)
    other = Side.SELLER if row.side == Side.BUYER else Side.BUYER
    steps.require_side(hand=hand, side=other)
    return dispute, row, hand


def _check_open(dispute: Dispute, row: Offer) -> None:
    if row.state != OfferState.OPEN:
        raise WrongState(_("This offer is no longer open."))
    steps.require_state(dispute=dispute, among=_TALKING)
