"""Who is called when: nobody's slow or busy receiver holds up the messages of others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.utils import timezone

from marketplace.hooks import services
from marketplace.hooks.caller import Answer
from marketplace.outbox.models import Job
from tests.factories.hooks import make_endpoint, pay, reload
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def waiting_endpoint(*, at, shop=None):
    shop = shop or make_shop()
    endpoint = make_endpoint(shop=shop, at=at)
    services.fan_out(event=pay(shop, at=at), at=at)
    return endpoint


def test_an_owner_has_one_turn_at_a_time_and_leaves_the_others_to_others(settings, now):
    settings.HOOKS_AT_ONCE = 2
    shop = make_shop()
    first, second = waiting_endpoint(shop=shop, at=now), waiting_endpoint(shop=shop, at=now)
    of_the_same_person = waiting_endpoint(shop=make_shop(owner=shop.owner), at=now)
    other = waiting_endpoint(at=now)

    running = services.start(endpoint_id=first.pk, at=now)
    assert running
    Job.objects.all().delete()
    assert services.start(endpoint_id=second.pk, at=now) is None
    # It is not forgotten: a later turn was asked for.
    assert Job.objects.get(kind="hooks.send").payload == {"endpoint_id": second.pk}
    assert services.start(endpoint_id=of_the_same_person.pk, at=now) is None
    assert services.start(endpoint_id=other.pk, at=now)
    services.release(endpoint_id=first.pk, turn=running, at=now)
    assert services.start(endpoint_id=second.pk, at=now)


def test_more_than_one_receiver_is_called_at_once_by_default():
    assert configured.HOOKS_AT_ONCE >= 2


def test_a_slow_answer_ends_the_turn_and_the_endpoint_rests(now):
    shop = make_shop()
    endpoint = waiting_endpoint(shop=shop, at=now)
    services.fan_out(event=pay(shop, at=now, order_id=42), at=now)
    turn = services.start(endpoint_id=endpoint.pk, at=now)
    letter = services.take(endpoint_id=endpoint.pk, turn=turn, at=now)
    services.note(letter=letter, answer=Answer(status=200, duration_ms=9_900), at=now)

    found = reload(endpoint)
    assert (found.rest_until - now, found.failures_in_row) == (timedelta(seconds=29.7), 0)
    assert services.take(endpoint_id=endpoint.pk, turn=turn, at=now) is None
    services.release(endpoint_id=endpoint.pk, turn=turn, at=now)
    assert services.start(endpoint_id=endpoint.pk, at=now + timedelta(seconds=29)) is None
    assert services.start(endpoint_id=endpoint.pk, at=now + timedelta(seconds=30))


def test_whoever_has_more_to_send_lets_those_who_wait_go_first(settings):
    settings.HOOKS_AT_ONCE = 1
    # Jobs are due by the database's clock, never before its now.
    now = timezone.now() + timedelta(hours=1)

    def next_turn():
        turn = services.start(endpoint_id=busy.pk, at=now)
        Job.objects.all().delete()
        services.release(endpoint_id=busy.pk, turn=turn, at=now)
        return Job.objects.get(kind="hooks.send").run_at - now

    busy = waiting_endpoint(at=now)
    assert next_turn() == timedelta(0)
    waiting_endpoint(at=now)
    # Longer than the other waits before it asks again.
    assert next_turn() > timedelta(seconds=3)
