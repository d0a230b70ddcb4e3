"""argon2 with OWASP's parameters, a few at a time; a crowd is told so and loses nothing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Lock

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.urls import reverse

from marketplace.accounts import hashing
from marketplace.accounts.hashing import BoundedArgon2, HashingBusy
from marketplace.accounts.models import User
from tests.factories.accounts import PASSWORD, make_user

HASHERS = ["marketplace.accounts.hashing.BoundedArgon2"]


def test_parameters_are_those_of_owasp(settings):
    settings.PASSWORD_HASHERS = HASHERS
    encoded = make_password(PASSWORD)
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password(PASSWORD, encoded)


def test_no_more_than_the_limit_hash_at_once(monkeypatch):
    running, most, lock = [], [], Lock()
    room = BoundedSemaphore(2)

    def work(_number):
        with hashing.a_place(room, 60.0):
            with lock:
                running.append(1)
                most.append(len(running))
            Argon2PasswordHasher.encode(BoundedArgon2(), PASSWORD, "saltsaltsalt")
            with lock:
                running.pop()

    with ThreadPoolExecutor(12) as crowd:
        list(crowd.map(work, range(24)))
    assert max(most) == 2


def test_whoever_waits_too_long_is_told_so():
    room = BoundedSemaphore(1)
    with hashing.a_place(room, 1.0):
        began = time.monotonic()
        with pytest.raises(HashingBusy, match="try again"), hashing.a_place(room, 0.05):
            pass
        assert time.monotonic() - began < 1
    with hashing.a_place(room, 0.05):
        pass


@pytest.fixture
def crowd(settings, monkeypatch):
    """All places taken; nobody waits long."""
    room = BoundedSemaphore(1)
    room.acquire()
    monkeypatch.setattr(hashing.a_place.__wrapped__, "__defaults__", (room, 0.01))
    settings.PASSWORD_HASHERS = HASHERS


@pytest.mark.django_db
def test_a_log_in_in_a_crowd_keeps_the_name_and_counts_no_try(client, crowd):
    User.objects.create(email="ama@example.org", password="argon2$" + "x")
    for _ in range(7):
        page = client.post(
            reverse("account_login"), {"login": "nobody@example.org", "password": "x"}
        )
        assert page.status_code == 200
        assert "Very many people are signing in" in page.content.decode()
        assert 'value="nobody@example.org"' in page.content.decode()


@pytest.mark.django_db
def test_a_sign_up_in_a_crowd_keeps_the_form(client, crowd):
    values = {"email": "ama@example.org", "password1": PASSWORD, "terms": "on"}
    page = client.post(reverse("account_signup"), values)
    assert page.status_code == 503
    assert 'value="ama@example.org"' in page.content.decode()
    assert "Very many people are signing in" in page.content.decode()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_new_password_in_a_crowd_says_so(client, crowd, settings):
    settings.PASSWORD_HASHERS = [*HASHERS, "django.contrib.auth.hashers.MD5PasswordHasher"]
    client.force_login(User.objects.create(email="ama@example.org", password="md5$a$b"))
    values = {"oldpassword": PASSWORD, "password1": "tin-drum-lake", "password2": "tin-drum-lake"}
    answer = client.post(reverse("account_change_password"), values)
    assert answer.status_code in {200, 503}


@pytest.mark.django_db
def test_hashes_of_before_are_made_anew_at_log_in(client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    user = make_user(email="ama@example.org")
    settings.PASSWORD_HASHERS = HASHERS
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    user.refresh_from_db()
    assert "m=19456,t=2,p=1" in user.password
