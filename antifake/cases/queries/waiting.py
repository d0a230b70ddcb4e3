"""All that waits for staff, in one order: cases, reported messages, answers, documents."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from antifake.cases.models import (
    ANSWERED,
    AuthorisationClaim,
    Case,
    CaseKind,
    ClaimState,
    ItemClaim,
    PhotoQuestion,
)
from antifake.cases.queries.desk import WAITING, is_stale
from antifake.cases.rules import queue
from antifake.cases.rules.queue import Other
from marketplace.shops.models import Shop
from marketplace.talk.models import Outcome, Report

OTHER_WORDS = {
    Other.MESSAGE: gettext_lazy("Reported messages"),
    Other.QUESTION: gettext_lazy("Answers about photos"),
    Other.DOCUMENT: gettext_lazy("Documents about brands"),
}
ADDRESSES = {
    "case": "admin:cases_case_change",
    "report": "admin:talk_report_change",
    "question": "admin:cases_photoquestion_change",
    "document": "admin:cases_authorisationclaim_change",
}
# A page of the queue shows so many.
SHOWN = 50


@dataclass(frozen=True)
class Item:
    """One thing that waits. `place`: rules.queue.place; `title` is the seller's own words."""

    ref: str
    kind: str
    kind_in_words: str
    title: str
    shop: str
    since: datetime
    place: float
    due_at: datetime | None = None
    worked_on_by: str = ""
    is_mine: bool = False
    rests_until: datetime | None = None
    stake_minor: int = 0
    currency: str = ""
    is_passed_on: bool = False

    @property
    def url(self) -> str:
        """Where it is decided."""
        return address_of(self.ref)


def address_of(ref: str) -> str:
    """Return the page of what a name like "report:7" names."""
    kind, _colon, number = ref.partition(":")
    return reverse(ADDRESSES[kind], args=[int(number)])


def others(*, user_id: int, kinds: Collection[str], most: int | None = None) -> list[Item]:
    """Return what waits and is no case, the most urgent first; nothing of one's own shop's.

    `most` of each kind: within a kind, what has waited longest comes first.
    """
    mine = Shop.objects.worked_in_by(user_id)
    found: list[Item] = []
    if Other.MESSAGE in kinds:
        reports = Report.objects.filter(outcome=Outcome.OPEN)
        found += _messages(reports.exclude(message__thread__shop__in=mine).order_by("at")[:most])
    if Other.QUESTION in kinds:
        answers = PhotoQuestion.objects.filter(state__in=ANSWERED, reviewed_at=None)
        found += _questions(answers.exclude(shop__in=mine).order_by("answered_at")[:most])
    if Other.DOCUMENT in kinds:
        sent = AuthorisationClaim.objects.filter(state=ClaimState.SENT)
        found += _documents(sent.exclude(shop__in=mine).order_by("sent_at")[:most])
    return sorted(found, key=lambda item: (-item.place, item.ref))


def page(
    *, user_id: int, kinds: Collection[str], only: str, at: datetime
) -> tuple[list[Item], int]:
    """Return the first SHOWN things that wait, as one person sees them, and how many there are.

    `only`: "free", "mine", "due", "passed", "resting", or "" for all that waits.
    """
    wanted = [kind for kind in Other if not kinds or kind in kinds] if only in ("", "free") else []
    holders = {row.ref: row for row in ItemClaim.objects.filter(until__gt=at).select_related("by")}
    rest = [_with_holder(item, holders, user_id) for item in others(user_id=user_id, kinds=wanted)]
    if only == "free":
        rest = [item for item in rest if not item.worked_on_by or item.is_mine]
    cases = _cases(user_id, kinds, only, at=at)
    shown = [_of_case(case, user_id, at=at) for case in cases[:SHOWN]]
    merged = sorted([*shown, *rest], key=lambda item: (-item.place, item.ref))
    return merged[:SHOWN], cases.count() + len(rest)


