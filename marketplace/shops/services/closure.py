"""A planned closure: no new orders from a date, open orders end as usual, then the shop closes.

approved → closing → closed. The rooms above end what is open; `close` is theirs to call.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.errors import BadInput, WrongState
from marketplace.inbox import services as inbox
from marketplace.outbox import services as outbox
from marketplace.shops import queries, rules
from marketplace.shops.models import Shop, ShopState
from marketplace.shops.rules import Act
from marketplace.shops.services import shares
from marketplace.shops.services.shop import locked

# Long enough to sell out and move on, short enough to remain somebody's plan.
PLANNED_DAYS_MAX = 365


@transaction.atomic
def plan_closure(*, shop_id: int, by_id: int, from_at: datetime, at: datetime) -> Shop:
    """Take no new orders from `from_at` on, at once if that is past. Safe to repeat.

    Raises NotAllowed to all but owners, WrongState when the shop is not open, BadInput for a
    date too far away.
    """
    shop = locked(shop_id=shop_id)
    queries.require(user_id=by_id, shop_id=shop_id, act=Act.CLOSE_SHOP)
    if shop.state in {ShopState.CLOSING, ShopState.CLOSED}:
        return shop
    if not rules.may_move(shop.state, ShopState.CLOSING):
        raise WrongState(_("Only a shop that is open can be closed."))
    if from_at > at + timedelta(days=PLANNED_DAYS_MAX):
        raise BadInput(_("Choose a day within a year."), field="from_day")
    if shop.closing_from == from_at:
        return shop
    shop.closing_from = from_at
    shop.save(update_fields=["closing_from"])
    data = {"closing_from": from_at.isoformat()}
    outbox.record(
        action="shop.closure_planned", actor=f"user:{by_id}", subject=shop.ref, data=data, at=at
    )
    if from_at <= at:
        _begin(shop, actor=f"user:{by_id}", at=at)
    return shop


@transaction.atomic
def call_off_closure(*, shop_id: int, by_id: int, at: datetime) -> Shop:
    """Keep the shop after all; one that is closing sells again. Safe to repeat.

    Raises NotAllowed to all but owners, WrongState once it is closed.
    """
    shop = locked(shop_id=shop_id)
    queries.require(user_id=by_id, shop_id=shop_id, act=Act.CLOSE_SHOP)
    if shop.closing_from is None:
        return shop
    if shop.state == ShopState.CLOSED:
        raise WrongState(_("This shop is closed."))
    if shop.state == ShopState.CLOSING:
        shop.state = ShopState.APPROVED
    shop.closing_from = None
    shop.save(update_fields=["state", "closing_from"])
    actor = f"user:{by_id}"
    outbox.record(action="shop.closure_called_off", actor=actor, subject=shop.ref, data={}, at=at)
    return shop


@transaction.atomic
def begin_closing(*, shop_id: int, at: datetime) -> Shop:
    """Take no new orders when the planned day has come. Safe to repeat."""
    shop = locked(shop_id=shop_id)
    is_due = shop.closing_from is not None and shop.closing_from <= at
    if shop.state == ShopState.APPROVED and is_due:
        _begin(shop, actor="system", at=at)
    return shop


def begin_due(*, at: datetime) -> int:
    """Begin every closure whose day has come; return how many."""
    shop_ids = list(queries.closing_due(at=at).values_list("pk", flat=True))
    for shop_id in shop_ids:
        begin_closing(shop_id=shop_id, at=at)
    return len(shop_ids)


@transaction.atomic
def close(*, shop_id: int, at: datetime) -> Shop:
    """End a closing shop for good: its orders have ended and its money is paid. Safe to repeat.

    Raises WrongState for a shop that is not closing.
    """
    shop = locked(shop_id=shop_id)
    if shop.state == ShopState.CLOSED:
        return shop
    if not rules.may_move(shop.state, ShopState.CLOSED):
        raise WrongState(_("Only a shop that is closing can be closed."))
    shop.state, shop.closed_at = ShopState.CLOSED, at
    shop.save(update_fields=["state", "closed_at"])
    shares.end_shares_of(shop=shop, at=at)
    data = {"shop_id": shop.pk}
    outbox.record(action="shop.closed", actor="system", subject=shop.ref, data={}, at=at)
    outbox.emit("shop.closed", subject=shop.ref, data=data, at=at)
    with override(shop.owner.language):
        inbox.notify(
            user_id=shop.owner_id,
            kind="shop.closed",
            key=f"shop.closed:{shop.pk}",
            subject=_("Your shop %(name)s is closed") % {"name": shop.name},
            body=_("All orders have ended and all money is paid out. Thank you for your trade."),
            link=reverse("shops:desk"),
            at=at,
        )
    return shop


def _begin(shop: Shop, *, actor: str, at: datetime) -> None:
    if shop.state != ShopState.APPROVED:
        return  # suspended: it closes when the sanction ends (rules.state_under)
    shop.state = ShopState.CLOSING
    shop.save(update_fields=["state"])
    outbox.record(action="shop.closing", actor=actor, subject=shop.ref, data={}, at=at)
    outbox.emit("shop.closing", subject=shop.ref, data={"shop_id": shop.pk}, at=at)
    with override(shop.owner.language):
        inbox.notify(
            user_id=shop.owner_id,
            kind="shop.closing",
            key=f"shop.closing:{shop.pk}:{at.isoformat()}",
            subject=_("Your shop %(name)s takes no new orders") % {"name": shop.name},
            body=_(
                "Since %(day)s. Send what is paid; when every order has ended we pay you"
                " the rest and close the shop."
            )
            % {"day": date_format(at, "DATE_FORMAT")},
            link=reverse("shops:desk"),
            at=at,
        )
