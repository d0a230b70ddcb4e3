"""Endpoints: added, changed, paused and deleted by the people of their owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.errors import BadInput, KeyReused, NotAllowed, WrongState
from marketplace.hooks import catalogue, config, owners, rules, signing, words
from marketplace.hooks.addresses import Target, Unfit
from marketplace.hooks.models import (
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    PausedWhy,
)
from marketplace.outbox import services as outbox

SYSTEM = "system"
PAUSED = "webhook.paused"


@transaction.atomic
def add(
    *,
    owner_ref: str,
    url: str,
    types: Sequence[str],
    note: str = "",
    key: UUID,
    by_id: int,
    at: datetime,
) -> Endpoint:
    """Tell an address what happens to an owner's things. Safe to repeat: one endpoint a `key`.

    Raises NotAllowed to whoever may not, BadInput for an address or a type that cannot be used,
    WrongState when the owner has ten already, KeyReused for a `key` of another owner's endpoint.
    """
    _require(by_id, owner_ref)
    known = Endpoint.objects.filter(key=key, created_by_id=by_id).first()
    if known is not None:
        return _same_owner(known, owner_ref)
    target, chosen = _target(url), _types(owner_ref, types)
    # Two forms of one person at once wait for each other, so that the limit holds.
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=by_id)
    theirs = Endpoint.objects.filter(owner_ref=owner_ref).exclude(state=EndpointState.DELETED)
    if theirs.count() >= rules.ENDPOINTS_MAX:
        raise WrongState(_("There are ten webhooks already. Delete one that is not needed."))
    endpoint, created = Endpoint.objects.get_or_create(
        key=key,
        defaults={
            "owner_ref": owner_ref,
            "url_sealed": target.url,
            "host": target.host,
            "note": note,
            "types": chosen,
            "secret_sealed": signing.new_secret(),
            "secret_since": at,
            "created_by_id": by_id,
            "created_at": at,
        },
    )
    if not created and endpoint.created_by_id != by_id:
        raise BadInput(_("This form was sent by somebody else."))
    if created:
        _record("webhook.added", endpoint, by_id, at)
    return _same_owner(endpoint, owner_ref)


@transaction.atomic
def change(
    *, endpoint_id: int, url: str, types: Sequence[str], note: str, by_id: int, at: datetime
) -> Endpoint:
    """Change address, types or note. What waits goes to the new address. Raises as `add`."""
    endpoint = _locked(endpoint_id, by_id)
    target = _target(url)
    endpoint.types, endpoint.note = _types(endpoint.owner_ref, types), note
    if target.url != endpoint.url_sealed:
        endpoint.url_sealed, endpoint.host = target.url, target.host
        _forgive(endpoint)
    endpoint.save()
    _record("webhook.changed", endpoint, by_id, at)
    return endpoint


@transaction.atomic
def rotate_secret(*, endpoint_id: int, since: datetime, by_id: int, at: datetime) -> Endpoint:
    """Make a new secret; the old one signs besides for 24 hours.

    `since` is when the secret on the page was made: the same click twice makes one new secret.
    """
    endpoint = _locked(endpoint_id, by_id)
    if endpoint.secret_since != since:
        return endpoint
    endpoint.previous_secret_sealed = endpoint.secret_sealed
    endpoint.previous_until = at + rules.ROTATION
    endpoint.secret_sealed, endpoint.secret_since = signing.new_secret(), at
    endpoint.save()
    _record("webhook.secret_rotated", endpoint, by_id, at)
    return endpoint


@transaction.atomic
def pause(*, endpoint_id: int, by_id: int, at: datetime) -> Endpoint:
    """Stop calling; what waits is not delivered. Safe to repeat."""
    endpoint = _locked(endpoint_id, by_id)
    if endpoint.state == EndpointState.ACTIVE:
        stop(endpoint=endpoint, why=PausedWhy.OWNER)
        _record("webhook.paused", endpoint, by_id, at)
    return endpoint


@transaction.atomic
def resume(*, endpoint_id: int, by_id: int, at: datetime) -> Endpoint:
    """Call again, from the next event on; what was missed can be replayed. Safe to repeat."""
    endpoint = _locked(endpoint_id, by_id)
    if endpoint.state == EndpointState.PAUSED:
        endpoint.state, endpoint.paused_why = EndpointState.ACTIVE, PausedWhy.NOT
        _forgive(endpoint)
        endpoint.save()
        _record("webhook.resumed", endpoint, by_id, at)
    return endpoint


@transaction.atomic
def delete(*, endpoint_id: int, by_id: int, at: datetime) -> None:
    """Stop for good and forget address and secrets; the log of deliveries stays."""
    endpoint = _locked(endpoint_id, by_id)
    stop(endpoint=endpoint, why=PausedWhy.OWNER)
    endpoint.state, endpoint.paused_why = EndpointState.DELETED, PausedWhy.NOT
    endpoint.url_sealed = endpoint.secret_sealed = endpoint.previous_secret_sealed = ""
    endpoint.previous_until = None
    endpoint.save()
    _record("webhook.deleted", endpoint, by_id, at)


@transaction.atomic
def pause_failing(*, at: datetime) -> int:
    """Pause what has failed for five days, and tell its people; return how many."""
    failing = Endpoint.objects.select_for_update(no_key=True, skip_locked=True).filter(
        state=EndpointState.ACTIVE, due_at__lte=at
    )
    found = list(failing.order_by("pk")[:100])
    for endpoint in found:
        pause_and_tell(endpoint=endpoint, why=PausedWhy.FAILING, at=at)
    return len(found)


def pause_and_tell(*, endpoint: Endpoint, why: PausedWhy, at: datetime) -> None:
    """Pause a locked endpoint by the house's own hand; a room above tells its people."""
    stop(endpoint=endpoint, why=why)
    facts = {"endpoint_id": endpoint.pk, "owner_ref": endpoint.owner_ref, "why": str(why)}
    outbox.record(action=PAUSED, actor=SYSTEM, subject=endpoint.ref, data=facts, at=at)
    outbox.emit(PAUSED, subject=endpoint.ref, data=facts, at=at)


