"""What went wrong after three sales of the demo, and what a buyer praised: through the services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from ewtp.demo import world
from marketplace.accounts.models import User
from marketplace.care.models import Dispute
from marketplace.care.services import opening, reviews, rulings, talk
from marketplace.orders.models import Order

# The sale that each story is about: its name, days ago, whether the buyer confirmed.
SALES = (("late-broken", 6.0, False), ("late-wrong-size", 9.0, False), ("late-praised", 12.0, True))
Find = Callable[[str], Order]  # the order of a sale, by its name
Told = tuple[datetime, str, Callable[[datetime], None]]


def told(now: datetime, find: Find) -> Iterator[Told]:
    """Return when what happened, each with its key."""
    day, hour = timedelta(days=1), timedelta(hours=1)
    yield now - day, "dispute:broken", partial(_complain, find, "late-broken", "damaged", _BROKEN)
    yield now - 20 * hour, "offer:broken", partial(_offer, find)
    wrong = partial(_complain, find, "late-wrong-size", "not_as_described", _WRONG)
    yield now - 4 * day, "dispute:wrong", wrong
    yield now - 3 * day, "ruling:wrong", partial(_rule, find)
    yield now - 2 * day, "review:praised", partial(_praise, find)


def _complain(find: Find, sale: str, reason: str, text: str, at: datetime) -> None:
    order = find(sale)
    opening.open_dispute(
        order_id=order.pk,
        by_id=order.buyer_id,
        key=f"demo:{sale}",
        reason=reason,
        wants="money",
        text=text,
        at=at,
    )


def _offer(find: Find, at: datetime) -> None:
    dispute = Dispute.objects.get(order=find("late-broken"))
    half = dispute.amount_minor // 2
    owner_id = dispute.order.shop.owner_id
    talk.offer(
        dispute_id=dispute.pk,
        by_id=owner_id,
        key="demo",
        kind="money",
        amount_minor=half,
        text=_HALF,
        at=at,
    )


def _rule(find: Find, at: datetime) -> None:
    dispute = Dispute.objects.get(order=find("late-wrong-size"))
    owner_id = dispute.order.shop.owner_id
    talk.escalate(dispute_id=dispute.pk, by_id=owner_id, text=_AS_SHOWN, at=at - timedelta(hours=9))
    staff = User.objects.get(email=world.STAFF.mail)
    rulings.rule(
        dispute_id=dispute.pk,
        by_id=staff.pk,
        kind="money",
        amount_minor=dispute.amount_minor // 3,
        reasons=_RULING,
        at=at,
    )


def _praise(find: Find, at: datetime) -> None:
    order = find("late-praised")
    line = order.lines.get()
    review = reviews.post(line_id=line.pk, by_id=order.buyer_id, stars=5, text=_PRAISE, at=at)
    answered = at + timedelta(hours=3)
    owner_id = order.shop.owner_id
    reviews.answer(review_id=review.pk, by_id=owner_id, text=_THANKS, at=answered)


_BROKEN = "The rim came undone on one side. The box was soft and wet on one corner."
_HALF = "I am sorry, the rain must have got in. Would you keep it for half the price?"
_WRONG = "The page says thirty centimetres, and I measure twenty-four."
_AS_SHOWN = "All my pieces differ a little, I say so on the page."
_RULING = (
    "The page names a size, and a fifth less is more than a little. The piece is whole and in use,"
    " so a third of the price goes back."
)
_PRAISE = "Better than on the photo, and packed with care. It came two days early."
_THANKS = "Thank you! My sister chose the colours."
