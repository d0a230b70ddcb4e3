"""Staff decide a dispute with written reasons; one appeal, answered by another person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.care import queries, rules
from marketplace.care.models import (
    Appeal,
    AppealState,
    Dispute,
    DisputeState,
    EntryKind,
    Remedy,
    Review,
    Ruling,
    Side,
)
from marketplace.care.services import remedies, reviews, steps
from marketplace.care.services.steps import Hand
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.money import Money
from marketplace.orders.models import RefundKind
from marketplace.orders.services import compensation
from marketplace.outbox import services as outbox
from marketplace.reasons import services as reasons_room
from marketplace.reasons.models import AutomatedDecision, SourceType, StatementOfReasons
from marketplace.rulebook import queries as rulebook

# The market's own terms; the chapter on what a seller promises.
CLAUSE = "Terms of the market: goods arrive, and are what was shown"
# Constants of the DSA Transparency Database, schema version 2.
MONETARY = "DECISION_MONETARY_OTHER"
CATEGORY = "STATEMENT_CATEGORY_CONSUMER_INFORMATION"
PRODUCT = "CONTENT_TYPE_PRODUCT"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A ruling about to be written."""

    by_id: int
    kind: str
    share: rules.Share
    text: str

    @property
    def hand(self) -> Hand:
        return Hand(Side.STAFF, self.by_id)


@transaction.atomic
def rule(
    *,
    dispute_id: int,
    by_id: int,
    kind: str,
    amount_minor: int | None = None,
    reasons: str,
    withdraw_review: bool = False,
    at: datetime,
) -> Ruling:
    """Decide an escalated dispute: what the buyer gets back in all, and why.

    `kind` is money, return (the goods go back first) or nothing; `amount_minor` None is all
    that was asked for. Safe to repeat: the first ruling is returned to whoever made it.
    Raises NotAllowed for a party or anybody but staff, WrongState, BadInput.
    """
    dispute = steps.locked(dispute_id=dispute_id)
    steps.require_judge(dispute=dispute, by_id=by_id)
    known = dispute.rulings.filter(overrides=None).first()
    if known is not None and known.by_id == by_id:
        return known
    steps.require_state(dispute=dispute, among=[DisputeState.ESCALATED])
    text = steps.words(text=reasons)
    share = _share(dispute, kind, amount_minor)
    if kind == Remedy.RETURN and queries.was_sent_back(dispute):
        raise BadInput(_("The goods are on their way already. Rule on the money."), "kind")
    wanted = _Wanted(by_id, kind, share, text)
    ruling, hand = _write(dispute, wanted, at=at), wanted.hand
    steps.note(dispute=dispute, kind=EntryKind.RULED, hand=hand, key="ruled", text=text, at=at)
    _carry_out(dispute, ruling, hand, at)
    if withdraw_review:
        _withdraw_reviews(dispute, ruling, by_id, at)
    return ruling


@transaction.atomic
def appeal(*, ruling_id: int, by_id: int, text: str, at: datetime) -> Appeal:
    """Ask another person to look at a ruling again; once a ruling. Safe to repeat.

    Raises NotAllowed to all but the two sides, WrongState when it cannot be appealed (any
    more), BadInput without a sentence.
    """
    dispute, ruling = _locked_ruling(ruling_id)
    hand = steps.party(dispute=dispute, by_id=by_id)
    known = Appeal.objects.filter(ruling=ruling).first()
    if known is not None:
        if known.side != hand.side:
            raise WrongState(_("The other side has appealed already; the answer binds both."))
        return known
    if not queries.may_appeal(ruling, at=at):
        raise WrongState(_("This ruling cannot be appealed any more."))
    text = steps.words(text=text)
    row = Appeal.objects.create(
        ruling=ruling,
        by_id=by_id,
        side=hand.side,
        text=text,
        at=at,
        due_at=at + timedelta(days=rulebook.value("appeals.answer_days", at=at)),
    )
    steps.note(
        dispute=dispute, kind=EntryKind.APPEALED, hand=hand, key="appealed", text=text, at=at
    )
    return row


