"""Who looks at which case, and until when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from antifake.cases import queries, rules
from antifake.cases.models import Case, CaseState
from marketplace.accounts.models import User
from marketplace.errors import NotAllowed, WrongState
from marketplace.outbox import services as outbox
from marketplace.shops.queries import gains_from

# How many stale claims the clock frees in one transaction.
FREE_BATCH = 200
CLAIM_FIELDS = ["state", "claimed_by", "claimed_at", "claim_until"]


@transaction.atomic
def claim(*, case_id: int, by_id: int, at: datetime) -> Case:
    """Take a case to decide it. Safe to repeat.

    Raises WrongState when it is decided, NotAllowed when somebody else holds it (his claim runs
    rules.CLAIM_LASTS, less while his page is open), or to anybody who is not staff, works in
    the shop or passed the case on.
    """
    case = locked(case_id=case_id)
    check_staff(case=case, by_id=by_id)
    if case.state not in (CaseState.OPEN, CaseState.CLAIMED):
        raise WrongState(_("This case is decided."))
    check_claim(case=case, by_id=by_id, at=at)
    return take(case=case, by_id=by_id, at=at)


@transaction.atomic
def claim_next(
    *, by_id: int, at: datetime, kinds: Sequence[str] = (), but: Collection[int] = ()
) -> Case | None:
    """Take the most urgent free case, or the one already held; None when there is none.

    `kinds`: of these alone; `but`: not these, which one has just left. Two people who ask at
    once get two cases: locked rows are passed over.
    """
    staff(by_id=by_id)
    held = (
        queries.held_by(user_id=by_id)
        .select_for_update(no_key=True, of=["self"], skip_locked=True)
        .first()
    )
    if held is not None:
        return take(case=held, by_id=by_id, at=at)
    free = queries.claimable(user_id=by_id, at=at, kinds=kinds, but=but)
    case = free.select_for_update(no_key=True, of=["self"], skip_locked=True).first()
    return None if case is None else take(case=case, by_id=by_id, at=at)


def keep(*, case_id: int, by_id: int, at: datetime, lasts: timedelta) -> bool:
    """Keep a case one holds for `lasts` from now; say whether one still holds it.

    One statement and no audit entry: an open page says it every 20 seconds.
    """
    mine = Case.objects.filter(pk=case_id, state=CaseState.CLAIMED, claimed_by_id=by_id)
    return mine.update(claim_until=at + lasts) == 1


@transaction.atomic
def unclaim(*, case_id: int, by_id: int, at: datetime) -> Case:
    """Put a claimed case back. Safe to repeat. Raises NotAllowed when it is somebody else's."""
    case = locked(case_id=case_id)
    if case.state != CaseState.CLAIMED:
        return case
    if case.claimed_by_id != by_id:
        raise NotAllowed(_("Somebody else has claimed this case."))
    put_back(case=case)
    case.save(update_fields=CLAIM_FIELDS)
    write(action="case.unclaimed", case=case, actor=f"user:{by_id}", at=at)
    return case


@transaction.atomic
def free_stale(*, at: datetime) -> int:
    """Put back the cases whose claim has run out, a batch at most; return how many.

    Safe to repeat. Others may take such a case even before the clock comes by.
    """
    stale = queries.stale_claims(at=at).order_by("pk")
    cases = list(stale.select_for_update(no_key=True, of=["self"], skip_locked=True)[:FREE_BATCH])
    for case in cases:
        put_back(case=case)
        case.save(update_fields=CLAIM_FIELDS)
        write(action="case.released", case=case, actor="system", at=at)
    return len(cases)


def locked(*, case_id: int) -> Case:
    """Return the case, locked. Needs a transaction."""
    return (
        Case.objects.select_for_update(no_key=True, of=["self"])
        .select_related("listing")
        .get(pk=case_id)
    )


def check_claim(*, case: Case, by_id: int, at: datetime) -> None:
    """Raise NotAllowed when somebody else holds the case, or when one passed it on oneself."""
    if case.escalated_by_id == by_id:
        raise NotAllowed(_("You passed this case on; somebody else must decide."))
    held = case.state == CaseState.CLAIMED and case.claimed_by_id != by_id
    if held and not queries.is_stale(case, at=at):
        raise NotAllowed(_("Somebody else has claimed this case."))


def check_staff(*, case: Case, by_id: int) -> None:
    """Raise NotAllowed to anybody who is not staff, or works in the shop the case is about."""
    check_staff_of(shop_id=case.listing.shop_id, by_id=by_id)


def check_staff_of(*, shop_id: int, by_id: int) -> None:
    """Raise NotAllowed to anybody who is not staff, or gains from the shop."""
    staff(by_id=by_id)
    if gains_from(user_id=by_id, shop_id=shop_id):
        raise NotAllowed(_("You work in this shop; somebody else must decide."))


def staff(*, by_id: int, is_alone: bool = False) -> User:
    """Return a member of staff. Raises NotAllowed to anybody else.

    `is_alone`: locked, so that one person's two clicks wait for each other.
    """
    people = User.objects.select_for_update(no_key=True) if is_alone else User.objects.all()
    user = people.get(pk=by_id)
    if not (user.is_staff and user.is_active):
        raise NotAllowed(_("Only platform staff decide cases."))
    return user


def take(*, case: Case, by_id: int, at: datetime) -> Case:
    """Give a locked case to somebody for rules.CLAIM_LASTS."""
    again = case.state == CaseState.CLAIMED and case.claimed_by_id == by_id
    case.state, case.claimed_by_id, case.claimed_at = CaseState.CLAIMED, by_id, at
    case.claim_until = at + rules.CLAIM_LASTS
    case.save(update_fields=CLAIM_FIELDS)
    if not again:
        write(action="case.claimed", case=case, actor=f"user:{by_id}", at=at)
    return case


def put_back(*, case: Case) -> None:
    """Let a locked case be free; the caller saves CLAIM_FIELDS."""
    case.state, case.claimed_by, case.claimed_at = CaseState.OPEN, None, None
    case.claim_until = None


def wake(*, shop_id: int, at: datetime) -> int:
    """The seller sent what was asked for: their cases rest no longer. Returns how many."""
    resting = Case.objects.filter(listing__shop_id=shop_id, rests_until__gt=at)
    return resting.update(rests_until=at)


def write(*, action: str, case: Case, actor: str, at: datetime) -> None:
    """Write down who did what to a claim."""
    data = {"listing_id": case.listing_id}
    outbox.record(action=action, actor=actor, subject=case.ref, data=data, at=at)
