"""Sending a notice: what may be withheld at once is, in one transaction; a person has the rest.

The number of SQL statements does not grow with the number of goods.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from antifake.cases.services.noticed import Noticed, open_for_notice
from antifake.notices import queries, rules
from antifake.notices.models import COMPLETE, Ground, ItemState, Notice, NoticeItem, NoticeState
from antifake.notices.services.drafts import locked
from antifake.references import queries as references
from antifake.references.models import Right
from marketplace.errors import WrongState
from marketplace.inbox import services as inbox
from marketplace.listings.models import Listing, ListingState
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.trust import services as trust

COMPARE = "notices.compare"
# So many goods are compared in one job: some hundred milliseconds each.
A_JOB = 10
# The place of a notice's case in the queue: between a doubtful find and a sure one.
RANK_PERMILLE = 600


@transaction.atomic
def send(*, notice_id: int, by_id: int, at: datetime) -> Notice:
    """Send a notice. What is missing is noted (state incomplete) and nothing is lost.

    Complete: goods that may be withheld at once are, each with a statement of reasons; the others
    become cases for a person. Safe to repeat: a notice that was sent is returned untouched.
    Raises WrongState when it was withdrawn, or when the sender's notices are limited.
    """
    notice = locked(notice_id=notice_id, by_id=by_id)
    if notice.state == NoticeState.WITHDRAWN:
        raise WrongState(_("This notice was withdrawn."))
    if notice.state in COMPLETE:
        return notice
    if queries.missing_of(notice):
        notice.state = NoticeState.INCOMPLETE
        notice.save(update_fields=["state"])
        return notice
    record = queries.record_of(holder_id=notice.holder_id, by_id=by_id, at=at)
    most = record.standing.a_day
    if most is not None and queries.sent_last_day(by_id, at=at) >= most:
        raise WrongState(_("Your notices are limited for now; the reasons are in your messages."))
    notice.by_id, notice.sent_at, notice.state = by_id, at, NoticeState.SENT
    notice.save(update_fields=["by", "sent_at", "state"])
    items = list(notice.items.select_related("listing").order_by("listing_id"))
    trust.lock_shops(shop_ids={item.listing.shop_id for item in items})
    shown = [item for item in items if _is_on_sale(item)]
    held = _withhold(notice, shown, trusted=record.trusted, at=at)
    rest = [item for item in shown if item.listing_id not in held]
    _hand_over(notice, rest, at=at)
    for item in items:
        if item not in shown:
            item.state = ItemState.GONE
    _save(items)
    settle(notice=notice, at=at)
    _ask_to_compare(notice, rest, at=at)
    _tell(notice, held=len(held), waiting=len(rest), at=at)
    return notice


@transaction.atomic
def withhold_compared(*, notice_id: int, listing_ids: Collection[int], at: datetime) -> list[int]:
    """Withhold goods of a sent notice that comparing showed to be copies of known fakes.

    Their cases stay with a person. Safe to repeat; what no longer waits is left alone. Returns
    what was withheld.
    """
    notice = Notice.objects.select_for_update(no_key=True, of=["self"]).get(pk=notice_id)
    if notice.state != NoticeState.SENT:
        return []
    waiting = notice.items.filter(listing__in=listing_ids, state=ItemState.WAITING)
    items = [
        item
        for item in waiting.select_related("listing").order_by("listing_id")
        if _is_on_sale(item)
    ]
    trust.lock_shops(shop_ids={item.listing.shop_id for item in items})
    copies = {item.listing_id for item in items}
    held = _withhold(notice, items, trusted=False, copies=copies, at=at)
    _save([item for item in items if item.listing_id in held])
    settle(notice=notice, at=at)
    return sorted(held)


def settle(*, notice: Notice, at: datetime) -> None:
    """Bring a locked notice's state in line with its items; tell its sender when all is decided."""
    if notice.state == NoticeState.WITHDRAWN:
        return
    state = rules.state_of(notice.items.values_list("state", flat=True).distinct())
    first = notice.decided_at is None and state != NoticeState.SENT
    if first:
        notice.decided_at = at
    notice.state = state
    notice.save(update_fields=["state", "decided_at"])
    if first:
        _tell_decided(notice, at=at)


def _withhold(
    notice: Notice,
    items: Sequence[NoticeItem],
    *,
    trusted: bool,
    at: datetime,
    copies: Collection[int] | None = None,
) -> set[int]:
    """Withhold what may be at once; the shops are locked. Returns which listings."""
    right = _right_of(notice)
    if not items or not references.is_in_force(right, at=at):
        return set()
    ids = [item.listing_id for item in items]
    shops = {item.listing.shop_id for item in items}
    known = references.fakes_at_a_glance(ids) if copies is None else dict.fromkeys(copies, "")
    authorised = queries.authorised_shops(right.brand_id, shops)
    chosen = rules.at_once(
        [
            rules.Candidate(
                listing_id=item.listing_id,
                shop_id=item.listing.shop_id,
                is_copy=item.listing_id in known,
                authorised=item.listing.shop_id in authorised,
            )
            for item in items
        ],
        queries.shelves_of(shops),
        right_in_force=True,
        trusted=trusted,
        share_permille=rulebook.value("notices.share_permille", at=at),
    )
    mine = [item for item in items if item.listing_id in chosen]
    _hold(notice, right, mine, known, at=at)
    return chosen


