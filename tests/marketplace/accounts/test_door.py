"""What a signed-in person owes first: staff a second factor, everybody the terms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import IntegrityError, connection, transaction
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import second_factor, terms
from marketplace.accounts.models import Role, TermsAcceptance
from marketplace.errors import BadInput, NotAllowed, WrongState
from tests.factories.accounts import PASSWORD, code_of, make_person, make_staff, make_user

pytestmark = pytest.mark.django_db

DESK = reverse("admin:index")


def log_in(browser, user):
    return browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})


def make_bare_staff():
    return make_user(role=Role.STAFF)


def test_staff_without_a_second_factor_are_led_to_set_one_up(client):
    staff = make_bare_staff()
    log_in(client, staff)
    for address in (DESK, reverse("admin:accounts_user_changelist"), reverse("accounts:me")):
        answer = client.get(address)
        assert answer.url == f"{reverse('mfa_activate_totp')}?next={address.replace('/', '%2F')}"
    assert client.post(DESK).url.startswith(reverse("mfa_activate_totp"))


def test_a_superuser_without_the_role_needs_a_second_factor_too(client):
    client.force_login(make_user())
    person = make_user()
    person.is_superuser = True
    person.save()
    client.force_login(person)
    assert client.get(DESK).url.startswith(reverse("mfa_activate_totp"))


@pytest.mark.django_db(transaction=True)
def test_setting_it_up_opens_the_desk_and_ends_other_sessions(client):
    staff, elsewhere = make_bare_staff(), Client()
    log_in(client, staff)
    log_in(elsewhere, staff)
    page = client.get(reverse("mfa_activate_totp"))
    assert 'id="main"' in page.content.decode()
    key_before = client.session.session_key
    secret = page.context["form"].secret

    right = second_factor_code(secret)
    answer = client.post(reverse("mfa_activate_totp"), {"code": right})

    assert answer.url == reverse("mfa_view_recovery_codes")
    assert client.session.session_key != key_before
    assert client.get(answer.url).status_code == 200
    assert client.get(DESK).status_code == 200
    assert elsewhere.get(reverse("accounts:me")).url.startswith(reverse("account_login"))


def second_factor_code(secret):
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30))


def test_log_in_as_staff_asks_for_the_code_and_takes_it_once(client):
    staff = make_staff()
    assert log_in(client, staff).url == reverse("mfa_authenticate")
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    assert client.get(DESK).url.startswith(reverse("admin:login"))
    code = code_of(staff)
    key_before = client.session.session_key

    wrong = "000000" if code != "000000" else "111111"
    client.post(reverse("mfa_authenticate"), {"code": wrong})
    assert client.get(DESK).status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get(DESK).status_code == 200
    assert client.session.session_key != key_before

    thief = Client()
    log_in(thief, staff)
    thief.post(reverse("mfa_authenticate"), {"code": code})
    assert thief.get(DESK).status_code == 302


def test_a_session_from_before_the_second_factor_must_show_it(client):
    staff = make_bare_staff()
    log_in(client, staff)
    second_factor.give(user_id=staff.pk, at=timezone.now())

    door = client.get(DESK)
    assert door.url.startswith(reverse("mfa_reauthenticate"))
    assert client.get(door.url).status_code == 200
    answer = client.post(door.url, {"code": code_of(staff), "next": DESK})
    assert answer.url == DESK
    assert client.get(DESK).status_code == 200


def test_a_session_from_before_the_second_factor_cannot_read_the_recovery_codes(client):
    staff = make_bare_staff()
    log_in(client, staff)
    second_factor.give(user_id=staff.pk, at=timezone.now())
    names = ("mfa_view_recovery_codes", "mfa_download_recovery_codes", "mfa_index")
    for name in (*names, "mfa_generate_recovery_codes", "mfa_deactivate_totp"):
        answer = client.get(reverse(name))
        assert answer.url.startswith(reverse("mfa_reauthenticate")), name


def test_guesses_of_the_old_password_at_the_staff_desk_end(client):
    staff = make_staff()
    log_in(client, staff)
    client.post(reverse("mfa_authenticate"), {"code": code_of(staff)})
    values = {"old_password": "wrong", "new_password1": "tin-drum-lake"}
    answers = [client.post(reverse("admin:password_change"), values).status_code for _ in range(12)]
    assert answers[:10] == [200] * 10
    assert answers[-1] == 429


def test_guesses_at_the_code_end(client):
    staff = make_staff()
    log_in(client, staff)
    page = ""
    for guess in range(12):
        page = client.post(reverse("mfa_authenticate"), {"code": f"{guess:06}"}).content.decode()
    assert "Too many failed" in page


def test_a_recovery_code_works_once(client):
    staff = make_staff()
    row = Authenticator.objects.get(user=staff, type=Authenticator.Type.RECOVERY_CODES)
    code = row.wrap().get_unused_codes()[0]
    for expected in (200, 302):
        browser = Client()
        log_in(browser, staff)
        browser.post(reverse("mfa_authenticate"), {"code": code})
        assert browser.get(DESK).status_code == expected


def test_secrets_of_the_second_factor_are_sealed_at_rest():
    staff = make_staff()
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator WHERE user_id = %s", [staff.pk])
        stored = " ".join(row[0] for row in cursor.fetchall())
    assert second_factor.secret_of(user_id=staff.pk) not in stored
    assert '"seed": "k' in stored


def test_staff_cannot_switch_it_off_and_others_can(client):
    staff = make_staff()
    client.force_login(staff)
    client.post(reverse("mfa_deactivate_totp"))
    assert second_factor.is_on(user_id=staff.pk)

    person = make_user()
    second_factor.give(user_id=person.pk, at=timezone.now())
    client.force_login(person)
    assert client.get(reverse("mfa_index")).status_code == 200
    client.post(reverse("mfa_deactivate_totp"))
    assert not second_factor.is_on(user_id=person.pk)


def test_a_superuser_takes_a_lost_second_factor_and_nobody_else(client):
    staff, other = make_staff(), make_staff()
    boss = make_person(is_superuser=True)
    client.force_login(staff)
    with pytest.raises(NotAllowed):
        second_factor.remove(user_id=staff.pk, by_id=other.pk, at=timezone.now())
    second_factor.remove(user_id=staff.pk, by_id=boss.pk, at=timezone.now())

    assert not second_factor.is_on(user_id=staff.pk)
    assert client.get(DESK).url.startswith(reverse("admin:login"))


def publish(text="New terms."):
    boss = make_person(is_superuser=True)
    with TestCase.captureOnCommitCallbacks(execute=True):
        return terms.publish(text=text, by_id=boss.pk, at=timezone.now())


def test_new_terms_are_asked_for_at_the_next_page_and_remembered(client):
    user = make_user()
    client.force_login(user)
    assert client.get(reverse("accounts:me")).status_code == 200
    row = publish("Be kind.")

    answer = client.get(reverse("accounts:profile"))
    assert answer.url.startswith(reverse("accounts:terms"))
    page = client.get(answer.url)
    assert "Be kind." in page.content.decode()
    form = {"version": row.version, "next": reverse("accounts:profile")}
    assert client.post(reverse("accounts:terms"), form).url == reverse("accounts:profile")
    assert client.get(reverse("accounts:profile")).status_code == 200
    assert TermsAcceptance.objects.filter(user=user).count() == 2


def test_nothing_is_done_by_who_has_not_accepted_the_terms(client):
    user = make_user()
    client.force_login(user)
    publish()
    values = {"display_name": "New", "country": "GH", "language": "en"}
    assert client.post(reverse("accounts:profile"), values).url.startswith(
        reverse("accounts:terms")
    )
    user.refresh_from_db()
    assert user.display_name == ""
    assert client.post(reverse("account_logout")).status_code == 302


def test_an_acceptance_of_another_text_does_not_count(client):
    user, row = make_user(), publish()
    with pytest.raises(WrongState):
        terms.accept(user_id=user.pk, version=1, at=timezone.now())
    terms.accept(user_id=user.pk, version=row.version, at=timezone.now())
    terms.accept(user_id=user.pk, version=row.version, at=timezone.now() + timedelta(days=1))
    assert TermsAcceptance.objects.filter(user=user, version=row.version).count() == 1


def test_only_a_superuser_publishes_terms_and_the_database_keeps_the_founding_ones():
    with pytest.raises(NotAllowed):
        terms.publish(text="Mine.", by_id=make_staff().pk, at=timezone.now())
    with pytest.raises(BadInput):
        publish(" ")
    with pytest.raises(IntegrityError), transaction.atomic():
        TermsAcceptance.objects.create(user=make_user(), version=0, accepted_at=timezone.now())


def test_the_terms_lead_to_no_other_site(client):
    client.force_login(make_user())
    row = publish()
    form = {"version": row.version, "next": "https://evil.example/"}
    assert client.post(reverse("accounts:terms"), form).url == reverse("accounts:me")
