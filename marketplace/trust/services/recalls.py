"""What follows a proven fake for its buyers: money back, at whose cost, and the way back.

The decision's transaction stops the money and asks for the rest: a job lists the orders, one job
each gives the money back. Only there are orders locked, always before the shop. What was released
already the platform pays first; the shop bears it when the appeal is lost or the time is over.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.listings.models import Listing
from marketplace.orders.models import Advance, Order, Refund
from marketplace.orders.services import advances, compensation, recall
from marketplace.outbox import services as outbox
from marketplace.reasons import services as reasons
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.rulebook import queries as rulebook
from marketplace.trust import queries, rules
from marketplace.trust.models import Recall, RecallState, Strike
from marketplace.trust.services.redress import redress

LIST, ONE, UNDO = "trust.recall", "trust.recall_order", "trust.undo_recall"
AT_ONCE = datetime.fromtimestamp(0, UTC)  # also on a simulated clock
BATCH = 50


def begin(*, strike: Strike, listing: Listing, automated: bool, at: datetime) -> None:
    """Stop the money of a fake's open orders and ask for its refunds. Needs a transaction."""
    recall.stop_money(listing_id=listing.pk, by_ref=strike.decision_ref, at=at)
    if _orders(listing.pk, at):
        _state(strike, listing, automated=automated, at=at)
        _ask(
            LIST,
            strike.decision_ref,
            {"listing_id": listing.pk, "at": at.isoformat()},
            run_at=AT_ONCE if automated else at + rules.UNDO_LASTS,
        )


def ask_for_orders(*, decision_ref: str, listing_id: int, at: datetime) -> int:
    """Ask for a recall of every order with these goods; return how many. Safe to repeat."""
    orders = _orders(listing_id, at)
    outbox.enqueue_all(
        kind=ONE,
        payloads={
            f"{ONE}:{decision_ref}:{order_id}": {
                "decision_ref": decision_ref,
                "listing_id": listing_id,
                "order_id": order_id,
                "at": at.isoformat(),
            }
            for order_id in orders
        },
        run_at=AT_ONCE,
    )
    return len(orders)


@transaction.atomic
def recall_order(
    *, decision_ref: str, listing_id: int, order_id: int, at: datetime
) -> Recall | None:
    """Give one buyer of a fake the money back; once a decision and order.

    None when the decision was undone meanwhile (the money goes on its way), or nothing is left.
    """
    recall.lock(order_id=order_id)  # whoever comes second finds the first one's recall
    known = Recall.objects.filter(decision_ref=decision_ref, order_id=order_id).first()
    strike = Strike.objects.get(decision_ref=decision_ref)
    if known is not None:
        return known
    if strike.voided_at is not None:
        recall.let_go(order_id=order_id, by_ref=decision_ref, at=at)
        return None
    order = Order.objects.select_related("buyer").get(pk=order_id)
    with override(order.buyer.language):
        reason = _("The goods were found to be fakes. The money goes back.")
    refund = recall.recall(
        order_id=order_id,
        listing_id=listing_id,
        key=f"recall:{decision_ref}:{order.ref}",
        by_ref=decision_ref,
        reason=reason,
        at=at,
    )
    return None if refund is None else _write(strike, listing_id, order, refund, at)


@transaction.atomic
def wait_for_appeal(*, decision_ref: str, at: datetime) -> int:
    """Take nothing from the shop while its appeal is open; return how many recalls wait."""
    waiting = Recall.objects.filter(decision_ref=decision_ref, state=RecallState.ADVANCED)
    count = waiting.exclude(due_at=None).update(due_at=None)
    if count:
        _record("recalls.wait", decision_ref, {"recalls": count}, at=at)
    return count


@transaction.atomic
def appeal_lost(*, decision_ref: str, at: datetime) -> int:
    """The appeal was turned down: the clock takes what was advanced at once. Returns how many."""
    waiting = Recall.objects.filter(decision_ref=decision_ref, state=RecallState.ADVANCED)
    count = waiting.filter(due_at=None).update(due_at=at)
    if count:
        _record("recalls.due", decision_ref, {"recalls": count}, at=at)
    return count


def recover_due(*, at: datetime) -> int:
    """The clock: take from the shops what was advanced and is due, a batch; return how many."""
    due = Recall.objects.filter(state=RecallState.ADVANCED, due_at__lte=at).order_by("pk")
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    return sum(_recover(recall_id, at) for recall_id in ids)


def ask_to_undo(*, decision_ref: str, at: datetime) -> None:
    """Ask for everything to be made good: the decision was undone. Needs a transaction."""
    _ask(UNDO, decision_ref, {"at": at.isoformat()})


@transaction.atomic
def undo(*, decision_ref: str, at: datetime) -> int:
    """Restore what a won appeal brings back; buyers keep theirs, the platform pays.

    Returns how many recalls were made good. Safe to repeat.
    """
    strike = Strike.objects.get(decision_ref=decision_ref)
    wanted = Recall.objects.filter(decision_ref=decision_ref).exclude(state=RecallState.MADE_GOOD)
    # Orders in primary-key order, as every lock on several of them.
    ids = list(wanted.order_by("order_id").values_list("pk", flat=True))
    for recall_id in ids:
        _make_good(recall_id, at)
    for order_id in recall.stopped_by(by_ref=decision_ref):
        recall.let_go(order_id=order_id, by_ref=decision_ref, at=at)
    if ids:
        data = {"shop_id": strike.shop_id, "decision_ref": decision_ref, "recalls": len(ids)}
        outbox.emit("recall.undone", subject=f"shop:{strike.shop_id}", data=data, at=at)
    return len(ids)


