"""Reads of strikes and sanctions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet

from marketplace.reasons.models import StatementOfReasons
from marketplace.rulebook import queries as rulebook
from marketplace.rulebook.rules.ladder import rung
from marketplace.trust import rules
from marketplace.trust.models import Recall, Sanction, Strike


def live_strikes(shop_id: int, at: datetime) -> QuerySet[Strike]:
    """Return the strikes that count at a moment: not voided, not yet over; oldest first."""
    return Strike.objects.filter(shop_id=shop_id, voided_at=None, due_at__gt=at).order_by("pk")


def strikes_of_shop(shop_id: int) -> QuerySet[Strike]:
    """Return every strike a shop ever had, voided ones too; newest first."""
    strikes = Strike.objects.filter(shop_id=shop_id)
    return strikes.select_related("statement").order_by("-pk")


def active_sanction(shop_id: int, at: datetime) -> Sanction | None:
    """Return the sanction in force at a moment, if any."""
    active = Sanction.objects.filter(shop_id=shop_id, lifted_at=None, due_at__gt=at)
    return active.select_related("statement").first()


def shops_due(at: datetime, *, limit: int) -> list[int]:
    """Return `limit` shops at most whose active sanction has run out and must be counted anew."""
    due = Sanction.objects.filter(lifted_at=None, due_at__lte=at, shop__isnull=False)
    return [pk for pk in due.order_by("shop_id").values_list("shop_id", flat=True)[:limit] if pk]


def live_strikes_of_person(user_id: int, at: datetime) -> QuerySet[Strike]:
    """Return the strikes against a person's notices that count at a moment; oldest first."""
    return Strike.objects.filter(user_id=user_id, voided_at=None, due_at__gt=at).order_by("pk")


def strikes_of_person(user_id: int) -> QuerySet[Strike]:
    """Return every strike against a person's notices, voided ones too; newest first."""
    return Strike.objects.filter(user_id=user_id).select_related("statement").order_by("-pk")


def sanction_of_notices(user_id: int, at: datetime) -> Sanction | None:
    """Return the sanction in force on a person's notices at a moment, if any."""
    active = Sanction.objects.filter(user_id=user_id, lifted_at=None, due_at__gt=at)
    return active.select_related("statement").first()


def people_due(at: datetime, *, limit: int) -> list[int]:
    """Return `limit` people at most whose notices' sanction has run out."""
    due = Sanction.objects.filter(lifted_at=None, due_at__lte=at, user__isnull=False)
    return [pk for pk in due.order_by("user_id").values_list("user_id", flat=True)[:limit] if pk]


def severity_of(*, policy: str, act: str, at: datetime) -> int:
    """Return the points that the rule book's ladder gives to a breach at a moment.

    Raises KeyError for a policy or an act that the ladder does not know.
    """
    return rules.points_of_step(rulebook.value(rung(policy, act), at=at))


def strike_ends(at: datetime) -> datetime:
    """Return when a strike of this moment stops counting.

    In UTC: Python adds days by the clock on the wall of the moment's own time zone.
    """
    return at.astimezone(UTC) + timedelta(days=rulebook.value("trust.strike_days", at=at))


def bars(at: datetime) -> rules.Bars:
    """Return where limit and suspension begin at a moment."""
    keys = (
        "trust.limit_points",
        "trust.suspend_points",
        "trust.warning_hours",
        "trust.repeat_occasions",
    )
    ruled = rulebook.values(keys, at=at)
    return rules.Bars(
        limit=ruled["trust.limit_points"],
        suspend=ruled["trust.suspend_points"],
        warning=timedelta(hours=ruled["trust.warning_hours"]),
        repeat=ruled["trust.repeat_occasions"],
    )


def notice_standing(user_id: int, at: datetime) -> rules.NoticeStanding:
    """Return what a person's notices may do at a moment; for the room that takes notices."""
    active = sanction_of_notices(user_id, at)
    limited = rulebook.value("trust.limited_notices", at=at)
    if active is None:
        return rules.notice_standing(0, None, limited)
    return rules.notice_standing(active.level, active.due_at, limited)


def recall_source(decision_ref: str) -> str:
    """Name what a statement about the money of a decision rests on."""
    return f"{decision_ref}:recall"


def statement_of_recalls(decision_ref: str) -> StatementOfReasons:
    """Return the statement that tells the seller what happens to the money."""
    return StatementOfReasons.objects.get(source=recall_source(decision_ref))


def recalls_of_shop(shop_id: int) -> QuerySet[Recall]:
    """Return the orders of a shop whose buyers got money back for fakes, newest first."""
    recalls = Recall.objects.filter(order__shop_id=shop_id)
    return recalls.select_related("order", "refund", "listing", "statement").order_by("-pk")
