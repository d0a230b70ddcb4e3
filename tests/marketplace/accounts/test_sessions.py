"""Sessions: sealed, tied to a person, ended when they should be."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import services, sessions
from marketplace.accounts.models import KnownDevice, Role, SandboxDelivery, Session
from marketplace.accounts.tasks import sweep
from tests.factories.accounts import PASSWORD, make_person, make_staff, make_user

pytestmark = pytest.mark.django_db

ME = reverse("accounts:me")
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


def log_in(browser, user, password=PASSWORD):
    name = user.email or user.phone_sealed
    return browser.post(reverse("account_login"), {"login": name, "password": password})


def signed_in(browser):
    return browser.get(ME).status_code == 200


@pytest.fixture
def two(client):
    """A person signed in with two browsers: here and elsewhere."""
    user, elsewhere = make_user(email="ama@example.org"), Client(headers={"user-agent": FIREFOX})
    for browser in (client, elsewhere):
        log_in(browser, user)
        assert signed_in(browser)
    return user, elsewhere


def test_log_in_changes_the_session_s_key(client):
    client.get(reverse("account_login"))
    client.get(reverse("account_request_login_code"))
    session = client.session
    session["cart"] = "kept"
    session.save()
    before = client.session.session_key
    log_in(client, make_user())
    assert client.session.session_key != before
    assert not sessions.SessionStore().exists(before)


def test_the_database_holds_neither_key_nor_contents(client, two):
    user, _elsewhere = two
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_key || session_data FROM accounts_session")
        stored = " ".join(row[0] for row in cursor.fetchall())
    assert client.session.session_key not in stored
    assert "_auth_user" not in stored
    assert "ama@example.org" not in stored
    assert Session.objects.filter(user=user).count() == 2


def test_a_session_whose_row_was_forged_is_empty(client, two):
    Session.objects.update(session_data="k00000000:Zm9yZ2Vk")
    assert not signed_in(client)


def test_the_page_shows_each_place_and_ends_one(client, two):
    _user, elsewhere = two
    page = client.get(reverse("accounts:sessions")).content.decode()
    assert "Firefox, Android" in page
    [which] = re.findall(r'name="which" value="(\w+)"', page)

    client.post(reverse("accounts:sessions"), {"which": which})
    assert signed_in(client)
    assert not signed_in(elsewhere)


def test_the_page_ends_all_others(client, two):
    _user, elsewhere = two
    client.post(reverse("accounts:sessions"))
    assert signed_in(client)
    assert not signed_in(elsewhere)
    assert KnownDevice.objects.count() == 1


def test_nobody_ends_the_session_of_somebody_else(client, two):
    which = Session.objects.order_by("expire_date").first().session_key
    stranger = Client()
    stranger.force_login(make_person())
    stranger.post(reverse("accounts:sessions"), {"which": which})
    assert Session.objects.filter(session_key=which).exists()


def change_password(client, user):
    new = {"password1": "tin-drum-lake", "password2": "tin-drum-lake"}
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **new})


def change_email(client, user, mailoutbox):
    answer = client.post(reverse("account_email"), {"email": "new@example.org", "action_add": ""})
    code = re.search(r"^([A-Z]{4}-[A-Z]{4})$", mailoutbox[-1].body, re.MULTILINE).group(1)
    client.post(answer.url, {"code": code})
    user.refresh_from_db()
    assert user.email == "new@example.org"


def change_phone(client, user):
    client.post(reverse("account_change_phone"), {"phone": "+250788123457"})
    code = re.search(r"code is (\S+)\.", SandboxDelivery.objects.last().body_sealed).group(1)
    client.post(reverse("account_verify_phone"), {"code": code})
    user.refresh_from_db()
    assert user.phone_sealed == "+250788123457"


def test_a_new_password_ends_all_other_sessions(client, two):
    user, elsewhere = two
    change_password(client, user)
    assert signed_in(client)
    assert not signed_in(elsewhere)
    assert Session.objects.filter(user=user).count() == 1


def test_a_new_address_ends_all_other_sessions(client, two, mailoutbox):
    user, elsewhere = two
    change_email(client, user, mailoutbox)
    assert signed_in(client)
    assert not signed_in(elsewhere)


def test_a_new_phone_number_ends_all_other_sessions(client, two, now):
    user, elsewhere = two
    services.set_phone(user_id=user.pk, phone="+250788123456", verified=True, at=now)
    change_phone(client, user)
    assert signed_in(client)
    assert not signed_in(elsewhere)


def test_closing_an_account_and_giving_staff_rights_end_every_session(client, two, now):
    user, elsewhere = two
    services.grant_role(user_id=user.pk, role=Role.STAFF, by_id=None, at=now)
    assert not signed_in(client)
    assert not signed_in(elsewhere)

    other = make_user()
    client.force_login(other)
    services.set_active(user_id=other.pk, active=False, by_id=make_staff().pk, at=now)
    assert not Session.objects.filter(user=other).exists()


def test_a_sensitive_change_needs_a_fresh_log_in(client, two):
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 16 * 60
    session.save()
    for name, values in (
        ("account_email", {"email": "new@example.org", "action_add": ""}),
        ("account_change_phone", {"phone": "+250788123456"}),
    ):
        answer = client.post(reverse(name), values)
        assert answer.url.startswith(reverse("account_reauthenticate")), name
    assert client.get(reverse("mfa_activate_totp")).url.startswith(
        reverse("account_reauthenticate")
    )
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def move(client, **back):
    session, moved = client.session, timedelta(**back).total_seconds()
    session[sessions.SINCE] -= moved
    session[sessions.SEEN] -= moved
    session.save()


@pytest.mark.parametrize(
    ("staff", "back", "still"),
    [
        (False, {"days": 29}, True),
        (False, {"days": 30}, False),
        (True, {"minutes": 25}, True),
        (True, {"minutes": 31}, False),
    ],
)
def test_sessions_end_by_time(client, staff, back, still):
    client.force_login(make_staff() if staff else make_user())
    assert signed_in(client)
    move(client, **back)
    assert signed_in(client) is still


def test_a_busy_staff_session_ends_after_twelve_hours(client):
    client.force_login(make_staff())
    session = client.session
    session[sessions.SINCE] -= timedelta(hours=12).total_seconds()
    session.save()
    answer = client.get(ME)
    assert answer.url.startswith(reverse("account_login"))


def test_a_lead_to_another_page_reaches_a_fragment_as_a_whole_page(client):
    client.force_login(make_user(role=Role.STAFF))
    answer = client.get(ME, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == reverse("mfa_activate_totp")


def test_ended_sessions_are_swept(client, two):
    sweep(timezone.now() + timedelta(days=90))
    assert signed_in(client)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not signed_in(client)
    sweep(timezone.now())
    assert not Session.objects.exists()
