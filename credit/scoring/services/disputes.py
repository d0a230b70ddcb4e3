"""A seller says that a fact is wrong; a person decides."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _

from credit.scoring import rules
from credit.scoring.models import DisputeState, FactDispute
from credit.scoring.services.scores import rescore
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.orders.models import Order
from marketplace.outbox import services as outbox
from marketplace.shops.models import Shop
from marketplace.shops.queries import require, works_in
from marketplace.shops.rules import Act

# As long as a credit bureau has to look into a dispute: US Fair Credit Reporting Act, s. 611.
DECIDED_WITHIN = timedelta(days=30)
# A fact that a person has confirmed is not frozen again at once.
REST = timedelta(days=90)
LETTERS_MAX = 2000
# Strikes have a way of their own, the appeal, which takes back what they cost.
APPEALED = frozenset({"strike_points", "fakes_proven"})


@transaction.atomic
def dispute_fact(
    *, shop_id: int, key: str, text: str, order_id: int | None, by_id: int, at: datetime
) -> FactDispute:
    """Say that the fact behind a row is wrong; the row stays where it is until it is decided.

    `order_id` names an order of the shop that ought not to count. Safe to repeat while open.
    Raises NotAllowed, BadInput, WrongState with the reason.
    """
    require(user_id=by_id, shop_id=shop_id, act=Act.APPEAL)
    Shop.objects.select_for_update(of=("self",), no_key=True).get(pk=shop_id)
    card = rules.shop_card()
    place = {one.key: number for number, one in enumerate(card.card.attributes)}
    _check(key, text, place)
    order = _order(shop_id, order_id)
    mine = FactDispute.objects.filter(shop_id=shop_id, key=key)
    open_one = mine.filter(state=DisputeState.OPEN).first()
    if open_one is not None:
        return open_one
    if mine.filter(state=DisputeState.REFUSED, decided_at__gt=at - REST).exists():
        raise WrongState(_("This was decided less than three months ago. See the answer."))
    score = rescore(shop_id=shop_id, cause="clock.day", at=at)
    dispute = FactDispute.objects.create(
        shop_id=shop_id,
        key=key,
        row=bytes(score.codes)[place[key]],
        table_hash=card.hash,
        order=order,
        text=text.strip(),
        by_id=by_id,
        at=at,
        due_at=at + DECIDED_WITHIN,
    )
    outbox.record(
        action="score.fact_disputed",
        actor=f"user:{by_id}",
        subject=dispute.ref,
        data={"shop_id": shop_id, "key": key},
        at=at,
    )
    return dispute


@transaction.atomic
def decide_dispute(
    *, dispute_id: int, right: bool, answer: str, by_id: int, at: datetime
) -> FactDispute:
    """Decide a disputed fact; the answer is shown to the seller. Safe to repeat.

    When the seller was right, the order he named no longer counts. The score is computed anew.
    Raises NotAllowed to all but staff without a part in the shop, BadInput, WrongState.
    """
    found = FactDispute.objects.get(pk=dispute_id)
    Shop.objects.select_for_update(of=("self",), no_key=True).get(pk=found.shop_id)
    dispute = FactDispute.objects.select_for_update(no_key=True).get(pk=dispute_id)
    by = get_user_model().objects.get(pk=by_id)
    if not (by.is_staff and by.is_active) or works_in(user_id=by_id, shop_id=dispute.shop_id):
        raise NotAllowed(_("Only staff who have no part in the shop may decide this."))
    if not answer.strip():
        raise BadInput(_("Say why, so that the seller understands it."), field="answer")
    state = DisputeState.UPHELD if right else DisputeState.REFUSED
    if (dispute.state, dispute.answer) == (state, answer.strip()):
        return dispute
    if dispute.state != DisputeState.OPEN:
        raise WrongState(_("This was decided before."))
    dispute.state, dispute.answer = state, answer.strip()
    dispute.decided_by_id, dispute.decided_at = by_id, at
    dispute.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    outbox.record(
        action=f"score.fact_{state}",
        actor=f"user:{by_id}",
        subject=dispute.ref,
        data={"shop_id": dispute.shop_id, "key": dispute.key},
        at=at,
    )
    rescore(shop_id=dispute.shop_id, cause="fact.decided", at=at)
    return dispute


def _check(key: str, text: str, place: dict[str, int]) -> None:
    if key in APPEALED:
        raise BadInput(_("Appeal the decision instead: your standing page leads there."))
    if key not in place:
        raise BadInput(_("There is no such row."), field="key")
    if not text.strip():
        raise BadInput(_("Say what is wrong."), field="text")
    if len(text) > LETTERS_MAX:
        raise BadInput(_("This is too long."), field="text")


def _order(shop_id: int, order_id: int | None) -> Order | None:
    if order_id is None:
        return None
    order = Order.objects.filter(pk=order_id, shop_id=shop_id).first()
    if order is None:
        raise BadInput(_("Your shop has no order with this number."), field="order")
    return order
