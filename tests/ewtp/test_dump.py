"""A copy of the database names nobody: 1,000 people live, then the whole of it is searched."""

from __future__ import annotations

import base64
import random
import string
import time
import zlib
from dataclasses import dataclass

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import identity, services
from marketplace.accounts.models import Channel, GuestLink, SandboxDelivery, Session, User
from marketplace.inbox import services as inbox
from marketplace.orders.models import OrderGroup
from marketplace.orders.services import cart, checkout
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job, JobState
from tests.dumps import found_in, pg_dump, unpacked
from tests.factories.accounts import PASSWORD
from tests.factories.guests import order_as_guest, put_in_cart
from tests.factories.identity import facts
from tests.factories.orders import make_goods

PEOPLE = 1000
# So many of them go through the pages and the other rooms as well.
BY_PAGE, BUYERS, TRADERS, TOLD = 15, 40, 40, 100
# These buy without an account besides, reached by e-mail or by phone.
GUESTS = slice(50, 62)


@dataclass(frozen=True)
class Person:
    """Somebody made up."""

    email: str
    phone: str
    recipient: str
    lines: str

    @property
    def traces(self) -> list[str]:
        """Return all by which a copy could tell who this is."""
        street, town = self.lines.split("\n")
        return [
            self.email, self.email.partition("@")[0], self.phone, self.phone[1:], self.phone[4:],
            self.recipient, self.recipient.split()[1], street, street.split()[0], town,
        ]  # fmt: skip


def people() -> list[Person]:
    """Return the same thousand people each time; no two share a word or a number."""
    dice = random.Random(30)
    numbers = dice.sample(range(10_000_000), PEOPLE)

    def word() -> str:
        return "".join(dice.choices(string.ascii_lowercase, k=11)).capitalize()

    return [
        Person(
            email=f"{word().lower()}@{word().lower()}.example.org",
            phone=f"+25078{number:07d}",
            recipient=f"Ama {word()}",
            lines=f"{word()} Lane {number % 90 + 10}\n{word()} Town",
        )
        for number in numbers
    ]


def test_the_search_sees_through_base64_zlib_hex_and_case():
    secret = "Ama.Mensah@example.org"
    dump = b"INSERT INTO t VALUES ('%s');"
    packed = [
        secret.upper().encode(),
        base64.b64encode(b"xx" + secret.encode()),
        base64.urlsafe_b64encode(zlib.compress(b'{"email": "%s"}' % secret.encode())).rstrip(b"="),
        b"\\x" + secret.encode().hex().encode(),
        b"Ama.Mensah%40example.org",
    ]
    assert [bool(found_in(unpacked(dump % one), [secret])) for one in packed] == [True] * 5
    assert not found_in(unpacked(dump % b"nothing of the kind"), [secret])


def by_the_pages(person: Person) -> None:
    """Sign up by e-mail, then ask for a log-in code and a new password."""
    visitor = Client(REMOTE_ADDR=f"10.{hash(person) % 250}.{len(person.email)}.9")
    visitor.post(
        reverse("account_signup"), {"email": person.email, "password1": PASSWORD, "terms": "on"}
    )
    visitor.post(reverse("account_request_login_code"), {"email": person.email})
    visitor.post(reverse("account_reset_password"), {"email": person.email})
    Client().post(reverse("account_login"), {"login": person.email, "password": "wrong-password"})
    Client().post(reverse("account_request_login_code"), {"phone": person.phone})


def as_a_guest(person: Person, number: int, goods) -> list[str]:
    """Order without an account; return what opens the cart and the orders, for whoever has it."""
    visitor = Client(REMOTE_ADDR=f"10.9.{number}.9")
    put_in_cart(visitor, goods)
    cookie = visitor.cookies["cart"].value
    contact = person.email if number % 2 else person.phone
    order_as_guest(visitor, contact=contact, recipient=person.recipient, lines=person.lines)
    put_in_cart(Client(), goods)  # another visitor's, which nobody checks out
    return [cookie, GuestLink.objects.latest("pk").token_sealed]


def live(known: list[Person]) -> list[str]:
    """Let everybody do what people do here; return the guests' tokens."""
    at = timezone.now()
    for person in known[:BY_PAGE]:
        by_the_pages(person)
    assert User.objects.count() == BY_PAGE
    with transaction.atomic():
        settle(known, at)
    goods, tokens = make_goods(on_hand=100), []
    for number, person in enumerate(known[GUESTS]):
        tokens += as_a_guest(person, number, goods)
    for job_id in Job.objects.filter(state=JobState.PENDING).values_list("pk", flat=True):
        outbox.run(job_id=job_id)
    return tokens


def settle(known: list[Person], at) -> None:
    """Open the others' accounts; all have addresses, some buy, trade and are told things."""
    goods = make_goods(on_hand=10 * BUYERS)
    for number, person in enumerate(known):
        if number < BY_PAGE:
            user = User.objects.get(email=person.email)
            services.set_phone(user_id=user.pk, phone=person.phone, verified=True, at=at)
        else:
            user = services.create_user(
                email=person.email, phone=person.phone, password=PASSWORD, at=at
            )
        EmailAddress.objects.get_or_create(
            user=user, email=person.email, defaults={"verified": True, "primary": True}
        )
        services.add_address(
            user_id=user.pk, recipient=person.recipient, lines=person.lines, country="RW", at=at
        )
        if number < BUYERS:
            buy(user, person, goods, at)
        if number < TRADERS:
            identity.submit_identity(user_id=user.pk, facts=stated(person), certified=True, at=at)
        if number < TOLD:
            inbox.notify(
                user_id=user.pk, kind="test", key=f"told-{number}", subject="Sent", body="It is.",
                at=at,
            )  # fmt: skip


def buy(user: User, person: Person, goods, at) -> None:
    line = cart.add_to_cart(buyer_id=user.pk, variant_id=goods.pk, quantity=1, at=at)
    checkout.place(
        buyer_id=user.pk, cart_id=line.cart_id, recipient=person.recipient, address=person.lines,
        country="RW", at=at,
    )  # fmt: skip


def stated(person: Person) -> identity.Facts:
    return facts(
        legal_name=person.recipient, street=person.lines, phone=person.phone, email=person.email,
        country="RW",
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_dump_holds_none_of_a_thousand_phones_addresses_and_mail_addresses():
    known, started = people(), time.monotonic()
    tokens = live(known)
    lived = time.monotonic() - started

    haystack = unpacked(pg_dump())

    traces = {trace for person in known for trace in person.traces}
    assert len({person.email for person in known} | {person.phone for person in known}) == 2000
    assert found_in(haystack, traces) == set()
    assert found_in(haystack, tokens) == set()
    assert len(tokens) == 2 * GuestLink.objects.count() > 0
    # The people are really in there, and the search would see them.
    assert User.objects.filter(email__in=[one.email for one in known]).count() == PEOPLE
    assert OrderGroup.objects.count() == BUYERS + GuestLink.objects.count()
    assert Session.objects.count() >= BY_PAGE
    assert {*SandboxDelivery.objects.values_list("channel", flat=True)} == {*Channel.values}
    inbox.notify(
        user_id=User.objects.first().pk, kind="test", key="slip", subject="To", at=timezone.now(),
        body=f"Dear {known[0].email}",
    )  # fmt: skip
    assert known[0].email in found_in(unpacked(pg_dump()), traces)
    print(
        f"\n{PEOPLE} people, {len(traces)} strings, dump unpacked {len(haystack) / 1e6:.1f} MB:"
        f" 0 found; lived {lived:.0f} s, all {time.monotonic() - started:.0f} s"
    )
