"""Every form of orders and care, filled as a person would fill it, each in a fresh world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.care.models import Dispute, Offer
from marketplace.care.services import returns, talk
from marketplace.orders.models import Order
from marketplace.orders.services import cart
from tests.factories.accounts import make_person, make_staff
from tests.factories.care import TEXT, make_dispute, make_review, make_ruling
from tests.factories.orders import make_goods, make_group, make_order
from tests.live import prefilled


@dataclass
class Request:
    """One form of one page, filled as a person would fill it."""

    client: Client
    page: str
    action: str
    values: dict[str, object] = field(default_factory=dict)

    def ready(self) -> tuple[str, dict[str, object]]:
        """Open the page; return where its form goes and all that is sent."""
        answer = self.client.get(self.page)
        assert answer.status_code == 200, (self.page, answer.status_code)
        forms = BeautifulSoup(answer.content, "html.parser").find_all("form")
        fitting = [form for form in forms if (form.get("action") or self.page) == self.action]
        assert fitting, f"no form to {self.action}: {[form.get('action') for form in forms]}"
        return self.action, {**prefilled(fitting[0]), **self.values}


def somebody(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


Case = Callable[[], Request]
CASES: dict[str, Case] = {}


def case(name: str) -> Callable[[Case], Case]:
    """Register how the form of a named address comes about in a fresh world."""

    def keep(build: Case) -> Case:
        CASES[name] = build
        return build

    return keep


def order_page(order: Order) -> str:
    return reverse("orders:detail", args=[order.pk])


def of_order(name: str, order: Order, user: User, **values: str) -> Request:
    return Request(somebody(user), order_page(order), reverse(name, args=[order.pk]), values)


def goods_of_two_shops():
    return [make_goods(price_minor=4_000, shipping_minor=500, on_hand=20) for _ in range(2)]


def filled_cart() -> User:
    buyer = make_person()
    for variant in goods_of_two_shops():
        cart.add_to_cart(buyer_id=buyer.pk, variant_id=variant.pk, quantity=2, at=timezone.now())
    return buyer


def an_order(state: str) -> Order:
    goods = make_goods(price_minor=4_000, shipping_minor=500, on_hand=20)
    return make_order(goods, quantity=3, state=state, at=timezone.now() - timedelta(hours=1))


@case("orders:checkout")
def checkout() -> Request:
    there = reverse("orders:checkout")
    address = {"recipient": "Nora Lind", "lines": "Storgatan 1", "country": "SE"}
    return Request(somebody(filled_cart()), there, there, {**address, "card": "tok_repeat"})


@case("orders:pay")
def pay() -> Request:
    group = make_group(*goods_of_two_shops(), at=timezone.now())
    page = reverse("orders:group", args=[group.pk])
    return Request(somebody(group.buyer), page, reverse("orders:pay", args=[group.pk]))


@case("orders:ship")
def ship() -> Request:
    order = an_order("paid_held")
    return of_order("orders:ship", order, order.shop.owner, tracking="RW123")


@case("orders:confirm")
def confirm() -> Request:
    order = an_order("delivered")
    return of_order("orders:confirm", order, order.buyer)


@case("orders:extend")
def extend() -> Request:
    order = an_order("shipped")
    return of_order("orders:extend", order, order.buyer)


@case("orders:cancel")
def cancel() -> Request:
    order = an_order("paid_held")
    return of_order("orders:cancel", order, order.shop.owner, reason="It broke in the kiln")


@case("orders:call_off_lines")
def call_off_lines() -> Request:
    order = an_order("paid_held")
    line = order.lines.get()
    return of_order(
        "orders:call_off_lines",
        order,
        order.shop.owner,
        **{f"line-{line.pk}": "1", "reason": "One broke"},
    )


@case("orders:give_back")
def give_back() -> Request:
    order = an_order("settled")
    return of_order("orders:give_back", order, order.shop.owner, goods="5.00", reason="A scratch")


@case("orders:guest_checkout")
def guest_checkout() -> Request:
    visitor, there = Client(), reverse("orders:guest_checkout")
    for variant in goods_of_two_shops():
        visitor.post(reverse("orders:add"), {"variant_id": variant.pk, "quantity": 2})
    person = {"recipient": "Nora Lind", "contact": "nora@example.org", "lines": "Storgatan 1"}
    return Request(visitor, there, there, {**person, "country": "SE", "card": "tok_repeat"})


@case("care:open")
def open_dispute() -> Request:
    order = an_order("shipped")
    page = reverse("care:open", args=[order.pk])
    said = {"reason": "damaged", "wants": "money", "amount": "10.00", "text": TEXT}
    return Request(somebody(order.buyer), page, page, said)


def a_dispute(**fields) -> Dispute:
    return make_dispute(an_order("shipped"), at=timezone.now() - timedelta(minutes=30), **fields)


def of_dispute(name: str, number: int, dispute: Dispute, user: User, **values: str) -> Request:
    page = reverse("care:dispute", args=[dispute.pk])
    return Request(somebody(user), page, reverse(name, args=[number]), values)


def an_offer(kind: str = "money") -> Offer:
    dispute = a_dispute()
    amount = 1_000 if kind == "money" else None
    return talk.offer(
        dispute_id=dispute.pk,
        by_id=dispute.order.shop.owner_id,
        key=uuid4().hex,
        kind=kind,
        amount_minor=amount,
        text="",
        at=timezone.now() - timedelta(minutes=20),
    )


@case("care:say")
def say() -> Request:
    dispute = a_dispute()
    return of_dispute("care:say", dispute.pk, dispute, dispute.order.shop.owner, text=TEXT)


@case("care:offer")
def offer() -> Request:
    dispute = a_dispute()
    seller = dispute.order.shop.owner
    return of_dispute("care:offer", dispute.pk, dispute, seller, kind="money", amount="7.00")


@case("care:accept")
def accept() -> Request:
    given = an_offer()
    return of_dispute("care:accept", given.pk, given.dispute, given.dispute.order.buyer)


@case("care:refuse")
def refuse() -> Request:
    given = an_offer()
    return of_dispute("care:refuse", given.pk, given.dispute, given.dispute.order.buyer)


@case("care:escalate")
def escalate() -> Request:
    dispute = a_dispute()
    return of_dispute("care:escalate", dispute.pk, dispute, dispute.order.shop.owner)


@case("care:withdraw")
def withdraw() -> Request:
    dispute = a_dispute()
    return of_dispute("care:withdraw", dispute.pk, dispute, dispute.order.buyer)


def a_return(*steps: str) -> Dispute:
    given = an_offer("return")
    dispute, at = given.dispute, timezone.now() - timedelta(minutes=10)
    buyer_id, seller_id = dispute.order.buyer_id, dispute.order.shop.owner_id
    talk.accept(offer_id=given.pk, by_id=buyer_id, at=at)
    if "address" in steps:
        where = {"address": "Kiln Lane 3, Oaxaca", "at": at}
        returns.say_where(dispute_id=dispute.pk, by_id=seller_id, **where)
    if "sent" in steps:
        parcel = {"carrier": "Post", "tracking": "RR1", "at": at}
        returns.send_back(dispute_id=dispute.pk, by_id=buyer_id, **parcel)
    return dispute


@case("care:say_where")
def say_where() -> Request:
    dispute, where = a_return(), {"address": "Kiln Lane 3, Oaxaca"}
    return of_dispute("care:say_where", dispute.pk, dispute, dispute.order.shop.owner, **where)


@case("care:send_back")
def send_back() -> Request:
    dispute = a_return("address")
    return of_dispute("care:send_back", dispute.pk, dispute, dispute.order.buyer, tracking="RR1")


@case("care:arrived")
def arrived() -> Request:
    dispute = a_return("address", "sent")
    return of_dispute("care:arrived", dispute.pk, dispute, dispute.order.shop.owner)


@case("care:appeal")
def appeal() -> Request:
    dispute = a_dispute(state="escalated")
    ruling = make_ruling(dispute, at=timezone.now() - timedelta(minutes=5))
    return of_dispute("care:appeal", ruling.pk, dispute, dispute.order.shop.owner, text=TEXT)


@case("admin:care_dispute_rule")
def rule() -> Request:
    dispute = a_dispute(state="escalated")
    page = reverse("admin:care_dispute_change", args=[dispute.pk])
    said = {"kind": "money", "amount": "12.00", "reasons": TEXT}
    there = reverse("admin:care_dispute_rule", args=[dispute.pk])
    return Request(somebody(make_staff()), page, there, said)


@case("care:review")
def review() -> Request:
    line = an_order("settled").lines.get()
    page = reverse("care:review", args=[line.pk])
    return Request(somebody(line.order.buyer), page, page, {"stars": "4", "text": "Fine work."})


@case("care:answer")
def answer() -> Request:
    given = make_review(an_order("settled"), at=timezone.now())
    there = reverse("care:answer", args=[given.pk])
    seller = somebody(given.line.order.shop.owner)
    return Request(seller, reverse("care:received"), there, {"text": "Thank you."})
