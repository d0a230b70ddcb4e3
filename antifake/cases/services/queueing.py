"""One queue for all that waits: cases, reported messages, answers about photos, documents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from antifake.cases import queries, rules
from antifake.cases.models import Case, CaseKind, ItemClaim
from antifake.cases.queries import waiting
from antifake.cases.rules.queue import Other
from antifake.cases.services import claims, second_looks
from marketplace.insertion import insert_new


@transaction.atomic
def take_next(
    *, by_id: int, at: datetime, kinds: Sequence[str] = (), but: Collection[str] = ()
) -> str | None:
    """Take what is most urgent of these kinds (none: of all); name it, as in "case:7".

    `but` names what one has just left.
    What one holds already comes first. Now and then it is a case whose answer is known. Safe
    for any number of people at once: nobody gets what somebody else holds.
    """
    claims.staff(by_id=by_id, is_alone=True)
    of_cases = [kind for kind in kinds if kind in CaseKind.values]
    wants_cases = bool(of_cases) or not kinds
    held = _held(by_id, wants_cases=wants_cases, at=at)
    if held:
        return held
    left = [int(ref.partition(":")[2]) for ref in but if ref.startswith("case:")]
    first = _first_case(by_id, of_cases, left, at=at) if wants_cases else None
    for item in _others(by_id, kinds, but, at=at):
        if first is not None and first.rank > item.place:
            break
        if _claim_item(item.ref, by_id, at=at):
            return item.ref
    if first is None:
        return None
    known = second_looks.draw(by_id=by_id, before=first.ref, at=at)
    return (known or claims.take(case=first, by_id=by_id, at=at)).ref


def _held(by_id: int, *, wants_cases: bool, at: datetime) -> str | None:
    if wants_cases:
        look = second_looks.open_look(by_id=by_id, at=at)
        if look is not None:
            return look.case.ref
        held = queries.held_by(user_id=by_id)
        case = held.select_for_update(no_key=True, of=["self"], skip_locked=True).first()
        if case is not None:
            return claims.take(case=case, by_id=by_id, at=at).ref
    return None


def _others(
    by_id: int, kinds: Sequence[str], but: Collection[str], *, at: datetime
) -> list[waiting.Item]:
    wanted = [kind for kind in Other if not kinds or kind in kinds]
    taken = set(
        ItemClaim.objects.filter(until__gt=at).exclude(by_id=by_id).values_list("ref", flat=True)
    )
    items = waiting.others(user_id=by_id, kinds=wanted, most=waiting.SHOWN)
    return [item for item in items if item.ref not in taken and item.ref not in but]


def _first_case(
    by_id: int, kinds: Sequence[str], left: Collection[int], *, at: datetime
) -> Case | None:
    """Lock the most urgent free case; what somebody else is taking is passed over."""
    free = queries.claimable(user_id=by_id, at=at, kinds=kinds, but=left)
    return free.select_for_update(no_key=True, of=["self"], skip_locked=True).first()


def _claim_item(ref: str, by_id: int, *, at: datetime) -> bool:
    until = at + rules.CLAIM_LASTS
    if insert_new([ItemClaim(ref=ref, by_id=by_id, until=until)], key="ref"):
        return True
    row = ItemClaim.objects.select_for_update(no_key=True, skip_locked=True).filter(ref=ref).first()
    if row is None or (row.by_id != by_id and row.until > at):
        return False
    row.by_id, row.until = by_id, until
    row.save(update_fields=["by", "until"])
    return True