@transaction.atomic
def decide_appeal(
    *,
    appeal_id: int,
    by_id: int,
    changed: bool,
    kind: str = "",
    amount_minor: int | None = None,
    answer: str,
    at: datetime,
) -> Appeal:
    """Answer an appeal; changed: a new ruling overrides the first.

    `kind` is then money or nothing, and `amount_minor` what the buyer gets back in all. More
    than before is taken back from the shop; what went back in error is the platform's loss:
    the buyer keeps it and the shop is paid. Safe to repeat for the same person and outcome.
    Raises NotAllowed for the first judge, a party or anybody but staff; WrongState; BadInput.
    """
    ruling_id = Appeal.objects.values_list("ruling_id", flat=True).get(pk=appeal_id)
    dispute, ruling = _locked_ruling(ruling_id)
    row = Appeal.objects.select_for_update(no_key=True, of=("self",)).get(pk=appeal_id)
    outcome = AppealState.CHANGED if changed else AppealState.UPHELD
    if row.state != AppealState.OPEN:
        if (row.state, row.decided_by_id) == (outcome, by_id):
            return row
        raise WrongState(_("This appeal has been answered."))
    steps.require_judge(dispute=dispute, by_id=by_id)
    if ruling.by_id == by_id:
        raise NotAllowed(_("You took the decision; another person must answer the appeal."))
    text = steps.words(text=answer)
    hand = Hand(Side.STAFF, by_id)
    if changed:
        if kind == Remedy.RETURN:
            raise BadInput(_("An appeal ends with money or with nothing."), "kind")
        share = _share(dispute, kind, amount_minor)
        _override(dispute, ruling, _Wanted(by_id, kind, share, text), at)
    else:
        _give_time(dispute, at)
    row.state, row.decided_by_id, row.decided_at, row.answer = outcome, by_id, at, text
    row.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    steps.note(
        dispute=dispute, kind=EntryKind.ANSWERED, hand=hand, key="answered", text=text, at=at
    )
    return row


def _locked_ruling(ruling_id: int) -> tuple[Dispute, Ruling]:
    dispute_id = Ruling.objects.values_list("dispute_id", flat=True).get(pk=ruling_id)
    dispute = steps.locked(dispute_id=dispute_id)
    return dispute, Ruling.objects.get(pk=ruling_id)


def _share(dispute: Dispute, kind: str, amount_minor: int | None) -> rules.Share:
    """Return what the buyer gets in all: at most what is left and what this dispute gave."""
    if kind == Remedy.NOTHING:
        return rules.Share(0, 0)
    if kind not in (Remedy.MONEY, Remedy.RETURN):
        raise BadInput(_("Choose what the ruling is."), "kind")
    left = queries.left_of(order=dispute.order, line=dispute.line)
    given = queries.paid_back(dispute)
    most_goods = left.goods_minor + given.goods_minor
    most_shipping = left.shipping_minor + given.shipping_minor
    if amount_minor is None:
        asked_goods = min(dispute.goods_minor, most_goods)
        found = rules.Share(asked_goods, min(dispute.shipping_minor, most_shipping))
    else:
        found = rules.share(amount_minor, goods_left=most_goods, shipping_left=most_shipping)
        if found.amount_minor != amount_minor:
            raise BadInput(_("That is more than was paid and is left."), "amount")
    if found.amount_minor <= 0:
        raise BadInput(_("Say how much goes back."), "amount")
    return found


def _write(
    dispute: Dispute, wanted: _Wanted, *, overrides: Ruling | None = None, at: datetime
) -> Ruling:
    share = wanted.share
    against = wanted.kind != Remedy.NOTHING
    statement = _state(dispute, share, wanted.text, at) if against else None
    return Ruling.objects.create(
        dispute=dispute,
        by_id=wanted.by_id,
        kind=wanted.kind,
        goods_minor=share.goods_minor,
        shipping_minor=share.shipping_minor,
        reasons=wanted.text,
        statement=statement,
        overrides=overrides,
        at=at,
    )


def _state(dispute: Dispute, share: rules.Share, text: str, at: datetime) -> StatementOfReasons:
    """Tell the seller, in the law's form, why money is taken."""
    owner = dispute.order.shop.owner
    until = at + timedelta(days=rulebook.value("appeals.window_days", at=at))
    with override(owner.language):
        amount = Money(share.amount_minor, dispute.order.currency).display(owner.language or "en")
        facts = _("Dispute about order %(number)s (%(reason)s): %(amount)s go back to the buyer.")
        return reasons_room.state(
            addressee_id=owner.pk,
            subject=dispute.ref,
            ground_reference=CLAUSE,
            explanation=text[:2000],
            facts=facts
            % {
                "number": dispute.order_id,
                "reason": dispute.get_reason_display(),
                "amount": amount,
            },
            category=CATEGORY,
            content_type=[PRODUCT],
            monetary=MONETARY,
            source_type=SourceType.OTHER_NOTIFICATION,
            automated_detection=False,
            automated_decision=AutomatedDecision.NOT,
            application_date=at,
            redress=_(
                "You can appeal once, free of charge, until %(until)s, on the page of the "
                "dispute. Another person will answer."
            )
            % {"until": date_format(until, "DATE_FORMAT")},
            at=at,
        )


