"""Known answers among the waiting cases: does a reviewer rule as stands? Nothing else follows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from antifake.cases import rules
from antifake.cases.models import Case, CaseState, Decision, SecondLook, Verdict
from antifake.cases.services import claims
from marketplace.errors import BadInput, WrongState
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop

# A ruling counts as known when nobody took it back or won against it for a day.
KNOWN_AFTER = timedelta(days=1)
# Longer ago, a reviewer may remember it, and the goods have changed.
KNOWN_FOR = timedelta(days=180)
PERMILLE = 1000


@transaction.atomic
def draw(*, by_id: int, before: str, at: datetime) -> Case | None:
    """Draw a decided case instead of the next one, at the rule book's chance; mostly None.

    `before` names what would come next. The lot follows from that, the person and how many
    looks he had, so that asking twice draws alike and nobody can know it beforehand.
    """
    chance = rulebook.value("cases.known_permille", at=at)
    looks = SecondLook.objects.filter(by_id=by_id).count()
    if _lot(f"{by_id} {looks} {before}") >= chance:
        return None
    known = _known(by_id=by_id, at=at)
    count = known.count()
    if not count:
        return None
    decision = known.select_related("case")[_lot(f"which {by_id} {looks}") % count]
    SecondLook.objects.create(case=decision.case, by_id=by_id, known=decision.verdict, drawn_at=at)
    return decision.case


def open_look(*, by_id: int, at: datetime) -> SecondLook | None:
    """Return the look that a person was shown and has not answered, while it is fresh."""
    fresh = SecondLook.objects.filter(by_id=by_id, answered_at=None, drawn_at__gt=at - KNOWN_AFTER)
    return fresh.select_related("case").order_by("pk").first()


def look_at(*, case_id: int, by_id: int, at: datetime) -> SecondLook | None:
    """Return a person's look at this case: unanswered, or while its answer may be undone."""
    mine = SecondLook.objects.filter(case_id=case_id, by_id=by_id, drawn_at__gt=at - KNOWN_AFTER)
    look = mine.first()
    if look is None or look.answered_at is None:
        return look
    return look if at < look.answered_at + rules.UNDO_LASTS else None


@transaction.atomic
def answer(
    *, case_id: int, by_id: int, verdict: str, policy: str, note: str, at: datetime
) -> SecondLook:
    """Write down what a person would have decided. Safe to repeat: the first answer stays.

    Asks for what `decide` asks for, so that nobody can tell the two apart.
    """
    look = SecondLook.objects.select_for_update(no_key=True).get(case_id=case_id, by_id=by_id)
    if look.answered_at is not None:
        if look.verdict == verdict:
            return look
        raise WrongState(_("This case is decided."))
    if verdict not in (Verdict.ALLOW, Verdict.REMOVE):
        raise BadInput(_("Choose whether to allow or to remove."), field="verdict")
    if verdict == Verdict.REMOVE and not policy:
        raise BadInput(_("Choose the rule that was broken."), field="policy")
    if verdict == Verdict.REMOVE and len(note.strip()) < rules.NOTE_LETTERS:
        raise BadInput(_("Write the reason in a sentence: the seller will read it."), "note")
    look.verdict, look.answered_at = verdict, at
    look.policy = policy if verdict == Verdict.REMOVE else ""
    look.save(update_fields=["verdict", "policy", "answered_at"])
    return look


@transaction.atomic
def take_back(*, case_id: int, by_id: int, at: datetime) -> None:
    """Take an answer back, as long as a ruling could be. Raises WrongState later."""
    look = SecondLook.objects.select_for_update(no_key=True).get(case_id=case_id, by_id=by_id)
    if look.answered_at is not None and at >= look.answered_at + rules.UNDO_LASTS:
        raise WrongState(_("The time to take it back is over; the seller has been told."))
    look.verdict, look.policy, look.answered_at = "", "", None
    look.save(update_fields=["verdict", "policy", "answered_at"])


@transaction.atomic
def pass_over(*, case_id: int, by_id: int) -> None:
    """Forget a look that was put back, passed on or asked about: nothing can be said of it."""
    SecondLook.objects.filter(case_id=case_id, by_id=by_id, answered_at=None).delete()


def _known(*, by_id: int, at: datetime) -> QuerySet[Decision]:
    claims.staff(by_id=by_id)
    seen = SecondLook.objects.filter(case=OuterRef("case"), by_id=by_id)
    own = Decision.objects.filter(case=OuterRef("case"), by_id=by_id)
    return (
        Decision.objects.standing()
        .filter(case__state=CaseState.DECIDED, at__lte=at - KNOWN_AFTER, at__gt=at - KNOWN_FOR)
        .exclude(by_id=None, overrides=None)  # a machine's word alone is no known answer
        .exclude(case__listing__shop__in=Shop.objects.worked_in_by(by_id))
        .filter(~Exists(seen), ~Exists(own))
        .order_by("pk")
    )


def _lot(key: str) -> int:
    """Return a number from 0 to 999 that only this server can know beforehand."""
    digest = salted_hmac("antifake.cases.second_looks", key, algorithm="sha256").digest()
    return int.from_bytes(digest[:8], "big") * PERMILLE >> 64
