"""One place of work takes a turn with one endpoint and sends what is due there.

A turn is short; an owner, and a person with all his owners, has one at a time; who is slow rests
and who has more to send lets those who wait go first. So a slow or busy receiver holds up nobody
but its own people. Few turns run at once (`settings.HOOKS_AT_ONCE`), so slow receivers never take
all workers. The call itself happens between these services, outside every transaction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from marketplace.hooks import caller, config, owners, rules, signing
from marketplace.hooks.addresses import Unfit
from marketplace.hooks.caller import Answer, Guard
from marketplace.hooks.models import (
    Attempt,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    PausedWhy,
)
from marketplace.hooks.services.deliveries import SEND
from marketplace.hooks.services.endpoints import pause_and_tell
from marketplace.outbox import services as outbox

# "hooks" in ASCII: whoever counts the turns that run waits for whoever is counting.
_COUNTING = 0x686F6F6B73
_FULL_WAIT = timedelta(seconds=3)
# Longer than a wait for a free place, which is asked for by the whole second.
_STAND_BACK = timedelta(seconds=5)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it is sent now: signed, for one address."""

    delivery_id: int
    endpoint_id: int
    tries: int
    message_id: str
    body: str
    timestamp: int
    signature: str
    url: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        """Return the headers of Standard Webhooks, and what the body is."""
        return {
            "Content-Type": "application/json",
            "User-Agent": "ewtp-webhooks/1",
            "webhook-id": self.message_id,
            "webhook-timestamp": str(self.timestamp),
            "webhook-signature": self.signature,
        }


@transaction.atomic
def start(*, endpoint_id: int, at: datetime) -> int | None:
    """Begin a turn with an endpoint and return its number; None when it is not the time.

    Somebody else's turn runs and will see what is due; or the endpoint rests, or its people have
    a turn already, or too many turns run: then a later turn is asked for.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_COUNTING])
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    if endpoint.state != EndpointState.ACTIVE or _is_after(endpoint.busy_until, at):
        return None
    if endpoint.rest_until is not None and endpoint.rest_until > at:
        _ask(endpoint_id, endpoint.rest_until)
        return None
    if not _due(endpoint_id, at).exists() or not owners.people(endpoint.owner_ref):
        return None
    if _is_crowded(endpoint, at):
        _ask(endpoint_id, at + _FULL_WAIT)
        return None
    endpoint.turn += 1
    endpoint.busy_until = at + rules.BUSY
    endpoint.save(update_fields=["turn", "busy_until"])
    return endpoint.turn


@transaction.atomic
def take(*, endpoint_id: int, turn: int, at: datetime) -> Letter | None:
    """Return the next message that is due, signed; None when this turn has no more to do."""
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    rests = _is_after(endpoint.rest_until, at)
    if endpoint.turn != turn or endpoint.state != EndpointState.ACTIVE or rests:
        return None
    delivery = _due(endpoint_id, at).first()
    if delivery is None:
        return None
    endpoint.busy_until = at + rules.BUSY
    endpoint.save(update_fields=["busy_until"])
    secrets = [endpoint.secret_sealed]
    if _is_after(endpoint.previous_until, at):
        secrets.append(endpoint.previous_secret_sealed)
    return Letter(
        delivery_id=delivery.pk,
        endpoint_id=endpoint_id,
        tries=delivery.tries,
        message_id=delivery.message_id,
        body=delivery.body,
        timestamp=int(at.timestamp()),
        signature=signing.signature(
            secrets=secrets, message_id=delivery.message_id, body=delivery.body, at=at
        ),
        url=endpoint.url_sealed,
    )


def send(*, letter: Letter, guard: Guard) -> Answer:
    """Call the address. Not in a transaction: it takes up to ten seconds."""
    try:
        target = config.read(letter.url)
    except Unfit:
        return Answer(error="address")
    return caller.post(
        target=target, body=letter.body.encode(), headers=letter.headers(), guard=guard
    )


@transaction.atomic
def note(*, letter: Letter, answer: Answer, at: datetime) -> Attempt | None:
    """Write down what came of a call, and when the next one is due.

    Safe to repeat, and for a place of work that woke up too late: an attempt is noted once.
    """
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=letter.endpoint_id)
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=letter.delivery_id)
    if delivery.tries != letter.tries:
        return None
    delivery.tries += 1
    attempt = Attempt.objects.create(
        delivery=delivery,
        number=delivery.tries,
        at=at,
        duration_ms=answer.duration_ms,
        status=answer.status,
        error=answer.error,
        answer=_as_text(answer.body),
        signature=letter.signature,
    )
    if answer.accepted:
        delivery.state, delivery.due_at = DeliveryState.DELIVERED, None
    elif delivery.state == DeliveryState.WAITING:
        _put_off(delivery, at)
    delivery.save(update_fields=["tries", "state", "due_at"])
    _judge(endpoint, answer, at)
    return attempt


@transaction.atomic
def release(*, endpoint_id: int, turn: int, at: datetime) -> None:
    """End a turn, and ask for the next one when something waits. Safe to repeat."""
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    if endpoint.turn != turn or endpoint.busy_until is None:
        return
    endpoint.busy_until = None
    endpoint.save(update_fields=["busy_until"])
    waiting = Delivery.objects.filter(endpoint_id=endpoint_id, state=DeliveryState.WAITING)
    following = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    if following is not None and endpoint.state == EndpointState.ACTIVE:
        moment = max(following, endpoint.rest_until or at, at)
        if moment <= at and _others_wait(endpoint, at):
            moment = at + _STAND_BACK
        _ask(endpoint_id, moment, again=f"{turn}" if moment <= at else "")


@transaction.atomic
def ring_overdue(*, at: datetime) -> int:
    """Ask for turns that should have been long ago: their jobs were lost; return how many."""
    late = Delivery.objects.filter(
        state=DeliveryState.WAITING,
        due_at__lte=at - rules.OVERDUE,
        endpoint__state=EndpointState.ACTIVE,
    )
    endpoints = late.order_by("endpoint_id").values_list("endpoint_id", flat=True).distinct()
    found = list(endpoints[:500])
    for endpoint_id in found:
        _ask(endpoint_id, at, again="late")
    return len(found)


def _due(endpoint_id: int, at: datetime) -> QuerySet[Delivery]:
    due = Delivery.objects.filter(
        endpoint_id=endpoint_id, state=DeliveryState.WAITING, due_at__lte=at
    )
    return due.order_by("due_at", "pk")


def _is_crowded(endpoint: Endpoint, at: datetime) -> bool:
    """Say whether an endpoint's people have a turn already, or no place is left."""
    busy = Endpoint.objects.filter(busy_until__gt=at)
    same = Q(owner_ref=endpoint.owner_ref) | Q(created_by_id=endpoint.created_by_id)
    return busy.filter(same).exists() or busy.count() >= settings.HOOKS_AT_ONCE


