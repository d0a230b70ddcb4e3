"""Who looks at which case."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.cases import queries, rules
from antifake.cases.models import Case, CaseState
from marketplace.accounts.models import User
from marketplace.errors import NotAllowed, WrongState
from marketplace.outbox import services as outbox
from marketplace.shops.queries import gains_from


@transaction.atomic
def claim(*, case_id: int, by_id: int, at: datetime) -> Case:
    """Take a case to decide it. Safe to repeat.

    Raises WrongState when it is decided, NotAllowed when somebody else claimed it less than
    rules.CLAIM_LASTS ago, or to anybody who is not staff or works in the shop.
    """
    case = locked(case_id=case_id)
    check_staff(case=case, by_id=by_id)
    if case.state not in (CaseState.OPEN, CaseState.CLAIMED):
        raise WrongState(_("This case is decided."))
    check_claim(case=case, by_id=by_id, at=at)
    return _take(case, by_id, at=at)


@transaction.atomic
def claim_next(*, by_id: int, at: datetime) -> Case | None:
    """Take the most urgent free case, or the one already held; None when there is none.

    Two people who ask at once get two cases: locked rows are passed over.
    """
    _staff(by_id)
    free = queries.claimable(user_id=by_id, at=at)
    case = free.select_for_update(of=["self"], skip_locked=True).first()
    return None if case is None else _take(case, by_id, at=at)


@transaction.atomic
def unclaim(*, case_id: int, by_id: int, at: datetime) -> Case:
    """Put a claimed case back. Safe to repeat. Raises NotAllowed when it is somebody else's."""
    case = locked(case_id=case_id)
    if case.state != CaseState.CLAIMED:
        return case
    if case.claimed_by_id != by_id:
        raise NotAllowed(_("Somebody else has claimed this case."))
    case.state, case.claimed_by, case.claimed_at = CaseState.OPEN, None, None
    case.save(update_fields=["state", "claimed_by", "claimed_at"])
    _record("case.unclaimed", case, by_id, at=at)
    return case


def locked(*, case_id: int) -> Case:
    """Return the case, locked. Needs a transaction."""
    return Case.objects.select_for_update(of=["self"]).select_related("listing").get(pk=case_id)


def check_claim(*, case: Case, by_id: int, at: datetime) -> None:
    """Raise NotAllowed when somebody else holds the case and has not walked away."""
    held = case.state == CaseState.CLAIMED and case.claimed_by_id != by_id
    if held and case.claimed_at is not None and at - case.claimed_at < rules.CLAIM_LASTS:
        raise NotAllowed(_("Somebody else has claimed this case."))


def check_staff(*, case: Case, by_id: int) -> None:
    """Raise NotAllowed to anybody who is not staff, or works in the shop the case is about."""
    _staff(by_id)
    if gains_from(user_id=by_id, shop_id=case.listing.shop_id):
        raise NotAllowed(_("You work in this shop; somebody else must decide."))


def _staff(by_id: int) -> User:
    user = User.objects.get(pk=by_id)
    if not (user.is_staff and user.is_active):
        raise NotAllowed(_("Only platform staff decide cases."))
    return user


def _take(case: Case, by_id: int, *, at: datetime) -> Case:
    again = case.state == CaseState.CLAIMED and case.claimed_by_id == by_id
    case.state, case.claimed_by_id, case.claimed_at = CaseState.CLAIMED, by_id, at
    case.save(update_fields=["state", "claimed_by", "claimed_at"])
    if not again:
        _record("case.claimed", case, by_id, at=at)
    return case


def _record(action: str, case: Case, by_id: int, *, at: datetime) -> None:
    data = {"listing_id": case.listing_id}
    subject = f"case:{case.pk}"
    outbox.record(action=action, actor=f"user:{by_id}", subject=subject, data=data, at=at)