def counts(*, user_id: int) -> dict[str, int]:
    """Return how many wait of each kind."""
    mine = Shop.objects.worked_in_by(user_id)
    cases = Case.objects.filter(state__in=WAITING).exclude(listing__shop__in=mine)
    rows = cases.values("kind").annotate(n=Count("pk")).order_by()
    found = dict.fromkeys(CaseKind.values, 0) | {row["kind"]: row["n"] for row in rows}
    for item in others(user_id=user_id, kinds=list(Other)):
        found[item.kind] = found.get(item.kind, 0) + 1
    return {kind: found.get(kind, 0) for kind in (*CaseKind.values, *map(str, Other))}


def _cases(user_id: int, kinds: Collection[str], only: str, *, at: datetime) -> QuerySet[Case]:
    mine = Shop.objects.worked_in_by(user_id)
    cases = Case.objects.filter(state__in=WAITING).exclude(listing__shop__in=mine)
    if kinds:
        cases = cases.filter(kind__in=[kind for kind in kinds if kind in CaseKind.values])
    narrow = {
        "mine": cases.filter(claimed_by_id=user_id),
        "free": cases.filter(claimed_by=None).exclude(rests_until__gt=at),
        "due": cases.filter(due_at__lte=at),
        "passed": cases.filter(escalated_by__isnull=False),
        "resting": cases.filter(rests_until__gt=at),
    }
    cases = narrow.get(only, cases)
    return cases.select_related("listing__shop", "claimed_by").order_by("-rank", "pk")


def _of_case(case: Case, user_id: int, *, at: datetime) -> Item:
    held = case.claimed_by is not None and not is_stale(case, at=at)
    return Item(
        ref=case.ref,
        kind=case.kind,
        kind_in_words=str(CaseKind(case.kind).label),
        title=case.listing.title,
        shop=case.listing.shop.name,
        since=case.opened_at,
        place=case.rank,
        due_at=case.due_at,
        worked_on_by=str(case.claimed_by) if held else "",
        is_mine=held and case.claimed_by_id == user_id,
        rests_until=case.rests_until if case.rests_until and case.rests_until > at else None,
        stake_minor=case.stake_minor,
        currency=case.stake_currency,
        is_passed_on=case.escalated_by_id is not None,
    )


def _with_holder(item: Item, holders: dict[str, ItemClaim], user_id: int) -> Item:
    row = holders.get(item.ref)
    if row is None:
        return item
    return Item(**{**vars(item), "worked_on_by": str(row.by), "is_mine": row.by_id == user_id})


def _place(kind: Other, since: datetime) -> float:
    return queue.place(risk_permille=queue.RISK_OF[kind], euro=0, opened_at=since)


def _messages(rows: QuerySet[Report]) -> Iterator[Item]:
    for row in rows.select_related("message__thread__shop"):
        yield Item(
            ref=row.ref,
            kind=Other.MESSAGE,
            kind_in_words=str(OTHER_WORDS[Other.MESSAGE]),
            title=row.get_reason_display(),
            shop=row.message.thread.shop.name,
            since=row.at,
            place=_place(Other.MESSAGE, row.at),
        )


def _questions(rows: QuerySet[PhotoQuestion]) -> Iterator[Item]:
    for row in rows.select_related("listing", "shop"):
        since = row.answered_at or row.asked_at
        yield Item(
            ref=f"question:{row.pk}",
            kind=Other.QUESTION,
            kind_in_words=str(OTHER_WORDS[Other.QUESTION]),
            title=row.listing.title,
            shop=row.shop.name,
            since=since,
            place=_place(Other.QUESTION, since),
        )


def _documents(rows: QuerySet[AuthorisationClaim]) -> Iterator[Item]:
    for row in rows.select_related("brand", "shop"):
        yield Item(
            ref=f"document:{row.pk}",
            kind=Other.DOCUMENT,
            kind_in_words=str(OTHER_WORDS[Other.DOCUMENT]),
            title=row.brand.name,
            shop=row.shop.name,
            since=row.sent_at,
            place=_place(Other.DOCUMENT, row.sent_at),
        )
