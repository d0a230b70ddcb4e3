"""Who bears what the platform paid a buyer first: the shop, or after a won appeal the platform."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from marketplace.ledger import services as ledger
from marketplace.orders.models import Advance, Order, Refund
from marketplace.orders.services import accounts, locks, owing
from marketplace.outbox import services as outbox


@transaction.atomic
def recover(*, refund_id: int, actor: str, at: datetime) -> Refund:
    """Take an advanced refund from the shop: reserve and balance first, the rest is its debt.

    Safe to repeat; one that was settled already is left alone.
    """
    order, refund = _locked(refund_id)
    if refund.advance != Advance.OPEN:
        return refund
    shop = locks.shop(shop_id=order.shop_id)
    entries = {
        **owing.collect(order=order, shop=shop, refund=refund, at=at),
        accounts.advances(currency=order.currency, at=at): refund.net_minor,
    }
    _post(order, f"{refund.ref}:recovered", kind="clawback", entries=entries, actor=actor, at=at)
    return _settle(order, refund, Advance.RECOVERED, actor, at)


@transaction.atomic
def bear(*, refund_id: int, actor: str, at: datetime) -> Refund:
    """Let the platform bear an advanced refund: an appeal was right. Safe to repeat."""
    order, refund = _locked(refund_id)
    if refund.advance != Advance.OPEN:
        return refund
    entries = {
        accounts.goodwill(currency=order.currency, at=at): -refund.net_minor,
        accounts.advances(currency=order.currency, at=at): refund.net_minor,
    }
    _post(order, f"{refund.ref}:borne", kind="advance_borne", entries=entries, actor=actor, at=at)
    return _settle(order, refund, Advance.BORNE, actor, at)


def _locked(refund_id: int) -> tuple[Order, Refund]:
    order_id = Refund.objects.values_list("order_id", flat=True).get(pk=refund_id)
    order = locks.order_with_payment(order_id=order_id)
    return order, Refund.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund_id)


def _post(
    order: Order, key: str, *, kind: str, entries: Mapping[int, int], actor: str, at: datetime
) -> None:
    moved = {account: amount for account, amount in entries.items() if amount}
    if moved:  # a refund that was commission alone costs the shop nothing
        ledger.post(key=key, kind=kind, entries=moved, ref=order.ref, actor=actor, at=at)


def _settle(order: Order, refund: Refund, to: Advance, actor: str, at: datetime) -> Refund:
    refund.advance = to
    refund.save(update_fields=["advance"])
    data = {"order_id": order.pk, "shop_id": order.shop_id, "refund_id": refund.pk}
    data["amount_minor"] = refund.net_minor
    outbox.record(action=f"advance.{to}", actor=actor, subject=order.ref, data=data, at=at)
    outbox.emit(name=f"advance.{to}", subject=order.ref, data=data, at=at)
    return refund
