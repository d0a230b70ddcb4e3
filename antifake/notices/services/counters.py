"""A seller answers a withholding; the sender replies in time, or the goods return by themselves."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from antifake.cases.services.noticed import Noticed, open_for_notice
from antifake.notices import rules
from antifake.notices.models import (
    RUNNING,
    CounterNotice,
    CounterState,
    ItemState,
    Notice,
    NoticeItem,
    Side,
)
from antifake.notices.services import outcomes, threads
from antifake.notices.services.drafts import locked
from antifake.notices.services.sending import RANK_PERMILLE
from antifake.references.services import files
from marketplace.errors import BadInput, WrongState
from marketplace.inbox import services as inbox
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.shops.queries import require
from marketplace.shops.rules import Act

LETTERS = 10
# As long as the answer may be needed before a court (limitation of most claims: three years).
EVIDENCE_STAYS = timedelta(days=3 * 365)
BATCH = 50


def answer(
    *, item_id: int, by_id: int, text: str, upload: bytes = b"", at: datetime
) -> CounterNotice:
    """A seller answers a notice that withholds goods, with evidence if there is some.

    The sender has the rule book's business days to reply. Safe to repeat: the first answer stays.
    Raises NotAllowed to all but those who appeal for the shop, WrongState when nothing is
    withheld or the time is over, BadInput without words.
    """
    with ExitStack() as stack:
        file = None
        if upload:
            file = stack.enter_context(files.PROOFS.kept(upload=upload, field="evidence"))
        stack.enter_context(transaction.atomic())
        item = NoticeItem.objects.select_related("listing", "statement").get(pk=item_id)
        require(user_id=by_id, shop_id=item.listing.shop_id, act=Act.APPEAL)
        notice = Notice.objects.select_for_update(no_key=True, of=["self"]).get(pk=item.notice_id)
        there = CounterNotice.objects.filter(item=item).first()
        if there is not None:
            return there
        item.refresh_from_db(fields=["state"])
        if item.state != ItemState.WITHHELD or item.statement is None:
            raise WrongState(_("This notice withholds nothing of yours any more."))
        if at > item.statement.redress_until:
            raise WrongState(_("The time to answer this notice is over."))
        if len(text.strip()) < LETTERS:
            raise BadInput(_("Tell us in a sentence why the notice is wrong."), field="text")
        days = rulebook.value("notices.reply_days", at=at)
        counter = CounterNotice.objects.create(
            item=item,
            by_id=by_id,
            evidence=file.attach(by_id=by_id, due_at=at + EVIDENCE_STAYS, at=at) if file else None,
            at=at,
            due_at=rules.business_days_after(at, days),
        )
        threads.say(counter=counter, side=Side.SELLER, text=text.strip(), at=at)
        _record("counter.opened", counter, by_id=by_id, at=at)
        inbox.notify(
            user_id=notice.by_id,
            kind="counter.opened",
            key=f"counter.opened:{counter.pk}",
            subject=_("The seller of “%(title)s” answers your notice")
            % {"title": item.listing.title},
            body=_("Reply within %(days)d business days, or the goods return by themselves.")
            % {"days": days},
            link=reverse("notices:counter", args=[counter.pk]),
            at=at,
        )
    return counter


@transaction.atomic
def reply(*, counter_id: int, by_id: int, text: str, at: datetime) -> CounterNotice:
    """The sender replies: a person decides, who has seen neither before. Safe to repeat.

    Raises NotAllowed to whoever does not act for the holder, WrongState when it is not their
    turn, BadInput without words.
    """
    counter, notice, item = _open_thread(counter_id, by_id=by_id)
    if counter.state == CounterState.ANSWERED:
        return counter
    _check_turn(counter, at=at)
    text = text.strip()
    if len(text) < LETTERS:
        raise BadInput(_("Tell us in a sentence why the seller is wrong."), field="text")
    threads.say(counter=counter, side=Side.SENDER, text=text, at=at)
    said = "\n".join(f"{line.get_side_display()}: {line.text}" for line in counter.lines.all())
    sentence = _("The seller answered notice %(number)d, and its sender replied.\n%(said)s") % {
        "number": notice.pk,
        "said": said,
    }
    cases = open_for_notice(
        occasion=counter.ref,
        noticed=[Noticed(item.listing_id, sentence)],
        rank_permille=RANK_PERMILLE,
        at=at,
    )
    counter.case_id, counter.state = cases[item.listing_id], CounterState.ANSWERED
    counter.due_at = None
    counter.save(update_fields=["case", "state", "due_at"])
    _record("counter.replied", counter, by_id=by_id, at=at)
    return counter


@transaction.atomic
def go_to_court(*, counter_id: int, by_id: int, text: str, at: datetime) -> CounterNotice:
    """The sender went to court (`text`: which, and the number): the goods stay withheld for a time.

    Safe to repeat; raises as `reply`.
    """
    counter, _notice, _item = _open_thread(counter_id, by_id=by_id)
    if counter.state == CounterState.AT_COURT:
        return counter
    _check_turn(counter, at=at)
    text = text.strip()
    if len(text) < LETTERS:
        raise BadInput(_("Name the court and the number of the case."), field="text")
    threads.say(counter=counter, side=Side.SENDER, text=text, at=at)
    days = rulebook.value("notices.court_days", at=at)
    counter.state, counter.due_at = CounterState.AT_COURT, at + timedelta(days=days)
    counter.save(update_fields=["state", "due_at"])
    _record("counter.at_court", counter, by_id=by_id, at=at)
    return counter


@transaction.atomic
def concede(*, counter_id: int, by_id: int, at: datetime) -> CounterNotice:
    """The sender takes it back for these goods: they return at once. Safe to repeat."""
    counter, notice, item = _open_thread(counter_id, by_id=by_id)
    if counter.state == CounterState.CONCEDED:
        return counter
    if counter.state not in RUNNING:
        raise WrongState(_("This thread is over."))
    threads.close(counter=counter, state=CounterState.CONCEDED, at=at)
    outcomes.give_back(notice=notice, item=item, at=at)
    _record("counter.conceded", counter, by_id=by_id, at=at)
    return counter


def lapse_due(*, at: datetime) -> int:
    """Give back what nobody replied about in time; return how many. One transaction each."""
    due = CounterNotice.objects.filter(state__in=RUNNING, due_at__lte=at).order_by("pk")
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    return sum(_lapse(pk, at=at) for pk in ids)


@transaction.atomic
def _lapse(counter_id: int, *, at: datetime) -> bool:
    counter, notice, item = _locked(counter_id)
    if counter.state not in RUNNING or counter.due_at is None or counter.due_at > at:
        return False
    threads.close(counter=counter, state=CounterState.LAPSED, at=at)
    outcomes.give_back(notice=notice, item=item, at=at)
    _record("counter.lapsed", counter, by_id=None, at=at)
    return True


def _open_thread(counter_id: int, *, by_id: int) -> tuple[CounterNotice, Notice, NoticeItem]:
    """Return the thread, its notice locked, for a person who acts for the holder."""
    counter, notice, item = _locked(counter_id)
    locked(notice_id=notice.pk, by_id=by_id)
    return counter, notice, item


def _locked(counter_id: int) -> tuple[CounterNotice, Notice, NoticeItem]:
    """Return a thread with its notice locked: the lock that whatever ends it takes first."""
    notice_id = NoticeItem.objects.values_list("notice_id", flat=True).get(counter=counter_id)
    notice = Notice.objects.select_for_update(no_key=True, of=["self"]).get(pk=notice_id)
    counter = CounterNotice.objects.select_for_update(no_key=True, of=["self"]).get(pk=counter_id)
    return counter, notice, NoticeItem.objects.get(counter=counter_id)


def _check_turn(counter: CounterNotice, *, at: datetime) -> None:
    if counter.state not in RUNNING or counter.due_at is None or counter.due_at <= at:
        raise WrongState(_("The time to reply is over, or a person decides already."))


def _record(action: str, counter: CounterNotice, *, by_id: int | None, at: datetime) -> None:
    data = {"counter_id": counter.pk, "item_id": counter.item_id, "state": str(counter.state)}
    actor = f"user:{by_id}" if by_id else "system"
    outbox.emit(action, subject=counter.ref, data=data, at=at)
    outbox.record(action=action, actor=actor, subject=counter.ref, data=data, at=at)
