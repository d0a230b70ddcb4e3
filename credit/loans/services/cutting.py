"""Cutting what may still be borrowed when a loan is late for long or the standing falls.

Running loans stay as they were signed. Every cut has a statement of reasons, ends, and can be
appealed to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from credit.loans.models import (
    CutCause,
    CutState,
    Exposure,
    ExposureKind,
    LimitCut,
    Loan,
    LoanState,
)
from credit.loans.queries import facts as reading
from credit.loans.queries import watching as queries
from credit.loans.services import exposures, news
from credit.loans.services.reviewing import SAID_MAX, officer_for
from marketplace.errors import BadInput, WrongState
from marketplace.outbox import services as outbox
from marketplace.reasons import services as reasons
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop
from marketplace.shops.queries import require
from marketplace.shops.rules import Act
from marketplace.trust.models import Sanction, Strike

# Names of the EU DSA Transparency Database (reasons.rules).
CATEGORY, CONTENT = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "CONTENT_TYPE_OTHER"
PROVISION = "DECISION_PROVISION_PARTIAL_SUSPENSION"
CLAUSE = "Loans: a limit follows standing and arrears"


@transaction.atomic
def cut_for_arrears(*, loan_id: int, at: datetime) -> LimitCut | None:
    """Cut the limit of whoever is late for `loans.cut_late_days`. Safe to repeat.

    None when the loan is no longer late, or not for long enough.
    """
    before = Loan.objects.select_related("shop").get(pk=loan_id)
    held = _lock([before.identity_id, before.account_id])
    loan = Loan.objects.get(pk=loan_id)
    days = rulebook.value("loans.cut_late_days", at=at)
    if loan.state != LoanState.LATE or loan.late_since is None:
        return None
    if at < loan.late_since + timedelta(days=days):
        return None
    key = f"{loan.ref}:late:{loan.late_since:%Y-%m-%d}"
    facts = _("Loan %(number)d is late since %(day)s.") % {
        "number": loan.pk,
        "day": f"{loan.late_since:%Y-%m-%d}",
    }
    ends_at = at + timedelta(days=rulebook.value("loans.cut_days", at=at))
    return _cut(before.shop, held, key, facts, cause=loan, ends_at=ends_at, at=at)


@transaction.atomic
def look_at_standing(*, shop_id: int, at: datetime) -> None:
    """Bring the cut that a shop's sanction causes in line with it. Safe to repeat.

    A cut for a strike that was taken back was never right, and is lifted; one whose strikes no
    longer count has ended.
    """
    shop = Shop.objects.get(pk=shop_id)
    held = list(exposures.lock(known=reading.known_by_shop(shop.pk), at=at).values())
    sanction = Sanction.objects.filter(shop_id=shop_id, lifted_at=None).first()
    standing = LimitCut.objects.filter(shop_id=shop_id, cause=CutCause.STANDING, ended_at=None)
    for cut in standing.select_for_update(no_key=True, of=("self",)).order_by("pk"):
        voided = cut.strike is not None and cut.strike.voided_at is not None
        if voided or sanction is None:
            _end(cut, CutState.LIFTED if voided else CutState.ENDED, at)
    if sanction is not None and held and not standing.exists():
        facts = _("The shop has a strike that counts now: its standing is “%(level)s”.") % {
            "level": sanction.get_level_display()
        }
        key = f"{shop.ref}:strike:{sanction.cause_id}"
        _cut(shop, held, key, facts, cause=sanction.cause, ends_at=None, at=at)


def look_at_due(*, at: datetime, limit: int) -> int:
    """End cuts whose time is over, and make those that arrears ask for; return how many."""
    over = queries.cuts_over(at=at)[:limit]
    for cut_id in over:
        end_by_time(cut_id=cut_id, at=at)
    days = rulebook.value("loans.cut_late_days", at=at)
    late = queries.late_without_cut(before=at - timedelta(days=days))[:limit]
    for loan_id in late:
        cut_for_arrears(loan_id=loan_id, at=at)
    return max(len(over), len(late))


@transaction.atomic
def end_by_time(*, cut_id: int, at: datetime) -> LimitCut:
    """End a cut whose day has come. Safe to repeat."""
    cut = _locked(cut_id)
    if cut.ended_at is None and cut.ends_at is not None and cut.ends_at <= at:
        _end(cut, CutState.ENDED, at)
    return cut


@transaction.atomic
def appeal(*, cut_id: int, by_id: int, said: str, at: datetime) -> LimitCut:
    """Ask for a person to look at a cut; once. Safe to repeat.

    Raises WrongState for one that is over or was looked at.
    """
    cut = _locked(cut_id)
    require(user_id=by_id, shop_id=cut.shop_id, act=Act.BORROW)
    if cut.state == CutState.APPEALED:
        return cut
    if cut.state != CutState.STANDS:
        raise WrongState(_("This cut is over, or a person has looked at it."))
    if len(said) > SAID_MAX:
        raise BadInput(_("Please write less than 2,000 characters."), field="said")
    cut.state, cut.said, cut.asked_at = CutState.APPEALED, said.strip(), at
    cut.due_at = at + timedelta(days=rulebook.value("loans.review_days", at=at))
    cut.save(update_fields=["state", "said", "asked_at", "due_at"])
    _record("loan.cut_appealed", f"user:{by_id}", cut, at)
    return cut


@transaction.atomic
def decide(*, cut_id: int, by_id: int, lift: bool, answer: str, at: datetime) -> LimitCut:
    """Answer an appeal: lift the cut or leave it, with reasons. Safe to repeat.

    Raises NotAllowed to whoever is no risk officer or has a part in the shop, BadInput without
    reasons, WrongState when nobody appealed.
    """
    cut = _locked(cut_id)
    officer_for(by_id=by_id, shop_id=cut.shop_id)
    if cut.decided_at is not None and (cut.state == CutState.LIFTED) == lift:
        return cut
    if not answer.strip():
        raise BadInput(_("Say why; the borrower reads it."), field="answer")
    if cut.state != CutState.APPEALED:
        raise WrongState(_("Only an appeal that waits can be answered."))
    cut.decided_at, cut.decided_by_id, cut.answer = at, by_id, answer.strip()
    if lift:
        _end(cut, CutState.LIFTED, at)
    else:
        cut.state = CutState.UPHELD
        cut.save()
    _record("loan.cut_decided", f"user:{by_id}", cut, at)
    news.cut_answered(cut=cut, at=at)
    return cut


def _cut(
    shop: Shop,
    held: Sequence[Exposure],
    key: str,
    facts: str,
    *,
    cause: Loan | Strike,
    ends_at: datetime | None,
    at: datetime,
) -> LimitCut:
    known = LimitCut.objects.filter(key=key).first()
    if known is not None:
        return known
    by_kind = {row.kind: row for row in held}
    permille = rulebook.value("loans.cut_permille", at=at)
    cut = LimitCut.objects.create(
        key=key,
        shop=shop,
        identity=by_kind.get(ExposureKind.IDENTITY),
        account=by_kind.get(ExposureKind.ACCOUNT),
        cause=CutCause.ARREARS if isinstance(cause, Loan) else CutCause.STANDING,
        loan=cause if isinstance(cause, Loan) else None,
        strike=cause if isinstance(cause, Strike) else None,
        permille=permille,
        statement=_state(shop, facts, permille, ends_at=ends_at, at=at),
        since=at,
        ends_at=ends_at,
    )
    _refresh(held)
    _record("loan.limit_cut", "system", cut, at)
    return cut


def _state(
    shop: Shop, facts: str, permille: int, *, ends_at: datetime | None, at: datetime
) -> StatementOfReasons:
    days = {"days": rulebook.value("loans.review_days", at=at), "left": f"{permille / 10:g}"}
    explanation = _(
        "Of what you could still borrow, over all your shops, %(left)s %% is left. What you "
        "signed stays as it is: nothing is due sooner and nothing costs more."
    )
    redress = _(
        "The page My loans has a form: a risk officer looks at it and answers within %(days)d "
        "days, free of charge. It ends by itself as well."
    )
    return reasons.state(
        addressee_id=shop.owner_id,
        subject=shop.ref,
        ground_reference=CLAUSE,
        explanation=explanation % days,
        facts=facts,
        category=CATEGORY,
        content_type=[CONTENT],
        provision=PROVISION,
        source_type=SourceType.VOLUNTARY,
        automated_detection=True,
        automated_decision=AutomatedDecision.FULLY,
        application_date=at,
        end_date=ends_at,
        redress=redress % days,
        at=at,
    )


def _end(cut: LimitCut, state: CutState, at: datetime) -> None:
    cut.state, cut.ended_at = state, at
    cut.save()
    _refresh(_lock([cut.identity_id, cut.account_id]))


def _locked(cut_id: int) -> LimitCut:
    """Lock a cut behind the exposures that it stands on: decisions read those."""
    seen = LimitCut.objects.get(pk=cut_id)
    _lock([seen.identity_id, seen.account_id])
    cuts = LimitCut.objects.select_for_update(no_key=True, of=("self",)).select_related("shop")
    return cuts.get(pk=cut_id)


def _lock(ids: Sequence[int | None]) -> list[Exposure]:
    known = [one for one in ids if one is not None]
    rows = Exposure.objects.select_for_update(no_key=True).filter(pk__in=known)
    return list(rows.order_by("pk"))


def _refresh(held: Sequence[Exposure]) -> None:
    """Write on each exposure what the cuts in force leave, and until when."""
    for row in held:
        cuts = list(queries.cuts_on(row))
        row.cut_permille = min((cut.permille for cut in cuts), default=1_000)
        ends = [cut.ends_at for cut in cuts]
        row.cut_until = None if None in ends else max((end for end in ends if end), default=None)
        row.save(update_fields=["cut_permille", "cut_until"])


def _record(action: str, actor: str, cut: LimitCut, at: datetime) -> None:
    data = {"shop_id": cut.shop_id, "cut_id": cut.pk, "state": cut.state}
    outbox.record(action=action, actor=actor, subject=cut.ref, data=data, at=at)