def _orders(listing_id: int, at: datetime) -> list[int]:
    days = rulebook.value("recalls.back_days", at=at)
    return recall.orders_with(listing_id=listing_id, since=at - timedelta(days=days))


def _ask(
    kind: str, decision_ref: str, payload: dict[str, object], *, run_at: datetime = AT_ONCE
) -> None:
    outbox.enqueue(
        kind=kind,
        key=f"{kind}:{decision_ref}",
        payload={"decision_ref": decision_ref, **payload},
        run_at=run_at,
    )


def _write(strike: Strike, listing_id: int, order: Order, refund: Refund, at: datetime) -> Recall:
    advanced = refund.advance == Advance.OPEN
    days = rulebook.value("recalls.recover_days", at=strike.at)
    row = Recall.objects.create(
        decision_ref=strike.decision_ref,
        listing_id=listing_id,
        order=order,
        refund=refund,
        statement=queries.statement_of_recalls(strike.decision_ref),
        state=RecallState.ADVANCED if advanced else RecallState.HELD,
        at=at,
        due_at=strike.at.astimezone(UTC) + timedelta(days=days) if advanced else None,
    )
    data = {"recall_id": row.pk, "order_id": order.pk, "shop_id": order.shop_id}
    data["amount_minor"] = refund.amount_minor
    outbox.emit("recall.made", subject=order.ref, data=data, at=at)
    _record("recall.made", order.ref, {**data, "decision_ref": strike.decision_ref}, at=at)
    return row


@transaction.atomic
def _recover(recall_id: int, at: datetime) -> bool:
    row = _locked(recall_id)
    if row.state != RecallState.ADVANCED or row.due_at is None or row.due_at > at:
        return False  # an appeal came, or it was undone, meanwhile
    advances.recover(refund_id=row.refund_id, actor=row.ref, at=at)
    _end(row, RecallState.RECOVERED, at)
    return True


def _make_good(recall_id: int, at: datetime) -> None:
    row = _locked(recall_id)
    if row.state == RecallState.MADE_GOOD:
        return
    if row.state == RecallState.ADVANCED:
        advances.bear(refund_id=row.refund_id, actor=row.ref, at=at)
    elif row.order.shipped_at is not None or row.order.shipments.exists():
        # What was never sent the shop still has: there is nothing to pay for.
        compensation.compensate(
            order_id=row.order_id,
            key=f"{row.ref}:made_good",
            goods_minor=row.refund.goods_minor,
            shipping_minor=row.refund.shipping_minor,
            actor=row.ref,
            at=at,
        )
    _end(row, RecallState.MADE_GOOD, at)


def _locked(recall_id: int) -> Recall:
    """Return a recall, locked after its order, as the ledger's services lock."""
    order_id = Recall.objects.values_list("order_id", flat=True).get(pk=recall_id)
    recall.lock(order_id=order_id)
    rows = Recall.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("order", "refund").get(pk=recall_id)


def _end(row: Recall, to: RecallState, at: datetime) -> None:
    row.state, row.due_at, row.ended_at = to, None, at
    row.save(update_fields=["state", "due_at", "ended_at"])
    data = {"recall_id": row.pk, "decision_ref": row.decision_ref, "state": str(to)}
    _record("recall.ended", row.order.ref, data, at=at)


def _record(action: str, subject: str, data: dict[str, object], *, at: datetime) -> None:
    outbox.record(action=action, actor="system", subject=subject, data=data, at=at)


def _state(
    strike: Strike, listing: Listing, *, automated: bool, at: datetime
) -> StatementOfReasons:
    """Tell the seller, in the law's form, what happens to the money, before any of it moves."""
    days = rulebook.value("recalls.recover_days", at=at)
    owner = listing.shop.owner
    with override(owner.language):
        return reasons.state(
            addressee_id=owner.pk,
            subject=listing.ref,
            ground_reference=rules.RECALL_CLAUSE,
            explanation=_(
                "Buyers of these goods get their money back. Money that was still held goes back "
                "now. What you were paid already, the platform pays first: it is taken from your "
                "balance, or noted as your debt, when your appeal is turned down, or after "
                "%(days)d days without one. If your appeal is right, you lose nothing: the "
                "platform bears it."
            )
            % {"days": days},
            facts=_("“%(title)s” was found to be counterfeit.") % {"title": listing.title},
            category=rules.POLICY_TEXTS[strike.policy].category,
            content_type=[rules.PRODUCT],
            monetary=rules.PAYMENTS_SUSPENDED,
            source_type=SourceType.VOLUNTARY,
            source=queries.recall_source(strike.decision_ref),
            automated_detection=False,
            automated_decision=AutomatedDecision.FULLY if automated else AutomatedDecision.NOT,
            application_date=at,
            redress=redress(at=at),
            at=at,
        )
