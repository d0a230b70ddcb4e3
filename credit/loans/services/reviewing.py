"""A person on request: whoever was refused may ask, a risk officer decides with reasons."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from credit.loans.models import (
    Application,
    ExposureKind,
    Loan,
    LoanState,
    Outcome,
    Review,
    ReviewState,
)
from credit.loans.queries import facts as reading
from credit.loans.rules import decision, products
from credit.loans.services import applying, exposures, news, repaying
from marketplace.accounts.models import Role, User
from marketplace.accounts.queries import has_role
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.orders.services import locks
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.shops.queries import gains_from, require
from marketplace.shops.rules import Act

SAID_MAX = 2_000
# What stands in the way of everybody; a person may weigh all other reasons.
FIRM = frozenset({"identity", "account", "shop", "unpaid", "paused", "currency"})


@transaction.atomic
def ask(*, application_id: int, by_id: int, said: str, at: datetime) -> Review:
    """Ask for a person to look at a refusal; once per application. Safe to repeat.

    Raises WrongState for an application that was not refused.
    """
    application = Application.objects.select_related("shop").get(pk=application_id)
    require(user_id=by_id, shop_id=application.shop_id, act=Act.BORROW)
    if application.outcome != Outcome.REFUSED:
        raise WrongState(_("Only a refusal can be looked at again."))
    if len(said) > SAID_MAX:
        raise BadInput(_("Please write less than 2,000 characters."), field="said")
    days = rulebook.value("loans.review_days", at=at)
    review, created = Review.objects.get_or_create(
        application=application,
        defaults={"said": said.strip(), "asked_at": at, "due_at": at + timedelta(days=days)},
    )
    if created:
        data = {"shop_id": application.shop_id, "application_id": application.pk}
        outbox.record(
            action="loan.review_asked",
            actor=f"user:{by_id}",
            subject=application.ref,
            data=data,
            at=at,
        )
    return review


def officer_for(*, by_id: int, shop_id: int) -> None:
    """Raise NotAllowed to whoever is no risk officer, or has a part in the shop."""
    if not has_role(User.objects.get(pk=by_id), Role.RISK_OFFICER):
        raise NotAllowed(_("Only risk officers decide about loans."))
    if gains_from(user_id=by_id, shop_id=shop_id):
        raise NotAllowed(_("You have a part in this shop, so somebody else decides."))


@transaction.atomic
def uphold(*, review_id: int, by_id: int, reasons: str, at: datetime) -> Review:
    """Leave a refusal as it is, with reasons for the applicant. Safe to repeat."""
    review = _open(review_id, by_id, reasons)
    if review.state == ReviewState.UPHELD:
        return review
    return _close(review, ReviewState.UPHELD, by_id, reasons, at)


@transaction.atomic
def approve(*, review_id: int, by_id: int, amount_minor: int, reasons: str, at: datetime) -> Review:
    """Offer a loan after all, on the first step of the ladder at most. Safe to repeat.

    The borrower signs it himself. Raises WrongState when something stands in the way that
    nobody may weigh (no identity, a late loan …), BadInput for an amount out of bounds.
    """
    before = Review.objects.select_related("application__shop").get(pk=review_id)
    shop = before.application.shop
    held = exposures.lock(known=reading.known_by_shop(shop.pk), at=at)
    review = _open(review_id, by_id, reasons)
    if review.state == ReviewState.APPROVED:
        return review
    application = review.application
    facts = reading.facts(
        shop=shop,
        exposures=list(held.values()),
        score=reading.current_score(shop.pk),
        at=at,
    )
    terms = reading.terms(at=at)
    _refuse_firm(facts, terms)
    found = products.ladder(application.currency)
    if found is None or not found.least_minor <= amount_minor <= found.starter_minor:
        raise BadInput(_("The amount must lie on the first step of the ladder."), field="amount")
    rate = min(decision.rate_bp(facts.pd_ppm or 0, terms), terms.rate_max_bp)
    wish = applying.Wish(amount_minor, application.parts, application.kind)
    rules = reading.in_force(at=at)
    loan = applying.offered(
        application=application, held=held, rate_bp=rate, wish=wish, rules=rules, at=at
    )
    loan.save()
    return _close(review, ReviewState.APPROVED, by_id, reasons, at)


def _refuse_firm(facts: decision.Facts, terms: decision.Terms) -> None:
    firm = FIRM.intersection(decision.decide(facts, terms).reasons)
    if firm or facts.running >= terms.running_max:
        raise WrongState(_("Something that no person may weigh still stands in the way."))


def _open(review_id: int, by_id: int, reasons: str) -> Review:
    reviews = Review.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "application__shop"
    )
    review = reviews.get(pk=review_id)
    officer_for(by_id=by_id, shop_id=review.application.shop_id)
    if not reasons.strip():
        raise BadInput(_("Say why; the applicant reads it."), field="reasons")
    return review


def _close(review: Review, state: str, by_id: int, reasons: str, at: datetime) -> Review:
    if review.state != ReviewState.WAITING:
        raise WrongState(_("This was decided already."))
    review.state, review.reasons = ReviewState(state), reasons.strip()
    review.decided_at, review.decided_by_id = at, by_id
    review.save()
    application = review.application
    data = {"shop_id": application.shop_id, "application_id": application.pk, "state": state}
    outbox.record(
        action="loan.reviewed", actor=f"user:{by_id}", subject=application.ref, data=data, at=at
    )
    news.reviewed(application=application, at=at)
    return review


@transaction.atomic
def sign(*, loan_id: int, by_id: int, at: datetime) -> Loan:
    """Sign an offered loan: the money is in the wallet. Safe to repeat.

    Raises WrongState once the offer lapsed, or when something stands in the way by now.
    """
    shop = Loan.objects.select_related("shop").get(pk=loan_id).shop
    require(user_id=by_id, shop_id=shop.pk, act=Act.BORROW)
    held = exposures.lock(known=reading.known_by_shop(shop.pk), at=at)
    loan = repaying.locked(loan_id=loan_id)
    if loan.signed_at is not None:
        return loan
    if loan.state != LoanState.OFFERED or loan.due_at is None or loan.due_at <= at:
        raise WrongState(_("This offer is over. You may apply again."))
    shop = locks.shop(shop_id=shop.pk)
    facts = reading.facts(
        shop=shop,
        exposures=list(held.values()),
        score=reading.current_score(shop.pk),
        at=at,
    )
    _refuse_firm(facts, reading.terms(at=at))
    if {loan.identity_id, loan.account_id} != {
        held[ExposureKind.IDENTITY].pk,
        held[ExposureKind.ACCOUNT].pk,
    }:
        raise WrongState(_("Identity or payout account changed since. You may apply again."))
    return applying.pay(loan=loan, shop=shop, at=at)
