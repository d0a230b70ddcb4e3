"""Endpoints: who may have them, what is refused, how secrets are kept."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from standardwebhooks import Webhook

from ewtp.guards import practice_receivers
from marketplace.errors import BadInput, KeyReused, NotAllowed, WrongState
from marketplace.hooks import catalogue, owners, rules, services
from marketplace.hooks.models import Delivery, DeliveryState, Endpoint
from marketplace.outbox.models import Event, Job, LogEntry
from tests.factories.accounts import make_person
from tests.factories.hooks import make_endpoint, pay, reload
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db


def test_the_same_form_makes_one_endpoint(now):
    shop, key = make_shop(), uuid4()
    first = make_endpoint(shop=shop, key=key, at=now)
    again = make_endpoint(shop=shop, key=key, url="https://other.shop.com/", at=now)
    assert (first.pk, Endpoint.objects.count()) == (again.pk, 1)


def test_a_form_s_key_opens_no_endpoint_of_another_owner(now):
    person, key = make_person(), uuid4()
    shop = make_shop(owner=person)
    make_endpoint(shop=shop, key=key, at=now)
    shop.members.all().delete()
    with pytest.raises(KeyReused):
        make_endpoint(
            owner_ref=person.ref, by_id=person.pk, key=key, types=["identity.verified"], at=now
        )


@pytest.mark.parametrize("role", ["packer", "bookkeeper"])
def test_a_shop_s_webhooks_are_its_owner_s_alone(role, now):
    shop = make_shop()
    helper = make_member(shop=shop, role=role).user
    endpoint = make_endpoint(shop=shop, at=now)
    for stranger in (helper, make_person()):
        who = {"by_id": stranger.pk, "at": now}
        with pytest.raises(NotAllowed):
            make_endpoint(shop=shop, by_id=stranger.pk, at=now)
        for verb in (services.pause, services.resume, services.delete):
            with pytest.raises(NotAllowed):
                verb(endpoint_id=endpoint.pk, **who)
        with pytest.raises(NotAllowed):
            services.rotate_secret(endpoint_id=endpoint.pk, since=now, **who)
        with pytest.raises(NotAllowed):
            services.send_test(endpoint_id=endpoint.pk, key=uuid4(), **who)
        with pytest.raises(NotAllowed):
            services.replay_failed(endpoint_id=endpoint.pk, since=now, **who)


def test_a_person_has_webhooks_of_his_own_and_nobody_else_s(now):
    person = make_person()
    own = make_endpoint(owner_ref=person.ref, by_id=person.pk, types=["identity.verified"], at=now)
    assert own.owner_ref == person.ref
    with pytest.raises(NotAllowed):
        make_endpoint(owner_ref=make_person().ref, by_id=person.pk, at=now)
    assert not owners.may(user_id=person.pk, ref="nonsense:1")


@pytest.mark.parametrize("url", ["http://hooks.shop.com/", "https://127.0.0.1/", "https://db.lan/"])
def test_an_address_that_cannot_be_called_is_refused_in_words(url, now):
    with pytest.raises(BadInput) as refused:
        make_endpoint(url=url, at=now)
    assert refused.value.field == "url"
    assert refused.value.reason.endswith(".")


@pytest.mark.parametrize("types", [[], ["order.nonsense"], ["identity.verified"]])
def test_only_types_of_the_catalogue_that_fit_the_owner_can_be_chosen(types, now):
    with pytest.raises(BadInput):
        make_endpoint(types=types, at=now)


def test_ten_are_enough(now):
    shop = make_shop()
    for _number in range(10):
        make_endpoint(shop=shop, at=now)
    with pytest.raises(WrongState):
        make_endpoint(shop=shop, at=now)


def test_address_and_secret_are_sealed_and_stand_in_no_log(now, caplog):
    with caplog.at_level(logging.DEBUG):
        endpoint = make_endpoint(url="https://hooks.shop.com/in?password=opensesame", at=now)
        services.rotate_secret(
            endpoint_id=endpoint.pk, since=now, by_id=endpoint.created_by_id, at=now
        )
    secret = reload(endpoint).secret_sealed
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(e)::text FROM hooks_endpoint e")
        stored = cursor.fetchone()[0]
    told = [*Event.objects.values_list("data", flat=True)]
    told += LogEntry.objects.values_list("data", flat=True)
    told += Job.objects.values_list("payload", flat=True)
    for place in (stored, str(told), caplog.text, repr(reload(endpoint))):
        assert "opensesame" not in place
        assert secret.removeprefix("whsec_") not in place


def test_both_secrets_sign_for_a_day_after_a_rotation(now):
    shop = make_shop()
    old = make_endpoint(shop=shop, at=now)
    since, old_secret = old.secret_since, old.secret_sealed
    asked = {"endpoint_id": old.pk, "since": since, "by_id": shop.owner_id, "at": now}
    # The same click twice makes one new secret.
    later = {**asked, "at": now + timedelta(seconds=1)}
    services.rotate_secret(**later)
    new = services.rotate_secret(**later)
    assert new.previous_secret_sealed == old_secret

    def letter(at):
        services.fan_out(event=pay(shop, at=at), at=at)
        turn = services.start(endpoint_id=old.pk, at=at)
        return services.take(endpoint_id=old.pk, turn=turn, at=at)

    moment = now + timedelta(hours=1)
    first = letter(moment)
    for secret in (old_secret, new.secret_sealed):
        signed = Webhook(secret).sign(first.message_id, moment, first.body)
        assert signed in first.signature.split()
    second = letter(now + timedelta(hours=25))
    assert len(second.signature.split()) == 1


def test_deleting_forgets_address_and_secrets_and_keeps_the_log(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    services.fan_out(event=pay(shop, at=now), at=now)
    services.delete(endpoint_id=endpoint.pk, by_id=shop.owner_id, at=now)

    gone = reload(endpoint)
    assert (gone.url_sealed, gone.secret_sealed, gone.state) == ("", "", "deleted")
    assert Delivery.objects.get().state == DeliveryState.GIVEN_UP
    with pytest.raises(WrongState):
        services.resume(endpoint_id=endpoint.pk, by_id=shop.owner_id, at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Endpoint.objects.update(secret_sealed="whsec_left")


def test_what_a_pause_missed_can_be_replayed_under_the_same_id(now):
    shop = make_shop()
    who = {"by_id": shop.owner_id, "at": now}
    endpoint = make_endpoint(shop=shop, at=now)
    (waiting,) = services.fan_out(event=pay(shop, at=now), at=now)
    services.pause(endpoint_id=endpoint.pk, **who)
    with pytest.raises(WrongState):
        services.replay_failed(endpoint_id=endpoint.pk, since=now, **who)
    services.resume(endpoint_id=endpoint.pk, **who)

    assert services.replay_failed(endpoint_id=endpoint.pk, since=now, **who) == 1
    assert services.replay_failed(endpoint_id=endpoint.pk, since=now, **who) == 0
    turn = services.start(endpoint_id=endpoint.pk, at=now)
    letter = services.take(endpoint_id=endpoint.pk, turn=turn, at=now)
    assert letter.message_id == waiting.message_id


def test_a_replay_is_a_new_attempt_with_a_schedule_of_its_own(now):
    shop = make_shop()
    endpoint = make_endpoint(shop=shop, at=now)
    (sent,) = services.fan_out(event=pay(shop, at=now), at=now)
    Delivery.objects.update(state="given_up", due_at=None, tries=10)
    again = {"delivery_id": sent.pk, "tries": 10, "by_id": shop.owner_id, "at": now}

    assert services.replay(**again).state == DeliveryState.WAITING
    Delivery.objects.update(state="delivered", due_at=None, tries=11)
    # The second click of a double click, when the first was already carried out.
    assert services.replay(**again).state == DeliveryState.DELIVERED
    assert (reload(endpoint).turn, Delivery.objects.get().tries_before) == (0, 10)


def test_a_test_is_sent_once_a_form_and_thirty_times_an_hour(now):
    endpoint = make_endpoint(at=now)
    who = {"endpoint_id": endpoint.pk, "by_id": endpoint.created_by_id, "at": now}
    key = uuid4()
    assert services.send_test(key=key, **who).pk == services.send_test(key=key, **who).pk
    for _number in range(29):
        services.send_test(key=uuid4(), **who)
    with pytest.raises(WrongState):
        services.send_test(key=uuid4(), **who)


def test_tests_and_replays_are_limited_for_an_owner_however_many_endpoints_he_has(now):
    shop = make_shop()
    who = {"by_id": shop.owner_id, "at": now}
    one, two = (make_endpoint(shop=shop, at=now).pk for _number in range(2))
    sent = [services.send_test(endpoint_id=pk, key=uuid4(), **who) for pk in [one, two] * 15]
    with pytest.raises(WrongState):
        services.send_test(endpoint_id=two, key=uuid4(), **who)

    for number in range(rules.REPLAYS_AN_HOUR_MAX):
        Delivery.objects.update(state="given_up", due_at=None)
        services.replay(delivery_id=sent[number % 30].pk, tries=0, **who)
    Delivery.objects.update(state="given_up", due_at=None)
    with pytest.raises(WrongState):
        services.replay(delivery_id=sent[1].pk, tries=0, **who)

    for number in range(rules.REPLAYS_OF_FAILED_AN_HOUR_MAX):
        Delivery.objects.update(state="given_up", due_at=None)
        services.replay_failed(endpoint_id=[one, two][number % 2], since=now, **who)
    Delivery.objects.update(state="given_up", due_at=None)
    with pytest.raises(WrongState):
        services.replay_failed(endpoint_id=one, since=now, **who)
    later = {**who, "at": now + timedelta(hours=1)}
    assert services.replay_failed(endpoint_id=one, since=now, **later) == 15


def test_every_published_type_has_a_name_of_its_own():
    assert len(catalogue.TYPES) == len(catalogue.BY_SOURCE) == len(catalogue._ALL)


def test_practice_receivers_are_on_this_machine_and_never_in_production():
    assert practice_receivers(["127.0.0.1:9099"], production=False) == [("127.0.0.1", 9099)]
    assert practice_receivers([], production=True) == []
    for pairs, production in ((["127.0.0.1:9099"], True), (["10.0.0.1:80"], False)):
        with pytest.raises(ImproperlyConfigured):
            practice_receivers(pairs, production=production)
