"""Guests and visitors' carts: by the services, and by the pages as a browser does it."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from django.urls import reverse

from marketplace.accounts import guests, terms
from marketplace.accounts.models import SandboxDelivery
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job, JobState

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CONTACT = "nora@guests.example.org"


def make_guest(*, contact=CONTACT, country="RW", at=NOON):
    """A guest who has accepted the terms, as a checkout makes one."""
    guest = guests.create_guest(contact=contact, country=country, language="en", at=at)
    terms.accept(user_id=guest.pk, version=terms.in_force().version, at=at)
    return guest


def put_in_cart(browser: Client, variant, quantity=1):
    """Press "Add to cart"."""
    return browser.post(
        reverse("orders:add"), {"variant_id": variant.pk, "quantity": quantity}, follow=True
    )


def guest_form(browser: Client, **more):
    """What the guest's checkout page sends back when it is filled in."""
    page = browser.get(reverse("orders:guest_checkout"))
    form = page.context["form"]
    return {
        "key": form["key"].value(),
        "seen": form["seen"].value(),
        "terms": form["terms"].value(),
        "contact": CONTACT,
        "recipient": "Nora Lind",
        "lines": "Storgatan 1\n111 22 Stockholm",
        "country": "SE",
        "card": "tok_ok",
        **more,
    }


def order_as_guest(browser: Client, **more):
    """Fill in the guest's checkout and send it."""
    return browser.post(reverse("orders:guest_checkout"), guest_form(browser, **more), follow=True)


def carry_all() -> list[str]:
    """Run what waits, and return the messages that the carriers took, oldest first."""
    for job_id in Job.objects.filter(state=JobState.PENDING).values_list("pk", flat=True):
        outbox.run(job_id=job_id)
    return [one.body_sealed for one in SandboxDelivery.objects.order_by("pk")]


def door_in(body: str) -> str:
    """Return the path, with its query, of the last address in a message."""
    address = next(word for word in reversed(body.split()) if word.startswith(settings.SITE_URL))
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
