"""Messages: made from events, and sent again when their owner asks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.throttles import Limit, spend
from marketplace.errors import NotAllowed, WrongState
from marketplace.hooks import catalogue, owners, rules
from marketplace.hooks.catalogue import EventType
from marketplace.hooks.models import Delivery, DeliveryState, Endpoint, EndpointState
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Event

SEND = "hooks.send"
_HOUR = timedelta(hours=1)
_TESTS = Limit("hooks/test", rules.TESTS_AN_HOUR_MAX, _HOUR)
_REPLAYS = Limit("hooks/replay", rules.REPLAYS_AN_HOUR_MAX, _HOUR)
_REPLAYS_OF_FAILED = Limit("hooks/replay-failed", rules.REPLAYS_OF_FAILED_AN_HOUR_MAX, _HOUR)


@transaction.atomic
def fan_out(*, event: Event, at: datetime) -> list[Delivery]:
    """Make one delivery of an event for each endpoint that asked for its type. Safe to repeat."""
    kind = catalogue.BY_SOURCE[event.name]
    ref = catalogue.owner_ref(event)
    asked = Endpoint.objects.filter(
        owner_ref=ref, state=EndpointState.ACTIVE, types__contains=[kind.name]
    )
    # Locked, so that a pause either comes first or finds what it has to give up.
    endpoints = list(asked.select_for_update(no_key=True).order_by("pk"))
    if not endpoints or not owners.people(ref):
        return []
    body = _body(kind.name, _data(kind, event.data), event.at)
    Delivery.objects.bulk_create(
        (
            Delivery(
                endpoint=endpoint,
                event=event,
                message_id=_message_id(),
                type=kind.name,
                body=body,
                due_at=at,
                created_at=at,
            )
            for endpoint in endpoints
        ),
        ignore_conflicts=True,
    )
    made = list(Delivery.objects.filter(event=event, endpoint__in=endpoints).order_by("pk"))
    _ring(made, at=at)
    return made


@transaction.atomic
def send_test(*, endpoint_id: int, key: UUID, by_id: int, at: datetime) -> Delivery:
    """Send a message that means nothing. Safe to repeat: one a `key`.

    Raises WrongState for a paused endpoint, or after 30 tests of an owner in an hour.
    """
    endpoint = _locked(endpoint_id, by_id)
    known = Delivery.objects.filter(key=key, endpoint=endpoint).first()
    if known is not None:
        return known
    _count(_TESTS, endpoint, at)
    made = Delivery.objects.create(
        endpoint=endpoint,
        key=key,
        message_id=_message_id(),
        type=catalogue.TEST,
        body=_body(catalogue.TEST, {"endpoint_id": endpoint.pk}, at),
        due_at=at,
        created_at=at,
    )
    _ring([made], at=at)
    return made


@transaction.atomic
def replay(*, delivery_id: int, tries: int, by_id: int, at: datetime) -> Delivery:
    """Send a message again, under the id it had.

    `tries` is how many attempts the page showed: the same click twice sends once. Raises
    WrongState while the endpoint is paused, or after 60 replays of an owner in an hour.
    """
    endpoint_id = Delivery.objects.values_list("endpoint_id", flat=True).get(pk=delivery_id)
    endpoint = _locked(endpoint_id, by_id)
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery_id)
    if delivery.state != DeliveryState.WAITING and delivery.tries == tries:
        _count(_REPLAYS, endpoint, at)
        _again([delivery], at=at)
    return delivery


@transaction.atomic
def replay_failed(*, endpoint_id: int, since: datetime, by_id: int, at: datetime) -> int:
    """Send again what was not delivered since a moment, the oldest first; return how many.

    At most 500 at once, ten times an hour for an owner. Asked twice, the second finds nothing
    left. Raises as `replay`.
    """
    endpoint = _locked(endpoint_id, by_id)
    failed = Delivery.objects.select_for_update(no_key=True).filter(
        endpoint_id=endpoint_id, state=DeliveryState.GIVEN_UP, created_at__gte=since
    )
    found = list(failed.order_by("pk")[: rules.REPLAYS_AT_ONCE_MAX])
    if found:
        _count(_REPLAYS_OF_FAILED, endpoint, at)
        _again(found, at=at)
    return len(found)


def _count(limit: Limit, endpoint: Endpoint, at: datetime) -> None:
    """Count what an owner asks for by hand, over all his endpoints."""
    if spend(limit=limit, subject=endpoint.owner_ref, at=at).is_over:
        raise WrongState(_("That was asked for very often. Try again in an hour."))


def _again(deliveries: Sequence[Delivery], *, at: datetime) -> None:
    for delivery in deliveries:
        delivery.state, delivery.due_at = DeliveryState.WAITING, at
        delivery.tries_before = delivery.tries
    Delivery.objects.bulk_update(deliveries, ["state", "due_at", "tries_before"])
    _ring(deliveries, at=at)


def _ring(deliveries: Sequence[Delivery], *, at: datetime) -> None:
    """Ask for one turn with each endpoint; a turn sends all that is due there."""
    payloads = {
        f"{SEND}:{one.endpoint_id}:{one.pk}:{at.timestamp()}": {"endpoint_id": one.endpoint_id}
        for one in {one.endpoint_id: one for one in deliveries}.values()
    }
    if payloads:
        outbox.enqueue_all(kind=SEND, payloads=payloads, run_at=at)


def _locked(endpoint_id: int, by_id: int) -> Endpoint:
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    if not owners.may(user_id=by_id, ref=endpoint.owner_ref):
        raise NotAllowed(_("Only the owner may do this."))
    if endpoint.state != EndpointState.ACTIVE:
        raise WrongState(_("This webhook is paused. Resume it first."))
    return endpoint


def _message_id() -> str:
    return f"msg_{uuid4().hex}"


def _data(kind: EventType, facts: Mapping[str, object]) -> dict[str, object]:
    """Return ids, state and link: what the catalogue names, and nothing else."""
    data = {name: facts[name] for name in kind.ids if isinstance(facts.get(name), int)}
    state = kind.state or facts.get("state")
    if state:
        data["state"] = str(state)
    if kind.page is not None and kind.page[1] in data:
        data["link"] = settings.SITE_URL + reverse(kind.page[0], args=[data[kind.page[1]]])
    return data


def _body(name: str, data: Mapping[str, object], at: datetime) -> str:
    said = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": name, "timestamp": said, "data": data}, separators=(",", ":"))
