"""The chain of custody: who gave the goods to whom, when, under which seal."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.inspections import queries, rules
from antifake.inspections.models import HandOver, Holder, Inspection, State
from antifake.inspections.services.ordering import note
from marketplace.accounts.models import User
from marketplace.errors import BadInput, NotAllowed, WrongState


@transaction.atomic
def hand_over(
    *,
    inspection_id: int,
    by_id: int,
    key: UUID,
    giver: str,
    taker: str,
    seal_number: str,
    words: str = "",
    happened_at: datetime,
    at: datetime,
) -> HandOver:
    """Write down that goods went from one hand to the next; once a form (`key`).

    Nothing is ever changed: a mistake is put right by another hand-over. The inspector alone
    writes down what the inspector took.
    Raises NotAllowed for strangers, BadInput when the giver does not hold the goods, without a
    seal or for a moment ahead, WrongState when it is over.
    """
    row = Inspection.objects.select_for_update(no_key=True, of=["self"]).get(pk=inspection_id)
    user = User.objects.get(pk=by_id)
    if not queries.readable_by(user).filter(pk=row.pk).exists():
        raise NotAllowed(_("You have no part in this inspection."))
    known = HandOver.objects.filter(key=key).first()
    if known is not None:
        return known
    if row.state != State.ACCEPTED:
        raise WrongState(_("Goods travel once an inspector has taken it on, until the result."))
    if taker == Holder.INSPECTOR and by_id != row.inspector_id:
        raise NotAllowed(_("Only the inspector can say that the goods have come."))
    _check(row, giver, taker, seal_number, happened_at, at=at)
    made = HandOver.objects.create(
        inspection=row,
        number=row.hand_overs.count() + 1,
        giver=giver,
        taker=taker,
        seal_number=seal_number.strip(),
        words=words.strip(),
        happened_at=happened_at,
        by_id=by_id,
        key=key,
        at=at,
    )
    note(row=row, action="inspection.handed_over", by_id=by_id, at=at)
    return made


def _check(
    row: Inspection,
    giver: str,
    taker: str,
    seal_number: str,
    happened_at: datetime,
    *,
    at: datetime,
) -> None:
    if giver not in Holder.values or taker not in Holder.values:
        raise BadInput(_("Choose who gave the goods to whom."), "giver")
    if rules.gap(queries.links(row), giver=giver, taker=taker):
        raise BadInput(_("By what is written here, somebody else holds the goods."), "giver")
    if not seal_number.strip():
        raise BadInput(_("Write the number of the seal or the parcel."), "seal_number")
    last = row.hand_overs.order_by("-number").first()
    if happened_at > at or (last is not None and happened_at < last.happened_at):
        raise BadInput(_("This moment lies ahead, or before the last hand-over."), "happened_at")