def _others_wait(endpoint: Endpoint, at: datetime) -> bool:
    """Say whether another endpoint has something due and nothing but a free place is missing."""
    due = Delivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=at)
    resting = Q(endpoint__rest_until__gt=at) | Q(endpoint__busy_until__gt=at)
    others = due.filter(endpoint__state=EndpointState.ACTIVE).exclude(endpoint=endpoint)
    return others.exclude(resting).exists()


def _is_after(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment > at


def _ask(endpoint_id: int, moment: datetime, *, again: str = "") -> None:
    """Ask for a turn; many who ask for the same second get one."""
    key = f"{SEND}:{endpoint_id}:at:{int(moment.timestamp()) + 1}{again and f':{again}'}"
    outbox.enqueue(kind=SEND, key=key, payload={"endpoint_id": endpoint_id}, run_at=moment)


def _put_off(delivery: Delivery, at: datetime) -> None:
    wait = rules.next_try(delivery.tries - delivery.tries_before)
    if wait is None:
        delivery.state, delivery.due_at = DeliveryState.GIVEN_UP, None
    else:
        delivery.due_at = at + wait


def _judge(endpoint: Endpoint, answer: Answer, at: datetime) -> None:
    """Let a locked endpoint's rest and its five days begin or end."""
    if endpoint.state != EndpointState.ACTIVE:
        return
    if answer.status == rules.GONE:
        pause_and_tell(endpoint=endpoint, why=PausedWhy.GONE, at=at)
        return
    if answer.accepted:
        rest = rules.rest_after(timedelta(milliseconds=answer.duration_ms))
        endpoint.failures_in_row, endpoint.due_at = 0, None
        endpoint.rest_until = at + rest if rest else None
    else:
        endpoint.failures_in_row += 1
        endpoint.rest_until = at + rules.rest(endpoint.failures_in_row)
        endpoint.due_at = endpoint.due_at or at + rules.FAILING_MAX
    endpoint.save(update_fields=["failures_in_row", "rest_until", "due_at"])


def _as_text(body: bytes) -> str:
    """Return what a person may read of an answer: no commands to screens or text directions."""
    return _UNPRINTABLE.sub("", body.decode("utf-8", errors="replace"))