def _hold(
    notice: Notice,
    right: Right,
    items: Sequence[NoticeItem],
    known: Mapping[int, str],
    *,
    at: datetime,
) -> None:
    if not items:
        return
    seconds = rulebook.value("notices.mail_seconds", at=at)
    facts = {item.listing_id: _facts(notice, right, item, known) for item in items}
    statements = trust.hold_for_notice(
        hold=trust.Hold(
            source=notice.ref,
            facts=facts,
            explanation=_(
                "A rights holder sent us a complete notice about these goods, and the right is "
                "verified. They are kept from view; no person has decided yet."
            ),
            automated_detection=False,
            link=reverse("notices:received"),
            mail_at=at + timedelta(seconds=seconds),
        ),
        at=at,
    )
    for item in items:
        if item.listing_id in statements:
            item.state, item.withheld_at = ItemState.WITHHELD, at
            item.statement_id = statements[item.listing_id]
            item.ground = Ground.COPY if item.listing_id in known else Ground.RECORD


def _facts(notice: Notice, right: Right, item: NoticeItem, known: Mapping[int, str]) -> str:
    ground = (
        _("A photo is that of goods which a person found to be fakes.")
        if item.listing_id in known
        else _("The sender's earlier notices were nearly all right.")
    )
    said = _(
        "Notice %(number)d says that “%(title)s” breaches the %(kind)s “%(name)s” of %(holder)s"
    )
    words = {
        "number": notice.pk,
        "title": item.listing.title,
        "kind": right.get_kind_display(),
        "name": right.name,
        "holder": right.holder,
    }
    return f"{said % words}: {notice.reason[:3000]}\n{ground}"


def _hand_over(notice: Notice, items: Sequence[NoticeItem], *, at: datetime) -> None:
    """Open cases for what needs a person."""
    if not items:
        return
    right = _right_of(notice)
    sentence = _("A notice of %(holder)s (%(kind)s “%(name)s”): %(reason)s") % {
        "holder": right.holder,
        "kind": right.get_kind_display(),
        "name": right.name,
        "reason": notice.reason,
    }
    cases = open_for_notice(
        occasion=notice.ref,
        noticed=[Noticed(item.listing_id, sentence) for item in items],
        rank_permille=RANK_PERMILLE,
        at=at,
    )
    for item in items:
        item.state, item.case_id = ItemState.WAITING, cases[item.listing_id]


def _save(items: Sequence[NoticeItem]) -> None:
    fields = ["state", "ground", "statement", "case", "withheld_at"]
    NoticeItem.objects.bulk_update(items, fields)


def _is_on_sale(item: NoticeItem) -> bool:
    return item.listing.state in (ListingState.LIVE, ListingState.WITHHELD)


def _right_of(notice: Notice) -> Right:
    return Right.objects.get(pk__in=[notice.right_id])


def _ask_to_compare(notice: Notice, items: Sequence[NoticeItem], *, at: datetime) -> None:
    """Have photos compared with known fakes, which takes too long for a request."""
    live = [item.listing_id for item in items if item.listing.state == ListingState.LIVE]
    if not live or not references.is_in_force(_right_of(notice), at=at):
        return
    parts = [live[first : first + A_JOB] for first in range(0, len(live), A_JOB)]
    payloads = {
        f"{COMPARE}:{notice.pk}:{part[0]}": {"notice_id": notice.pk, "listing_ids": part}
        for part in parts
    }
    outbox.enqueue_all(kind=COMPARE, payloads=payloads, run_at=at)


def _tell(notice: Notice, *, held: int, waiting: int, at: datetime) -> None:
    data = {"holder_id": notice.holder_id, "held": held, "waiting": waiting}
    outbox.emit("notice.sent", subject=notice.ref, data={"notice_id": notice.pk, **data}, at=at)
    outbox.record(
        action="notice.sent", actor=f"user:{notice.by_id}", subject=notice.ref, data=data, at=at
    )
    body = _("%(held)d withheld at once, %(waiting)d wait for a person.")
    inbox.notify(
        user_id=notice.by_id,
        kind="notice.received",
        key=f"notice.received:{notice.pk}",
        subject=_("We received your notice %(number)d") % {"number": notice.pk},
        body=body % {"held": held, "waiting": waiting},
        link=reverse("notices:notice", args=[notice.pk]),
        at=at,
    )


def _tell_decided(notice: Notice, *, at: datetime) -> None:
    inbox.notify(
        user_id=notice.by_id,
        kind="notice.decided",
        key=f"notice.decided:{notice.pk}",
        subject=_("Everything in your notice %(number)d is decided") % {"number": notice.pk},
        body=_(
            "The page shows what became of each of the goods. If you disagree with a decision, "
            "send a new notice that says what we overlooked: another person looks."
        ),
        link=reverse("notices:notice", args=[notice.pk]),
        at=at,
    )


def listings_to_compare(*, notice_id: int, listing_ids: Collection[int]) -> list[int]:
    """Return which goods of a notice show a known fake, by comparing photos. Slow, no effects."""
    waiting = set(queries.waiting_items(notice_id)) & set(listing_ids)
    live = Listing.objects.filter(pk__in=waiting, state=ListingState.LIVE).order_by("pk")
    return [pk for pk in live.values_list("pk", flat=True) if references.fakes_compared(pk)]
