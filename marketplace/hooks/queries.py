"""Reads of webhooks: whose they are, and what became of each message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from marketplace.hooks import catalogue, owners
from marketplace.hooks.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState
from marketplace.outbox.models import Event


def asked_for(events: Sequence[Event]) -> list[Event]:
    """Return those events of the catalogue whose owner has any active webhook: one query."""
    refs = {catalogue.owner_ref(event) for event in events}
    active = Endpoint.objects.filter(owner_ref__in=refs, state=EndpointState.ACTIVE)
    known = set(active.values_list("owner_ref", flat=True))
    return [event for event in events if catalogue.owner_ref(event) in known]


def endpoints_for(user_id: int) -> QuerySet[Endpoint]:
    """Return the webhooks that a person may see and change at this moment, the oldest first."""
    refs = [ref for ref, _name in owners.of(user_id)]
    theirs = Endpoint.objects.filter(owner_ref__in=refs).exclude(state=EndpointState.DELETED)
    return theirs.order_by("pk")


def with_counts(endpoints: QuerySet[Endpoint], *, since: datetime) -> QuerySet[Endpoint]:
    """Add how many messages since a moment were `delivered`, are `waiting` and were `given_up`."""
    lately = Q(deliveries__created_at__gte=since)
    return endpoints.annotate(
        **{
            state.value: Count("deliveries", filter=lately & Q(deliveries__state=state))
            for state in DeliveryState
        }
    )


def deliveries_of(endpoint_id: int) -> QuerySet[Delivery]:
    """Return an endpoint's messages, the newest first, with `last_status` and `last_error`."""
    last = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-number")
    deliveries = Delivery.objects.filter(endpoint_id=endpoint_id).annotate(
        last_status=Subquery(last.values("status")[:1]),
        last_error=Subquery(last.values("error")[:1]),
    )
    return deliveries.order_by("-pk")


def deliveries_for(user_id: int) -> QuerySet[Delivery]:
    """Return the messages that a person may see."""
    mine = Delivery.objects.filter(endpoint__in=endpoints_for(user_id))
    return mine.select_related("endpoint")


def given_up_since(*, endpoint_id: int, since: datetime) -> int:
    """Return how many messages since a moment were not delivered."""
    return Delivery.objects.filter(
        endpoint_id=endpoint_id, state=DeliveryState.GIVEN_UP, created_at__gte=since
    ).count()
