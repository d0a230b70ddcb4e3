"""From an event to a signed call, again by the schedule, and never twice for one due time."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from standardwebhooks import Webhook, WebhookVerificationError

from ewtp.grants import APPEND_ONLY_TABLES
from marketplace.hooks import rules, services
from marketplace.hooks.caller import Answer
from marketplace.hooks.models import Attempt, Delivery, DeliveryState, EndpointState
from marketplace.inbox.models import Message
from marketplace.outbox.models import Job, JobState
from tests.factories.hooks import make_endpoint, pay, receiver, reload
from tests.factories.outbox import drain
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db

BROKEN, GOOD = Answer(status=500, body=b"oops"), Answer(status=204)


def fan_out(shop, *, at):
    return services.fan_out(event=pay(shop, at=at), at=at)


def turn(endpoint, answer, *, at):
    """One turn whose calls all end with `answer`; return how many there were."""
    number = services.start(endpoint_id=endpoint.pk, at=at)
    if number is None:
        return 0
    calls = 0
    while letter := services.take(endpoint_id=endpoint.pk, turn=number, at=at):
        services.note(letter=letter, answer=answer, at=at)
        calls += 1
    services.release(endpoint_id=endpoint.pk, turn=number, at=at)
    return calls


def test_an_event_reaches_the_receiver_signed_and_thin(settings, now):
    shop = make_shop()
    with receiver() as there:
        settings.HOOKS_PERMITTED = [there.permit]
        endpoint = make_endpoint(shop=shop, url=there.url, at=now)
        pay(shop, at=now, buyer="Ama Mensah", phone="+250788123456")
        drain()

    (heard,) = there.heard
    told = Webhook(endpoint.secret_sealed).verify(heard.body, heard.headers)
    assert told == {
        "type": "order.paid",
        "timestamp": "2026-03-02T09:00:00.000Z",
        "data": {
            "order_id": 41,
            "shop_id": shop.pk,
            "state": "paid_held",
            "link": f"{settings.SITE_URL}/orders/41/",
        },
    }
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries) == (DeliveryState.DELIVERED, 1)
    assert (Attempt.objects.get().status, delivery.message_id) == (204, heard.headers["webhook-id"])


def test_another_secret_or_another_word_does_not_verify(settings, now):
    with receiver() as there:
        settings.HOOKS_PERMITTED = [there.permit]
        endpoint = make_endpoint(url=there.url, at=now)
        services.send_test(
            endpoint_id=endpoint.pk, key=uuid4(), by_id=endpoint.created_by_id, at=now
        )
        drain()
    (heard,) = there.heard
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_c2VjcmV0").verify(heard.body, heard.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret_sealed).verify(heard.body + b" ", heard.headers)


def test_only_who_asked_for_the_type_and_owns_the_thing_is_told(now):
    shop = make_shop()
    asked = make_endpoint(shop=shop, at=now)
    make_endpoint(shop=shop, types=["order.shipped"], at=now)
    make_endpoint(at=now)
    paused, deleted = make_endpoint(shop=shop, at=now), make_endpoint(shop=shop, at=now)
    services.pause(endpoint_id=paused.pk, by_id=shop.owner_id, at=now)
    services.delete(endpoint_id=deleted.pk, by_id=shop.owner_id, at=now)

    event = pay(shop, at=now)
    made = services.fan_out(event=event, at=now)
    services.fan_out(event=event, at=now)

    assert [one.endpoint_id for one in made] == [asked.pk]
    assert Delivery.objects.count() == 1


def test_a_closed_account_gets_nothing(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    (waiting,) = fan_out(shop, at=now)
    shop.owner.is_active = False
    shop.owner.save()

    assert services.fan_out(event=pay(shop, at=now, order_id=42), at=now) == []
    assert services.start(endpoint_id=endpoint.pk, at=now) is None
    assert waiting.tries == 0


def test_the_database_refuses_two_deliveries_of_one_event(now):
    shop = make_shop()
    make_endpoint(shop=shop, at=now)
    (made,) = fan_out(shop, at=now)
    made.pk, made.message_id = None, "msg_other"
    with pytest.raises(IntegrityError), transaction.atomic():
        made.save(force_insert=True)


def test_it_is_tried_ten_times_by_the_schedule_and_then_given_up(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    (delivery,) = fan_out(shop, at=now)
    at, waits = now, []
    for _number in range(10):
        assert turn(endpoint, BROKEN, at=at) == 1
        delivery.refresh_from_db()
        if delivery.due_at is None:
            break
        # A moment earlier nothing is sent.
        assert turn(endpoint, BROKEN, at=delivery.due_at - timedelta(seconds=1)) == 0
        waits.append(delivery.due_at - at)
        at = delivery.due_at

    assert waits == list(rules.RETRIES)
    assert (delivery.state, delivery.tries) == (DeliveryState.GIVEN_UP, 10)
    assert [one.number for one in Attempt.objects.order_by("pk")] == list(range(1, 11))


def test_a_retry_keeps_id_and_body_and_is_signed_anew(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    fan_out(shop, at=now)
    first = services.start(endpoint_id=endpoint.pk, at=now)
    one = services.take(endpoint_id=endpoint.pk, turn=first, at=now)
    services.note(letter=one, answer=BROKEN, at=now)
    services.release(endpoint_id=endpoint.pk, turn=first, at=now)
    later = now + timedelta(seconds=5)
    second = services.start(endpoint_id=endpoint.pk, at=later)
    two = services.take(endpoint_id=endpoint.pk, turn=second, at=later)

    assert (one.message_id, one.body) == (two.message_id, two.body)
    assert (one.timestamp, one.signature) != (two.timestamp, two.signature)


def test_an_attempt_is_noted_once_even_by_who_woke_up_too_late(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    fan_out(shop, at=now)
    number = services.start(endpoint_id=endpoint.pk, at=now)
    letter = services.take(endpoint_id=endpoint.pk, turn=number, at=now)

    assert services.note(letter=letter, answer=GOOD, at=now)
    assert services.note(letter=letter, answer=BROKEN, at=now) is None
    assert Attempt.objects.count() == 1


def test_a_dead_receiver_costs_one_call_a_rest_however_much_waits(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    for _number in range(5):
        fan_out(shop, at=now)

    assert turn(endpoint, Answer(error="timeout"), at=now) == 1
    assert turn(endpoint, BROKEN, at=now + timedelta(seconds=1)) == 0
    assert turn(endpoint, GOOD, at=now + timedelta(seconds=6)) == 5


def test_five_days_of_failure_pause_it_and_tell_its_people(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    fan_out(shop, at=now)
    turn(endpoint, BROKEN, at=now)
    services.pause_failing(at=now + timedelta(days=5) - timedelta(seconds=1))
    assert reload(endpoint).state == EndpointState.ACTIVE

    services.pause_failing(at=now + timedelta(days=5))
    services.pause_failing(at=now + timedelta(days=5))
    drain()

    assert (reload(endpoint).state, reload(endpoint).paused_why) == ("paused", "failing")
    assert Delivery.objects.get().state == DeliveryState.GIVEN_UP
    told = Message.objects.get(kind="webhook.paused")
    assert (told.user_id, told.link) == (shop.owner_id, f"/developers/webhooks/{endpoint.pk}/")


def test_one_success_ends_the_five_days(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    fan_out(shop, at=now)
    turn(endpoint, BROKEN, at=now)
    turn(endpoint, GOOD, at=now + timedelta(minutes=1))
    assert services.pause_failing(at=now + timedelta(days=6)) == 0
    assert reload(endpoint).failures_in_row == 0


def test_a_receiver_that_answers_gone_is_paused_at_once(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    fan_out(shop, at=now)
    turn(endpoint, Answer(status=410), at=now)
    assert reload(endpoint).paused_why == "gone"


def test_few_receivers_are_called_at_once(settings, now):
    settings.HOOKS_AT_ONCE = 1
    shops = [make_shop(), make_shop()]
    endpoints = [make_endpoint(shop=shop, at=now) for shop in shops]
    for shop in shops:
        fan_out(shop, at=now)
    running = services.start(endpoint_id=endpoints[0].pk, at=now)

    assert services.start(endpoint_id=endpoints[1].pk, at=now) is None
    services.release(endpoint_id=endpoints[0].pk, turn=running, at=now)
    assert services.start(endpoint_id=endpoints[1].pk, at=now) is not None


def test_who_died_in_a_call_holds_the_endpoint_for_a_minute_and_no_longer(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    fan_out(shop, at=now)
    assert services.start(endpoint_id=endpoint.pk, at=now)
    later = now + rules.BUSY + timedelta(seconds=1)
    Job.objects.update(state=JobState.DONE, done_at=now)

    assert services.start(endpoint_id=endpoint.pk, at=now) is None
    assert services.ring_overdue(at=later) == 1
    assert Job.objects.filter(kind="hooks.send", state=JobState.PENDING).count() == 1
    assert services.start(endpoint_id=endpoint.pk, at=later)


def test_an_answer_is_kept_as_harmless_text(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    fan_out(shop, at=now)
    turn(endpoint, Answer(status=200, body=b"<b>\x00\x1b[31m\xff\xe2\x80\xaeok\n"), at=now)
    assert Attempt.objects.get().answer == "<b>[31m�ok\n"


def test_attempts_are_facts_that_web_and_workers_cannot_change(now):
    assert Attempt._meta.db_table in APPEND_ONLY_TABLES
