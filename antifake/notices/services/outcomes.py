"""What becomes of a notice's items: a person's rulings, appeals, and the sender's withdrawal."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from antifake.cases.models import Decision, Verdict
from antifake.notices.models import (
    ACTIVE,
    CounterNotice,
    CounterState,
    ItemState,
    Notice,
    NoticeItem,
    NoticeState,
)
from antifake.notices.services import threads
from antifake.notices.services.drafts import locked
from antifake.notices.services.sending import settle
from marketplace.errors import WrongState
from marketplace.outbox import services as outbox
from marketplace.trust import services as trust

# States a ruling may change; what was withdrawn stays so.
RULED = (ItemState.WAITING, ItemState.WITHHELD, ItemState.UPHELD, ItemState.REJECTED)


@transaction.atomic
def note_ruling(*, case_id: int, at: datetime) -> int:
    """Follow the standing decision of a case in every notice that waits for it; return how many.

    Removed: the decision withholds from now on. Allowed: the notice's withholding ends. Safe to
    repeat, and after an appeal or an undone decision.
    """
    standing = Decision.objects.standing().filter(case=case_id).order_by("-pk").first()
    if standing is None:
        return 0
    about = Q(items__case=case_id) | Q(items__counter__case=case_id)
    ids = list(Notice.objects.filter(about).distinct().values_list("pk", flat=True))
    rows = Notice.objects.filter(pk__in=ids).order_by("pk")
    for notice in rows.select_for_update(no_key=True, of=["self"]):
        mine = Q(case=case_id) | Q(counter__case=case_id)
        for item in notice.items.filter(mine).order_by("pk"):
            _follow(notice, item, standing, at=at)
        if notice.state in ACTIVE:
            settle(notice=notice, at=at)
    return len(ids)


@transaction.atomic
def withdraw(*, notice_id: int, by_id: int, at: datetime) -> Notice:
    """Take a notice back: all it withholds returns at once. Safe to repeat.

    What a person decided stays decided. A draft is thrown away by leaving it: raises WrongState.
    """
    notice = locked(notice_id=notice_id, by_id=by_id)
    if notice.state == NoticeState.WITHDRAWN:
        return notice
    if notice.state not in ACTIVE:
        raise WrongState(_("This notice was not sent yet."))
    open_ = notice.items.filter(state__in=[ItemState.WAITING, ItemState.WITHHELD])
    items = list(open_.order_by("listing_id"))
    held = [item.listing_id for item in items if item.state == ItemState.WITHHELD]
    trust.lift_for_notice(listing_ids=held, source=notice.ref, at=at)
    answered = CounterNotice.objects.filter(item__in=items)
    answered_ids = set(answered.values_list("item_id", flat=True))
    for item in items:
        # Whoever withdraws only after the seller answered was wrong; before that, careful.
        back = ItemState.RESTORED if item.pk in answered_ids else ItemState.WITHDRAWN
        item.state, item.decided_at = back, at
    NoticeItem.objects.bulk_update(items, ["state", "decided_at"])
    for counter in answered.order_by("pk").select_for_update(no_key=True, of=["self"]):
        threads.close(counter=counter, state=CounterState.CONCEDED, at=at)
    notice.state, notice.withdrawn_at = NoticeState.WITHDRAWN, at
    notice.save(update_fields=["state", "withdrawn_at"])
    data = {"restored": len(held), "notice_id": notice.pk}
    outbox.emit("notice.withdrawn", subject=notice.ref, data=data, at=at)
    outbox.record(
        action="notice.withdrawn", actor=f"user:{by_id}", subject=notice.ref, data=data, at=at
    )
    return notice


def give_back(*, notice: Notice, item: NoticeItem, at: datetime) -> None:
    """End a withholding of a locked notice against its sender. Needs a transaction."""
    trust.lift_for_notice(listing_ids=[item.listing_id], source=notice.ref, at=at)
    item.state, item.decided_at = ItemState.RESTORED, at
    item.save(update_fields=["state", "decided_at"])
    settle(notice=notice, at=at)


def _follow(notice: Notice, item: NoticeItem, decision: Decision, *, at: datetime) -> None:
    removed = decision.verdict == Verdict.REMOVE
    counter = CounterNotice.objects.filter(item=item, case=decision.case_id).first()
    if counter is not None:
        threads.close(
            counter=counter,
            state=CounterState.LOST if removed else CounterState.WON,
            words=decision.note,
            at=at,
        )
    if item.state not in (*RULED, ItemState.RESTORED):
        return
    # The decision withholds by a source of its own, or nothing does any more.
    trust.lift_for_notice(listing_ids=[item.listing_id], source=notice.ref, at=at)
    if removed:
        item.state = ItemState.UPHELD
    else:
        item.state = ItemState.RESTORED if item.withheld_at else ItemState.REJECTED
    item.decided_at = at
    item.save(update_fields=["state", "decided_at"])
