"""Guesses from one address, and from 1,000 faked ones: stopped, and the owner gets in.

`EWTP_GUESSES` says how many (2,000; `make faults` sends 10,000).
"""

from __future__ import annotations

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.urls import reverse

from marketplace.accounts import devices, throttles
from marketplace.accounts.models import KnownDevice, SandboxDelivery, Throttle
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db

OWNER = "ama@example.org"
GUESSES = int(os.environ.get("EWTP_GUESSES", "2000"))


class CountingHasher(MD5PasswordHasher):
    """Counts the passwords that are really checked; a name without account costs a hash too."""

    checked = 0

    def encode(self, password, salt):
        type(self).checked += 1
        return super().encode(password, salt)


@pytest.fixture
def checked(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.{CountingHasher.__name__}"]

    def count():
        return CountingHasher.checked

    return count


def log_in(browser, login=OWNER, password=PASSWORD, **network):
    return browser.post(reverse("account_login"), {"login": login, "password": password}, **network)


def signed_in(browser, **network):
    return browser.get(reverse("accounts:me"), **network).status_code == 200


def by_code(browser, mailoutbox, **network):
    """Come in from a new browser with a mailed code."""
    page = browser.post(reverse("account_request_login_code"), {"email": OWNER}, **network)
    code = re.search(r"^([A-Z]{4}-[A-Z]{4})$", mailoutbox[-1].body, re.MULTILINE).group(1)
    browser.post(page.url, {"code": code}, **network)
    return signed_in(browser, **network)


@pytest.fixture
def owner_s_browser():
    """A browser in which the owner has signed in before, and out again."""
    make_user(email=OWNER)
    browser = Client(REMOTE_ADDR="198.51.100.7")
    log_in(browser)
    browser.post(reverse("account_logout"))
    return browser


def flood(guesses, headers):
    """Send wrong passwords; return how many answers there were of each status."""
    attacker, answers = Client(raise_request_exception=False), {}
    began = time.monotonic()
    for number in range(guesses):
        status = log_in(attacker, password=f"wrong-{number}", **headers(number)).status_code
        answers[status] = answers.get(status, 0) + 1
    print(f"{guesses} guesses in {time.monotonic() - began:.1f} s: {answers}")
    return answers


# From the network of the owner's own browser: the worst neighbour there can be.
ATTACKS = {
    "one address": (0, lambda _number: {"REMOTE_ADDR": "198.51.100.9"}),
    "1,000 faked addresses": (
        0,
        lambda number: {
            "REMOTE_ADDR": "198.51.100.9",
            "HTTP_X_FORWARDED_FOR": f"10.{number % 1000 // 250}.{number % 250}.1",
            "HTTP_X_REAL_IP": f"10.9.{number % 250}.1",
        },
    ),
    "1,000 faked addresses before a proxy's own": (
        1,
        lambda number: {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_X_FORWARDED_FOR": f"10.{number % 1000 // 250}.{number % 250}.1, 198.51.100.9",
        },
    ),
    "1,000 true networks": (
        0,
        lambda number: {"REMOTE_ADDR": f"10.{number % 1000 // 250}.{number % 250}.1"},
    ),
}


@pytest.mark.parametrize(
    ("name", "guesses", "most"),
    [
        ("one address", GUESSES, 5),
        ("1,000 faked addresses", GUESSES, 5),
        ("1,000 faked addresses before a proxy's own", 1_000, 5),
        ("1,000 true networks", 1_000, 100),
    ],
)
def test_guesses_are_stopped_and_the_owner_gets_in(
    name, guesses, most, owner_s_browser, checked, mailoutbox, settings
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT, headers = ATTACKS[name]
    before = checked()
    answers = flood(guesses, headers)
    reached = checked() - before
    print(f"{name}: {reached} of {guesses} reached the password check")

    assert reached == answers[200] == most
    assert answers[429] == guesses - most
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    here = {"REMOTE_ADDR": "198.51.100.9"}
    # The attack goes on from the owner's own network; his known browser is let in all the same.
    assert log_in(owner_s_browser, **here).status_code == 302
    assert signed_in(owner_s_browser, **here)
    # From a new browser the right password may be refused now, but a code never is.
    assert by_code(Client(), mailoutbox, **here)


def test_an_unknown_name_is_limited_in_the_same_way(client, checked):
    before = checked()
    answers = [log_in(client, "nobody@example.org", "x").status_code for _ in range(8)]
    assert answers == [200] * 5 + [429] * 3
    assert checked() - before == 5


def test_both_names_of_one_account_share_one_budget(client, checked):
    make_user(email=OWNER, phone="+250788123456")
    names = [OWNER, "+250 788 123 456", "00250788123456", OWNER.upper(), OWNER, OWNER]
    assert [log_in(client, name, "x").status_code for name in names] == [200] * 5 + [429]


def test_right_passwords_cost_nothing(checked):
    make_user(email=OWNER)
    for _ in range(8):
        assert log_in(Client()).status_code == 302


def test_a_known_browser_has_its_own_small_budget(owner_s_browser, checked):
    answers = [log_in(owner_s_browser, password="x").status_code for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2


def test_a_browser_known_to_one_person_is_unknown_to_another(owner_s_browser):
    make_user(email="kofi@example.org")
    answers = [log_in(owner_s_browser, "kofi@example.org", "x").status_code for _ in range(6)]
    assert answers[-1] == 429


def test_the_token_is_renewed_at_each_log_in_and_stored_as_a_hash(owner_s_browser):
    planted = owner_s_browser.cookies[devices.COOKIE].value
    assert owner_s_browser.cookies[devices.COOKIE]["httponly"]
    log_in(owner_s_browser)
    fresh = owner_s_browser.cookies[devices.COOKIE].value

    stored = KnownDevice.objects.get()
    assert fresh != planted
    assert stored.token_hash == devices.token_hash(fresh)
    assert not devices.is_known(user_id=stored.user_id, token=planted)


def test_a_new_password_makes_every_browser_unknown_but_this_one(owner_s_browser):
    elsewhere = Client()
    log_in(elsewhere)
    assert KnownDevice.objects.count() == 2
    values = {"oldpassword": PASSWORD, "password1": "tin-drum-lake", "password2": "tin-drum-lake"}
    assert elsewhere.post(reverse("account_change_password"), values).status_code == 302

    kept = KnownDevice.objects.get()
    assert kept.token_hash == devices.token_hash(elsewhere.cookies[devices.COOKIE].value)


@pytest.mark.parametrize(
    ("name", "values", "most"),
    [
        ("account_signup", {"email": OWNER}, 5),
        ("account_request_login_code", {"email": OWNER}, 5),
        ("account_reset_password", {"email": OWNER}, 5),
    ],
)
def test_mails_to_one_address_are_limited(name, values, most, mailoutbox):
    make_user(email=OWNER)
    answers = [
        Client().post(reverse(name), {**values, "password1": PASSWORD, "terms": "on"}).status_code
        for _ in range(most + 2)
    ]
    assert answers[-2:] == [429, 429]
    assert len(mailoutbox) == most


@pytest.mark.parametrize("name", ["account_request_login_code", "account_reset_password"])
def test_a_field_that_the_page_does_not_read_names_nobody(name, mailoutbox):
    make_user(email=OWNER)
    for number in range(7):
        decoy = f"decoy-{number}@example.org"
        Client().post(reverse(name), {"email": OWNER, "login": decoy})
    assert len(mailoutbox) == 5


def test_one_number_written_in_many_ways_is_one_number():
    ways = ["+250 788 123 456", "+250-788-123-456", "00250788123456", "+250788 123456"]
    ways += ["+250(788)123456", "+250.788.123.456", "+250 7 88 12 34 56"]
    for way in ways:  # nobody's number: its holder is told so by SMS
        Client().post(reverse("account_request_login_code"), {"phone": way})
    assert SandboxDelivery.objects.count() == 5


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("account_reset_password", {"email": "victim@example.org"}),
        ("account_email", {"email": "victim-%d@example.org", "action_add": ""}),
        ("account_change_phone", {"phone": "+25078812%04d"}),
    ],
)
def test_whoever_is_signed_in_sends_no_more_messages_than_others(name, values, mailoutbox):
    make_user(email=OWNER)
    make_user(email="victim@example.org")
    browser = Client()
    log_in(browser)
    for number in range(15):
        sent = {key: text % number if "%" in text else text for key, text in values.items()}
        answer = browser.post(reverse(name), sent)
    assert answer.status_code == 429
    assert len(mailoutbox) + SandboxDelivery.objects.filter(channel="sms").count() <= 10


def test_a_known_name_costs_as_many_hashes_at_sign_up_as_a_new_one(checked):
    make_user(email=OWNER)
    costs = []
    for email in (OWNER, "new@example.org"):
        before = checked()
        values = {"email": email, "password1": PASSWORD, "terms": "on"}
        assert Client().post(reverse("account_signup"), values).status_code == 302
        costs.append(checked() - before)
    assert costs[0] == costs[1] > 0


@pytest.mark.django_db(transaction=True)
def test_a_crowd_on_many_connections_gets_no_more_than_the_limit(now):
    limit = throttles.Limit("test", 7, timedelta(minutes=1))

    def attempt(_number):
        try:
            return bool(throttles.take(limit=limit, subject=OWNER, at=now))
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as crowd:
        assert sum(crowd.map(attempt, range(60))) == 7


def test_a_counter_begins_again_after_its_window_and_names_nobody(now):
    limit = throttles.Limit("test", 2, timedelta(minutes=1))
    taken = [bool(throttles.take(limit=limit, subject=OWNER, at=now)) for _ in range(4)]
    assert taken == [True, True, False, False]
    assert Throttle.objects.get().count == 2
    assert OWNER not in Throttle.objects.get().key
    assert throttles.take(limit=limit, subject=OWNER, at=now + timedelta(minutes=1))

    throttles.sweep(at=now + timedelta(hours=1))
    assert not Throttle.objects.exists()