def stop(*, endpoint: Endpoint, why: PausedWhy) -> None:
    """Pause a locked endpoint; what waits for it is given up and can be replayed."""
    endpoint.state, endpoint.paused_why = EndpointState.PAUSED, why
    endpoint.due_at = endpoint.rest_until = None
    endpoint.save()
    waiting = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.WAITING)
    waiting.update(state=DeliveryState.GIVEN_UP, due_at=None)


def _forgive(endpoint: Endpoint) -> None:
    endpoint.failures_in_row, endpoint.rest_until, endpoint.due_at = 0, None, None


def _locked(endpoint_id: int, by_id: int) -> Endpoint:
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    _require(by_id, endpoint.owner_ref)
    if endpoint.state == EndpointState.DELETED:
        raise WrongState(_("This webhook is deleted."))
    return endpoint


def _same_owner(endpoint: Endpoint, owner_ref: str) -> Endpoint:
    """Return it; the right that was checked is the one to this owner's things alone."""
    if endpoint.owner_ref != owner_ref:
        raise KeyReused(_("This form was used for somebody else's webhook."))
    return endpoint


def _require(user_id: int, owner_ref: str) -> None:
    if not owners.may(user_id=user_id, ref=owner_ref):
        raise NotAllowed(words.not_yours())


def _target(url: str) -> Target:
    try:
        return config.read(url)
    except Unfit as error:
        raise BadInput(words.problem(error.code), field="url") from error


def _types(owner_ref: str, types: Sequence[str]) -> list[str]:
    offered = [one.name for one in catalogue.for_owner(owner_ref.partition(":")[0])]
    chosen = [name for name in offered if name in types]
    if not chosen or len(chosen) < len(set(types)):
        raise BadInput(_("Choose at least one thing to be told of."), field="types")
    return chosen


def _record(action: str, endpoint: Endpoint, by_id: int, at: datetime) -> None:
    outbox.record(
        action=action,
        actor=f"user:{by_id}",
        subject=endpoint.ref,
        data={"owner_ref": endpoint.owner_ref, "host": endpoint.host},
        at=at,
    )
