"""Reads of disputes and reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.care import rules
from marketplace.care.models import (
    AppealState,
    Dispute,
    DisputeState,
    EvidencePhoto,
    ListingStars,
    Offer,
    OfferState,
    Remedy,
    Review,
    Ruling,
    ShopStars,
    Side,
)
from marketplace.orders import rules as order_rules
from marketplace.orders.models import Order, OrderLine, OrderState, Refund
from marketplace.rulebook import queries as rulebook
from marketplace.shops.models import Shop
from marketplace.shops.queries import gains_from
from marketplace.shops.rules import Act

_HELD = (OrderState.SHIPPED, OrderState.DELIVERED)
_ENDED_ORDER = (OrderState.COMPLETED, OrderState.SETTLED)
FRUITLESS = (DisputeState.WITHDRAWN, DisputeState.CLOSED)


# Disputes -------------------------------------------------------------------------------------


def disputes_of(user_id: int) -> QuerySet[Dispute]:
    """Return the disputes that a person may open, as buyer or for a shop; newest first."""
    return _seen_by(user_id).prefetch_related("rulings__appeal").order_by("-pk")


def dispute_for(user_id: int) -> QuerySet[Dispute]:
    """Return the disputes that a person may open, with all that their page shows."""
    return _seen_by(user_id).prefetch_related(
        "entries__photos", "entries__offer", "rulings__appeal", "rulings__statement"
    )


def _seen_by(user_id: int) -> QuerySet[Dispute]:
    sold = Q(order__shop__in=Shop.objects.where_may(user_id, Act.CANCEL_ORDERS))
    found = Dispute.objects.filter(Q(order__buyer_id=user_id) | sold)
    return found.select_related("order__shop", "order__buyer", "line", "parcel")


def side_of(dispute: Dispute, user_id: int | None) -> Side:
    """Return on whose side a person stands in a dispute; NOBODY for everybody else."""
    if user_id is None:
        return Side.NOBODY
    if dispute.order.buyer_id == user_id:
        return Side.BUYER
    mine = Shop.objects.where_may(user_id, Act.CANCEL_ORDERS)
    return Side.SELLER if mine.filter(pk=dispute.order.shop_id).exists() else Side.NOBODY


def evidence_for(*, user_id: int, is_staff: bool) -> QuerySet[EvidencePhoto]:
    """Return the evidence that a person may look at: of own disputes, or as staff all."""
    photos = EvidencePhoto.objects.all()
    return photos if is_staff else photos.filter(entry__dispute__in=_seen_by(user_id))


def was_sent_back(dispute: Dispute) -> bool:
    """Say whether the disputed goods are on their way back, or there."""
    parcel = getattr(dispute, "parcel", None)
    return parcel is not None and parcel.sent_at is not None


def active_dispute(order: Order) -> Dispute | None:
    """Return the dispute that is under way about an order, if any."""
    return order.disputes.filter(state__in=rules.ACTIVE).first()


def why_no_dispute(order: Order, *, at: datetime) -> str:
    """Return why no dispute can be opened about an order now; empty when one can."""
    if active_dispute(order) is not None:
        return _("There is already an open dispute about this order.")
    if not _may_complain(order, at):
        return _("There is nothing to dispute now: it was not sent yet, or the time is over.")
    if order.disputes.filter(state=DisputeState.RULED, line=None).exists():
        return _("Our staff have decided about this order. You can appeal against the ruling.")
    fruitless = order.disputes.filter(state__in=FRUITLESS).exclude(won_by=Side.BUYER)
    if fruitless.count() >= rules.FRUITLESS_MAX:
        return _("Earlier disputes about this order came to nothing; there can be no further one.")
    if not order.kept_minor:
        return _("All the money of this order went back already.")
    return ""


def _may_complain(order: Order, at: datetime) -> bool:
    if order.state in _HELD:
        return True
    if order.state == OrderState.PAID_HELD:  # a part was sent, the rest did not follow in time
        late = order.ship_by is not None and order.ship_by < at
        return late and order.shipments.exists()
    days = rulebook.value("dispute.after_release_days", at=at)
    ended = order.completed_at
    return order.state in _ENDED_ORDER and ended is not None and at <= ended + timedelta(days=days)


def complain_lines(order: Order) -> list[OrderLine]:
    """Return the lines about which no dispute was decided or settled, with money left in them."""
    return [line for line in undecided_lines(order) if line.line_total_minor > line.refunded_minor]


def undecided_lines(order: Order) -> list[OrderLine]:
    """Return the lines about which no dispute of their own was decided or settled.

    A promised replacement settles nothing yet: it may not come, or come broken.
    """
    replaced = Offer.objects.filter(state=OfferState.ACCEPTED, kind=Remedy.REPLACE)
    done = Dispute.objects.filter(
        order=order, line__isnull=False, state__in=[DisputeState.RULED, DisputeState.SETTLED]
    ).exclude(pk__in=replaced.values("dispute_id"))
    known = set(done.values_list("line_id", flat=True))
    return [line for line in order.lines.all() if line.pk not in known]


def left_of(*, order: Order, line: OrderLine | None) -> rules.Share:
    """Return what can still go back of an order, or of one of its lines and the shipping.

    Of a whole order without the lines that were decided or settled by themselves.
    """
    goods = order.goods_minor - order.refunded_goods_minor
    if line is not None:
        goods = min(goods, line.line_total_minor - line.refunded_minor)
    else:
        open_ids = {one.pk for one in undecided_lines(order)}
        decided = [one for one in order.lines.all() if one.pk not in open_ids]
        goods = max(0, goods - sum(one.line_total_minor - one.refunded_minor for one in decided))
    return rules.Share(goods, order.shipping_minor - order.refunded_shipping_minor)


def paid_back(dispute: Dispute) -> rules.Share:
    """Return what went back through a dispute so far."""
    sums = Refund.objects.filter(order=dispute.order_id, key__startswith=f"{dispute.ref}:")
    found = sums.aggregate(goods=Sum("goods_minor"), shipping=Sum("shipping_minor"))
    return rules.Share(found["goods"] or 0, found["shipping"] or 0)


def clock_words(dispute: Dispute, *, at: datetime) -> str:
    """Say what happens when, if nobody does anything; empty when no clock runs."""
    if dispute.due_at is None:
        return ""
    if clock_stands(dispute):
        return _("An appeal against the ruling is open. Until it is answered, the clock stands.")
    left = _words(order_rules.time_left(dispute.due_at, at))
    what = rules.when_due(state=dispute.state, awaits=dispute.awaits, answered=dispute.answered)
    sentences = {
        "grant": _("The shop has %(time)s to answer. If it is silent, the buyer wins."),
        "escalate": _("You have %(time)s left to agree. Then our staff decide."),
        "close": _("The buyer has %(time)s to act. Otherwise the dispute is closed."),
        "arrive": _("The shop has %(time)s to act. Otherwise the money goes back."),
        "": _("Our staff decide within %(time)s."),
    }
    return sentences[what] % {"time": left}


def _words(left: order_rules.TimeLeft) -> str:
    if left.days:
        return ngettext("%(n)s day", "%(n)s days", left.days) % {"n": left.days}
    if left.hours:
        return ngettext("%(n)s hour", "%(n)s hours", left.hours) % {"n": left.hours}
    return ngettext("%(n)s minute", "%(n)s minutes", left.minutes) % {"n": left.minutes}


def appealable_until(ruling: Ruling) -> datetime:
    """Return until when a ruling may be appealed."""
    return ruling.at + timedelta(days=rulebook.value("appeals.window_days", at=ruling.at))


def may_appeal(ruling: Ruling, *, at: datetime) -> bool:
    """Say whether a ruling can still be appealed: a first one, once, in time."""
    if ruling.overrides_id is not None or at > appealable_until(ruling):
        return False
    return not hasattr(ruling, "appeal")


def clock_stands(dispute: Dispute) -> bool:
    """Say whether an open appeal stops the clock of a return that was ruled."""
    if dispute.state != DisputeState.RETURNING:
        return False
    appeals = (getattr(ruling, "appeal", None) for ruling in dispute.rulings.all())
    return any(appeal is not None and appeal.state == AppealState.OPEN for appeal in appeals)


def desk() -> QuerySet[Dispute]:
    """Return every dispute for staff: those that wait for them first, the most urgent on top."""
    return Dispute.objects.select_related("order__shop", "order__buyer", "line").order_by(
        F("due_at").asc(nulls_last=True), "-pk"
    )


def appeals_open() -> int:
    """Return how many appeals wait for an answer."""
    return Ruling.objects.filter(appeal__state=AppealState.OPEN).count()


# Reviews --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stars:
    """What reviews add up to: how many, and their Bayesian mean in hundredths of a star."""

    count: int
    mean_hundredths: int

    @property
    def mean(self) -> str:
        """The mean with one decimal, rounded half up."""
        tenths = (self.mean_hundredths + 5) // 10
        return f"{tenths // 10}.{tenths % 10}"


def reviews_of_listing(listing_id: int) -> QuerySet[Review]:
    """Return the reviews of a listing that stand, newest first."""
    return _standing().filter(listing_id=listing_id)


def reviews_of_shop(shop_id: int) -> QuerySet[Review]:
    """Return the reviews of a shop's goods that stand, newest first."""
    return _standing().filter(shop_id=shop_id)


