"""What people of the demo write to each other: questions, talks, a warning, saved replies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from ewtp.demo import world
from marketplace.accounts.models import User
from marketplace.listings.models import Listing
from marketplace.orders.models import Order
from marketplace.shops.models import Shop
from marketplace.talk.models import Thread
from marketplace.talk.services import questions, replies, reports, threads
from marketplace.talk.services.threads import Words

Told = tuple[datetime, str, Callable[[datetime], None]]
SHOP = world.SHOPS[0]
ASKER, OTHER = world.BUYERS[0], world.BUYERS[3]


def told(now: datetime) -> Iterator[Told]:
    """Return when what was written, each with its key."""
    day, hour = timedelta(days=1), timedelta(hours=1)
    yield now - 20 * day, "talk:replies", _save_replies
    for place, (who, text, answer) in enumerate(_QUESTIONS):
        at = now - 8 * day + place * hour
        yield at, f"talk:question:{place}", partial(_ask, place, who, text)
        if answer:
            yield at + 5 * hour, f"talk:answer:{place}", partial(_answer, text, answer)
    for place, (by_shop, text) in enumerate(_ABOUT_GOODS):
        at = now - 3 * day + place * hour
        yield at, f"talk:goods:{place}", partial(_write_about_goods, place, by_shop, text)
    yield now - 5 * hour, "talk:order", _write_about_order
    yield now - 4 * hour, "talk:outside", _write_of_paying_outside


def _save_replies(at: datetime) -> None:
    shop = _shop()
    for title, text in _REPLIES:
        replies.add(shop_id=shop.pk, by_id=shop.owner_id, title=title, text=text, at=at)


def _ask(place: int, who: world.Person, text: str, at: datetime) -> None:
    by_id, key = _user(who).pk, f"demo-{place}"
    questions.ask(listing_id=_goods(place % 2).pk, by_id=by_id, key=key, text=text, at=at)


def _answer(text: str, answer: str, at: datetime) -> None:
    shop = _shop()
    question = shop.questions.get(text=text)
    questions.answer(question_id=question.pk, by_id=shop.owner_id, text=answer, at=at)


def _write_about_goods(place: int, by_shop: bool, text: str, at: datetime) -> None:
    goods, words = _goods(0), Words(key=f"demo-{place}", text=text)
    if not by_shop:
        threads.ask_about_listing(listing_id=goods.pk, by_id=_user(ASKER).pk, words=words, at=at)
        return
    thread = Thread.objects.get(listing=goods, buyer=_user(ASKER))
    threads.send(thread_id=thread.pk, by_id=goods.shop.owner_id, words=words, at=at)


def _write_about_order(at: datetime) -> None:
    order = _order()
    for place, (by_id, text) in enumerate(
        ((order.buyer_id, _WHEN), (order.shop.owner_id, _TOMORROW))
    ):
        words = Words(key=f"demo-order-{place}", text=text)
        threads.write_about_order(
            order_id=order.pk, by_id=by_id, words=words, at=at + timedelta(minutes=20 * place)
        )


def _write_of_paying_outside(at: datetime) -> None:
    goods = Listing.objects.filter(shop__owner__email=_STRANGER_SHOP).live().order_by("pk").first()
    if goods is None:
        return  # its goods are all withheld or not yet on sale
    words = Words(key="demo-outside", text=_CAN_YOU)
    message = threads.ask_about_listing(
        listing_id=goods.pk, by_id=_user(OTHER).pk, words=words, at=at
    )
    outside = Words(key="demo-outside", text=_OUTSIDE, accepted=["messenger", "payment"])
    asked = threads.send(
        thread_id=message.thread_id,
        by_id=goods.shop.owner_id,
        words=outside,
        at=at + timedelta(minutes=30),
    )
    reports.report(
        message_id=asked.pk,
        by_id=_user(OTHER).pk,
        reason="pay_outside",
        text=_REPORTED,
        at=at + timedelta(hours=1),
    )


def _goods(place: int) -> Listing:
    return Listing.objects.select_related("shop").get(title=SHOP.goods[place].title)


def _order() -> Order:
    found = Order.objects.filter(shop=_shop(), buyer=_user(ASKER)).select_related("shop")
    return found.latest("pk")


def _shop() -> Shop:
    return Shop.objects.get(name=SHOP.name)


def _user(person: world.Person) -> User:
    return User.objects.get(email=person.mail)


_STRANGER_SHOP = next(one for one in world.SHOPS if one.name == world.LATE_SHOP).owner.mail
_QUESTIONS = (
    (ASKER, "Can it be washed, or only wiped?", "Wipe it with a damp cloth and dry it in shade."),
    (OTHER, "Is the pattern the same on both sides?", "Yes. The inside is one shade lighter."),
    (world.BUYERS[4], "Do you also make it half as large?", ""),
)
_ABOUT_GOODS = (
    (False, "Hello! I would like four of them as a gift. Are they all of the same height?"),
    (True, "Good morning. They differ by a finger's width; I can choose four that fit well."),
    (False, "That would be lovely, thank you. I order today."),
)
_REPLIES = (
    ("When it leaves", "Dear {buyer}, your order {order} leaves tomorrow and takes {days} days."),
    ("Thanks", "Thank you, {buyer}! If anything is wrong with it, write to me here first."),
)
_WHEN = "Will it be here before the end of the month? It is for a birthday."
_TOMORROW = "It leaves tomorrow morning. I write to you as soon as the carrier has it."
_CAN_YOU = "Can you make the scarf a little longer?"
_REPORTED = "I would rather pay here."
_OUTSIDE = "Yes. Write to me on WhatsApp, it is cheaper if you pay me directly by bank transfer."
