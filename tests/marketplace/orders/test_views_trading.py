import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import second_factor
from marketplace.orders.models import Order, ProviderEvent, SandboxEntry
from marketplace.orders.services import payment
from marketplace.orders.views.webhook import SIGNATURE_HEADER, signature
from tests.factories.accounts import make_person
from tests.factories.orders import make_group, make_order
from tests.factories.shops import make_member

pytestmark = pytest.mark.django_db


def recent(state):
    return make_order(state=state, at=timezone.now() - timedelta(hours=2))


def text(page):
    return page.content.decode()


def act(client, person, name, order, **body):
    client.force_login(person)
    return client.post(reverse(f"orders:{name}", args=[order.pk]), body, follow=True)


def test_the_seller_sees_the_address_and_sends_it(client):
    order = recent("paid_held")
    client.force_login(order.shop.owner)

    assert "Ada Buyer" in text(client.get(reverse("orders:detail", args=[order.pk])))
    page = act(client, order.shop.owner, "ship", order, tracking="RW123")

    assert Order.objects.get().state == "shipped"
    assert "RW123" in text(page)
    assert "I have received it" not in text(page)


def test_the_buyer_sees_the_clock_and_the_warning_and_confirms(client):
    order = recent("shipped")
    client.force_login(order.buyer)

    page = text(client.get(reverse("orders:detail", args=[order.pk])))
    assert "The money goes to the seller in 9 days 22 hours." in page
    assert "confirm before you have it" in page
    assert "Mark as sent" not in page

    act(client, order.buyer, "confirm", order)
    assert Order.objects.get().state == "settled"


def test_a_refused_action_says_why_and_changes_nothing(client):
    order = recent("shipped")
    page = act(client, order.shop.owner, "confirm", order)

    assert "Only the buyer" in text(page)
    assert Order.objects.get().state == "shipped"


def test_strangers_find_no_order(client):
    order = recent("paid_held")
    client.force_login(make_person())
    assert client.get(reverse("orders:detail", args=[order.pk])).status_code == 404
    for name in ("ship", "confirm", "cancel"):
        assert client.post(reverse(f"orders:{name}", args=[order.pk])).status_code == 404


def test_a_seller_cancels_with_a_reason_that_the_buyer_reads(client):
    order = recent("paid_held")
    page = act(client, order.shop.owner, "cancel", order)
    assert "tell the buyer why" in text(page)

    act(client, order.shop.owner, "cancel", order, reason="The vase broke")
    client.force_login(order.buyer)
    page = text(client.get(reverse("orders:detail", args=[order.pk])))
    assert "The vase broke" in page
    assert "The refund is on its way" in page


@pytest.mark.parametrize("state", ["awaiting_payment", "paid_held", "delivered", "settled"])
def test_an_order_page_opens_in_every_state(client, state):
    order = recent(state)
    for person in (order.buyer, order.shop.owner):
        client.force_login(person)
        assert client.get(reverse("orders:detail", args=[order.pk])).status_code == 200


def test_the_desk_puts_what_is_to_send_first(client):
    order = recent("paid_held")
    client.force_login(order.shop.owner)

    page = text(client.get(reverse("orders:desk")))
    assert "1 order to send" in page
    client.force_login(order.buyer)
    assert "Nothing waits to be sent" in text(client.get(reverse("orders:desk")))


def test_the_money_page_shows_held_due_and_its_orders(client):
    order = recent("settled")
    client.force_login(order.shop.owner)

    page = text(client.get(reverse("orders:money")))
    assert "€12.12" in page  # 12.50 less 3 %, rounded half up
    assert reverse("orders:detail", args=[order.pk]) in page


def told(**more):
    entry = SandboxEntry.objects.get()
    event = {
        "event_id": "evt_9",
        "kind": "charge.succeeded",
        "key": entry.idempotency_key,
        "provider_ref": entry.provider_ref,
        "currency": entry.currency,
        "amount_minor": entry.amount_minor,
    }
    return json.dumps({**event, **more}).encode()


def knock(client, body, signed=None):
    return client.post(
        reverse("orders:webhook"),
        body,
        content_type="application/json",
        headers={SIGNATURE_HEADER: signature(body) if signed is None else signed},
    )


def test_a_signed_event_completes_once_however_often_it_comes(client):
    group = make_group(at=timezone.now())
    payment.pay(group_id=group.pk, card="tok_delayed", at=timezone.now())

    answers = [knock(client, told()).json() for _ in range(3)]

    assert answers == [{"new": True}, {"new": False}, {"new": False}]
    assert group.orders.get().state == "paid_held"


def test_an_event_without_a_true_signature_does_nothing(client):
    group = make_group(at=timezone.now())
    payment.pay(group_id=group.pk, card="tok_delayed", at=timezone.now())

    for signed in ("", "0" * 64, "é"):
        assert knock(client, told(), signed).status_code == 403
    assert knock(client, b"[]").status_code == 400
    assert knock(client, b"no json").status_code == 400
    assert knock(client, told(amount_minor=1)).status_code == 400
    assert not ProviderEvent.objects.exists()
    assert group.orders.get().state == "awaiting_payment"


def test_staff_read_orders_in_the_admin_and_note_a_delivery(client):
    order = recent("shipped")
    client.force_login(make_person(is_staff=True, is_superuser=True))

    assert client.get(reverse("admin:orders_order_change", args=[order.pk])).status_code == 200
    client.post(
        reverse("admin:orders_order_changelist"),
        {"action": "mark_delivered", "_selected_action": [order.pk]},
    )
    assert Order.objects.get().state == "delivered"
    for name in ("payment", "escrow", "payout", "providerevent", "sandboxentry"):
        assert client.get(reverse(f"admin:orders_{name}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:orders_{name}_add")).status_code == 403


@pytest.mark.parametrize("side", ["buyer", "owner", "packer"])
def test_staff_note_no_delivery_of_what_they_bought_or_sell(client, side):
    order = recent("shipped")
    member = make_member(shop=order.shop).user
    person = {"buyer": order.buyer, "owner": order.shop.owner, "packer": member}[side]
    person.is_staff = person.is_superuser = True
    person.save()
    second_factor.give(user_id=person.pk, at=timezone.now())
    client.force_login(person)
    page = client.post(
        reverse("admin:orders_order_changelist"),
        {"action": "mark_delivered", "_selected_action": [order.pk]},
        follow=True,
    )
    assert "Ask a colleague." in text(page)
    assert Order.objects.get().state == "shipped"