def _winner(dispute: Dispute, share: rules.Share) -> Side:
    """Say whom a ruling favours; nobody when it gives a part of what was asked."""
    if not share.amount_minor:
        return Side.SELLER
    return Side.BUYER if share.amount_minor >= dispute.amount_minor else Side.NOBODY


def _carry_out(dispute: Dispute, ruling: Ruling, hand: Hand, at: datetime) -> None:
    share = rules.Share(ruling.goods_minor, ruling.shipping_minor)
    key = f"ruling:{ruling.pk}"
    if ruling.kind == Remedy.RETURN:
        remedies.expect_goods(dispute=dispute, share=share, key=key, at=at)
        return
    if ruling.kind == Remedy.MONEY:
        _pay(dispute, share, key, hand, at)
    steps.end(
        dispute=dispute,
        to=DisputeState.RULED,
        won_by=_winner(dispute, share),
        actor=hand.actor,
        at=at,
    )


def _pay(dispute: Dispute, share: rules.Share, key: str, hand: Hand, at: datetime) -> None:
    remedies.pay_back(
        dispute=dispute,
        share=share,
        kind=RefundKind.DISPUTE,
        key=key,
        actor=hand.actor,
        at=at,
    )


def _override(dispute: Dispute, first: Ruling, wanted: _Wanted, at: datetime) -> None:
    share, hand = wanted.share, wanted.hand
    given = queries.paid_back(dispute)
    ruling = _write(dispute, wanted, overrides=first, at=at)
    key = f"ruling:{ruling.pk}"
    more = rules.Share(
        max(0, share.goods_minor - given.goods_minor),
        max(0, share.shipping_minor - given.shipping_minor),
    )
    less = rules.Share(
        max(0, given.goods_minor - share.goods_minor),
        max(0, given.shipping_minor - share.shipping_minor),
    )
    if more.amount_minor:
        _pay(dispute, more, key, hand, at)
    if less.amount_minor:
        compensation.compensate(
            order_id=dispute.order_id,
            key=f"{dispute.ref}:{key}:compensation",
            goods_minor=less.goods_minor,
            shipping_minor=less.shipping_minor,
            actor=hand.actor,
            at=at,
        )
    _end_anew(dispute, _winner(dispute, share), hand, at)
    for review in Review.objects.filter(withdrawn_by_ref=f"ruling:{first.pk}").order_by("pk"):
        reviews.restore(review_id=review.pk, by_id=wanted.by_id, at=at)
    data = {
        "dispute_id": dispute.pk,
        "order_id": dispute.order_id,
        "shop_id": dispute.order.shop_id,
        "ruling_id": ruling.pk,
        "overrides": first.pk,
        "won_by": str(dispute.won_by),
    }
    outbox.emit("dispute.overruled", subject=dispute.ref, data=data, at=at)


def _give_time(dispute: Dispute, at: datetime) -> None:
    """The clock of a return stood during the appeal: whoever is next has time to act."""
    if dispute.state == DisputeState.RETURNING and dispute.due_at is not None:
        key = "return_days" if dispute.awaits == Side.BUYER else "seller_days"
        dispute.due_at = max(dispute.due_at, at + steps.days(key=key, at=at))
        dispute.save(update_fields=["due_at"])


def _end_anew(dispute: Dispute, won_by: Side, hand: Hand, at: datetime) -> None:
    if dispute.state == DisputeState.RETURNING:  # the goods need not travel any more
        steps.end(dispute=dispute, to=DisputeState.RULED, won_by=won_by, actor=hand.actor, at=at)
        return
    dispute.won_by = won_by
    dispute.save(update_fields=["won_by"])


def _withdraw_reviews(dispute: Dispute, ruling: Ruling, by_id: int, at: datetime) -> None:
    found = Review.objects.filter(line__order=dispute.order_id, withdrawn_at=None)
    if dispute.line_id is not None:
        found = found.filter(line_id=dispute.line_id)
    for review in found.order_by("pk"):
        reviews.withdraw(
            review_id=review.pk,
            by_id=by_id,
            by_ref=f"ruling:{ruling.pk}",
            reason=ruling.reasons,
            at=at,
        )
