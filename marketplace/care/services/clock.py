"""The clock: what silence means, applied when the time has run out."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.care import queries, rules
from marketplace.care.models import (
    AppealState,
    Dispute,
    DisputeState,
    EntryKind,
    Remedy,
    Ruling,
    Side,
)
from marketplace.care.services import remedies, returns, steps
from marketplace.care.services.steps import CLOCK
from marketplace.errors import MarketplaceError
from marketplace.orders.models import Order, Payment, RefundKind

log = logging.getLogger(__name__)


@transaction.atomic
def apply_due(*, at: datetime, limit: int = 100) -> int:
    """Apply what the rules say to disputes whose time ran out, a batch at most; return how many.

    Orders that another process works on are skipped. All orders of the batch are locked before
    any shop, and shops come in their order, as everywhere.
    """
    done = 0
    for dispute_id in _locked_batch(at, limit):
        try:
            with transaction.atomic():
                done += _apply(dispute_id, at)
        except MarketplaceError:
            log.exception("the clock could not move dispute %s on", dispute_id)
    return done


def _locked_batch(at: datetime, limit: int) -> list[int]:
    """Return due disputes, by shop, whose payments and orders are locked now."""
    appealed = Ruling.objects.filter(appeal__state=AppealState.OPEN)
    due = (
        Dispute.objects.filter(
            state__in=[DisputeState.OPEN, DisputeState.RETURNING], due_at__lte=at
        )
        .exclude(pk__in=appealed.values("dispute_id"))
        .order_by("due_at", "pk")
    )
    found = list(due.values_list("pk", "order_id", "order__payment_id", "order__shop_id")[:limit])
    payments = Payment.objects.filter(pk__in={row[2] for row in found if row[2]}).order_by("pk")
    paid = set(
        payments.select_for_update(no_key=True, of=("self",), skip_locked=True).values_list(
            "pk", flat=True
        )
    )
    orders = Order.objects.filter(pk__in={row[1] for row in found if row[2] in paid})
    free = orders.select_for_update(of=("self",), no_key=True, skip_locked=True).order_by("pk")
    order_ids = set(free.values_list("pk", flat=True))
    return [
        row[0] for row in sorted(found, key=lambda row: (row[3], row[0])) if row[1] in order_ids
    ]


def _apply(dispute_id: int, at: datetime) -> int:
    dispute = steps.locked(dispute_id=dispute_id)
    if dispute.due_at is None or dispute.due_at > at or queries.clock_stands(dispute):
        return 0  # somebody acted between the look and the lock
    what = rules.when_due(state=dispute.state, awaits=dispute.awaits, answered=dispute.answered)
    if what == "grant":
        _grant(dispute, at)
    elif what == "escalate":
        key = f"escalated:{dispute.entries.count()}"
        text = _("The time to talk is over.")
        steps.escalate(dispute=dispute, hand=CLOCK, key=key, text=text, at=at)
    elif what == "arrive":
        returns.arrive(dispute=dispute, parcel=dispute.parcel, hand=CLOCK, at=at)
    elif what == "close":
        _close(dispute, at)
    else:
        return 0
    return 1


def _grant(dispute: Dispute, at: datetime) -> None:
    """The seller was silent: the buyer gets the money that was asked for, and keeps the goods.

    Nobody could be asked where the goods should go, or be made to send others.
    """
    text = _("The shop was silent. The buyer gets the money that was asked for.")
    _note_end(dispute, text, at)
    remedies.pay_back(
        dispute=dispute,
        share=rules.Share(dispute.goods_minor, dispute.shipping_minor),
        kind=RefundKind.DISPUTE,
        key="silence",
        actor=CLOCK.actor,
        at=at,
    )
    steps.end(dispute=dispute, to=DisputeState.CLOSED, won_by=Side.BUYER, actor=CLOCK.actor, at=at)


def _close(dispute: Dispute, at: datetime) -> None:
    """The buyer was silent: the dispute is over and the order goes on."""
    ruled = (
        dispute.state == DisputeState.RETURNING
        and dispute.rulings.filter(kind=Remedy.RETURN).exists()
    )
    _note_end(dispute, _("The buyer was silent. The order goes on."), at)
    to = DisputeState.RULED if ruled else DisputeState.CLOSED
    steps.end(dispute=dispute, to=to, won_by=Side.SELLER, actor=CLOCK.actor, at=at)


def _note_end(dispute: Dispute, text: str, at: datetime) -> None:
    steps.note(dispute=dispute, kind=EntryKind.CLOSED, hand=CLOCK, key="closed", text=text, at=at)
