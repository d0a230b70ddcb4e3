"""The carrier's signed web hook: what it takes in and what it refuses."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from marketplace.orders.models import Order, Shipment, TrackingEvent
from marketplace.orders.views.webhook import PARCELS, SIGNATURE_HEADER, signature
from tests.factories.orders import make_order

pytestmark = pytest.mark.django_db


def knock(client, facts, signed=None):
    body = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
    return client.post(
        reverse("orders:carrier_webhook"),
        body,
        content_type="application/json",
        headers={SIGNATURE_HEADER: signature(body, PARCELS) if signed is None else signed},
    )


def facts(**more):
    parcel = Shipment.objects.get()
    return {
        "event_id": "evt-1",
        "key": parcel.ref,
        "status": "delivered",
        "place": "Kigali\n",
        "happened_at": timezone.now().isoformat(),
        **more,
    }


def test_a_signed_scan_delivers_once_however_often_it_comes(client):
    make_order(state="shipped", at=timezone.now() - timedelta(hours=3))
    told = facts()
    assert [knock(client, told).json() for _ in range(3)] == [
        {"new": True},
        {"new": False},
        {"new": False},
    ]
    assert Order.objects.get().state == "delivered"
    assert TrackingEvent.objects.get().place == "Kigali"


def test_a_scan_without_a_true_signature_or_of_wrong_shape_does_nothing(client):
    make_order(state="shipped", at=timezone.now() - timedelta(hours=3))
    told = facts()
    body = json.dumps(told).encode()
    for signed in ("", "0" * 64, "é", signature(body)):  # the last one is the payment provider's
        assert knock(client, told, signed).status_code == 403
    wrong = [
        b"[]",
        b"no json",
        facts(key="shipment:0"),
        facts(status="lost"),
        facts(happened_at="2026-01-01"),
        facts(happened_at="9999-12-31T23:59:59+00:00"),
        facts(happened_at="0001-01-01T00:00:00+23:00"),
        facts(happened_at=7),
        facts(place=None),
        facts(event_id="a b"),
        facts(event_id="e" * 81),
    ]
    for one in wrong:
        assert knock(client, one).status_code == 400, one
    assert not TrackingEvent.objects.exists()