def reviews_received(user_id: int) -> QuerySet[Review]:
    """Return the standing reviews of the shops for which a person may answer, newest first."""
    return _standing().filter(shop__in=Shop.objects.where_may(user_id, Act.EDIT_LISTINGS))


def _standing() -> QuerySet[Review]:
    standing = Review.objects.filter(withdrawn_at=None)
    return standing.select_related("by", "listing", "shop").order_by("-pk")


def stars_of_listing(listing_id: int, *, at: datetime) -> Stars:
    """Return what the reviews of a listing add up to."""
    return _stars(ListingStars.objects.filter(listing_id=listing_id).first(), at)


def stars_of_shop(shop_id: int, *, at: datetime) -> Stars:
    """Return what the reviews of a shop's goods add up to."""
    return _stars(ShopStars.objects.filter(shop_id=shop_id).first(), at)


def _stars(row: ListingStars | ShopStars | None, at: datetime) -> Stars:
    count, stars_sum = (row.count, row.stars_sum) if row else (0, 0)
    mean = rules.bayesian_mean_hundredths(
        count=count,
        stars_sum=stars_sum,
        prior_count=rulebook.value("reviews.prior_count", at=at),
        prior_mean_hundredths=rulebook.value("reviews.prior_mean_hundredths", at=at),
    )
    return Stars(count, mean)


def market_mean_hundredths() -> int | None:
    """Return the plain mean of all standing reviews, to be published as the prior mean."""
    mean = Review.objects.filter(withdrawn_at=None).aggregate(mean=Avg("stars"))["mean"]
    return None if mean is None else round(mean * 100)


def recounted(field: str) -> dict[int, tuple[int, int]]:
    """Count reviews and stars anew by `field` (listing_id or shop_id), from the rows alone."""
    rows = Review.objects.filter(withdrawn_at=None).order_by().values_list(field)
    return {pk: (count, total) for pk, count, total in rows.annotate(Count("pk"), Sum("stars"))}


def reviewable_lines(order: Order) -> list[OrderLine]:
    """Return the lines of an ended order that its buyer received and has not reviewed yet."""
    if order.state not in _ENDED_ORDER or gains_from(user_id=order.buyer_id, shop_id=order.shop_id):
        return []
    sent = order.lines.filter(shipped_quantity__gt=0, review=None)
    paid = Offer.objects.filter(state=OfferState.ACCEPTED, kind=Remedy.MONEY)
    agreed = Q(state=DisputeState.SETTLED, pk__in=paid.values("dispute_id"))
    lost = Dispute.objects.filter(Q(won_by=Side.BUYER) | agreed, order=order, reason="not_arrived")
    lost_lines = set(lost.values_list("line_id", flat=True))
    return [] if None in lost_lines else [line for line in sent if line.pk not in lost_lines]
