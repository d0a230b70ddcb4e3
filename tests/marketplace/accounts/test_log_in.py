import re

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts import queries
from marketplace.accounts.models import Channel, Role, SandboxDelivery, User
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db

PHONE = "+250788123456"


def signed_in(client):
    return client.get(reverse("accounts:me")).status_code == 200


def log_in(client, login, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": login, "password": password})


def last_sms_code():
    book = SandboxDelivery.objects.filter(channel=Channel.SMS).order_by("-pk")
    assert book[0].to_sealed == PHONE
    return re.search(r"code is (\S+)\.", book[0].body_sealed).group(1)


def sign_up(client, **names):
    values = {**names, "password1": PASSWORD, "terms": "on"}
    return client.post(reverse("account_signup"), values)


def mailed_code(mailoutbox):
    return re.search(r"^([A-Z]{4}-[A-Z]{4})$", mailoutbox[-1].body, re.MULTILINE).group(1)


def test_sign_up_by_email_asks_for_the_mailed_code_and_makes_a_buyer(client, mailoutbox):
    answer = sign_up(client, email="Ama@Example.org")
    assert answer.url == reverse("account_email_verification_sent")
    assert not signed_in(client)

    client.post(answer.url, {"code": mailed_code(mailoutbox)})

    assert signed_in(client)
    user = User.objects.get(email="ama@example.org")
    assert user.phone_hash is None
    assert queries.has_role(user, Role.BUYER)
    client.logout()
    assert log_in(client, "ama@example.org").url == reverse("accounts:me")


def test_signing_up_with_a_taken_address_tells_only_its_holder(client, mailoutbox):
    make_user(email="ama@example.org")
    known, unknown = (sign_up(Client(), email=mail) for mail in ("ama@example.org", "x@y.org"))

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert User.objects.count() == 2
    assert "already exists" in mailoutbox[0].body
    pages = []
    for mail in ("ama@example.org", "new@example.org"):
        browser = Client()
        page = browser.get(sign_up(browser, email=mail).url).content.decode()
        pages.append(page.replace(mail, "").partition("<main")[2].replace("value=", ""))
    without_tokens = [re.sub(r'"[A-Za-z0-9]{64}"', "", page) for page in pages]
    assert without_tokens[0] == without_tokens[1]


def test_an_address_that_was_never_proved_lets_nobody_in(client, mailoutbox):
    sign_up(client, email="ama@example.org")

    answer = log_in(Client(), "ama@example.org")
    assert answer.url == reverse("account_email_verification_sent")


def test_sign_up_takes_one_name_of_the_account_and_the_terms(client):
    both = sign_up(client, email="ama@example.org", phone=PHONE).content.decode()
    assert "Give one of the two now" in both

    values = {"email": "ama@example.org", "password1": PASSWORD}
    page = client.post(reverse("account_signup"), values).content.decode()
    assert "Please read and accept the terms." in page
    assert not User.objects.exists()


def test_sign_up_by_phone_asks_for_the_code_that_was_sent(client):
    answer = sign_up(client, phone="+250 788 123 456")
    assert answer.url == reverse("account_verify_phone")
    assert not signed_in(client)

    client.post(reverse("account_verify_phone"), {"code": last_sms_code()})

    assert signed_in(client)
    user = queries.by_phone(PHONE)
    assert user.email is None
    assert user.phone_verified_at is not None


def test_two_people_sign_up_by_phone_alone(client):
    for phone in (PHONE, "+4915123456789"):
        client.logout()
        sign_up(client, phone=phone)
    assert User.objects.filter(email=None).count() == 2


def test_sign_up_by_neither_says_what_is_missing_and_keeps_nothing_half_done(client):
    answer = client.post(reverse("account_signup"), {"password1": PASSWORD})

    assert answer.status_code == 200
    assert "Give a phone number or an e-mail address" in answer.content.decode()
    assert not User.objects.exists()


def test_a_mistyped_phone_keeps_the_rest_of_the_form(client):
    answer = client.post(
        reverse("account_signup"),
        {"phone": "0788", "email": "ama@example.org", "password1": PASSWORD},
    )

    page = answer.content.decode()
    assert "country code" in page
    assert 'value="ama@example.org"' in page
    assert not User.objects.exists()


def test_signing_up_with_a_taken_phone_tells_only_its_holder(client):
    make_user(phone=PHONE)
    answer = sign_up(client, phone=PHONE)

    assert answer.url == reverse("account_verify_phone")
    assert User.objects.count() == 1
    assert "already has an account" in SandboxDelivery.objects.get().body_sealed


@pytest.mark.parametrize("login", ["ama@example.org", "AMA@Example.org", "00250 788 123456"])
def test_log_in_by_either_name(client, login, now):
    user = make_user(email="ama@example.org", phone=PHONE)
    User.objects.filter(pk=user.pk).update(phone_verified_at=now)

    assert log_in(client, login).url == reverse("accounts:me")
    assert signed_in(client)


@pytest.mark.parametrize("login", ["ama@example.org", PHONE, "nobody@example.org", "what"])
def test_a_wrong_password_or_name_gets_the_same_answer(client, login):
    make_user(email="ama@example.org", phone=PHONE)

    answer = log_in(client, login, "wrong-password")

    assert "The phone number, e-mail address or password is not right." in answer.content.decode()
    assert not signed_in(client)


def test_failed_log_ins_of_one_phone_do_not_lock_out_another(client, now):
    other = make_user(phone="+4915123456789")
    User.objects.filter(pk=other.pk).update(phone_verified_at=now)
    make_user(phone=PHONE)
    for _attempt in range(6):
        answer = log_in(client, PHONE, "wrong-password")
    assert answer.status_code == 429
    assert reverse("account_request_login_code") in answer.content.decode()

    log_in(client, "+4915123456789")
    assert signed_in(client)


def test_a_closed_account_cannot_log_in(client):
    user = make_user(email="ama@example.org")
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert log_in(client, "ama@example.org").url == reverse("account_inactive")
    assert client.get(reverse("account_inactive")).status_code == 200
    assert not signed_in(client)


def test_a_password_is_reset_by_mail(client, mailoutbox):
    make_user(email="ama@example.org")
    client.post(reverse("account_reset_password"), {"email": "ama@example.org"})
    [mail] = mailoutbox
    link = re.search(r"http://testserver(\S+)", mail.body).group(1)

    page = client.get(link, follow=True)
    assert page.status_code == 200
    client.post(
        page.redirect_chain[-1][0], {"password1": "tin-drum-lake", "password2": "tin-drum-lake"}
    )

    assert "This link was used before" in client.get(link, follow=True).content.decode()
    log_in(client, "ama@example.org", "tin-drum-lake")
    assert signed_in(client)


def test_someone_without_email_comes_back_with_a_code_by_sms(client):
    make_user(phone=PHONE)
    answer = client.post(reverse("account_request_login_code"), {"phone": PHONE})
    assert answer.url == reverse("account_confirm_login_code")

    client.post(answer.url, {"code": last_sms_code()})
    assert signed_in(client)


@pytest.mark.parametrize("name", ["phone", "email"])
def test_a_password_set_before_the_name_was_proved_opens_nothing_afterwards(name, mailoutbox):
    """Somebody signs up with another person's number or address, and waits for that person."""
    names = {"phone": PHONE, "email": "ama@example.org"}
    squatter, holder = Client(), Client()
    waiting = sign_up(squatter, **{name: names[name]})

    answer = holder.post(reverse("account_request_login_code"), {name: names[name]})
    code = last_sms_code() if name == "phone" else mailed_code(mailoutbox)
    holder.post(answer.url, {"code": code})
    assert signed_in(holder)

    for page in (waiting.url, reverse("account_login")):
        squatter.get(page, follow=True)
        assert not signed_in(squatter)
    fresh = Client()
    log_in(fresh, names[name])
    assert not signed_in(fresh)


def test_the_book_of_the_sms_carrier_is_sealed(client):
    make_user(phone=PHONE)
    client.post(reverse("account_request_login_code"), {"phone": PHONE})
    row = SandboxDelivery.objects.extra(select={"raw": "to_sealed || body_sealed"}).get()
    assert PHONE.removeprefix("+250") not in row.raw
    assert last_sms_code() not in row.raw


@pytest.mark.parametrize(
    "name",
    ["account_login", "account_signup", "account_reset_password", "account_reset_password_done",
     "account_reset_password_from_key_done", "account_request_login_code", "account_inactive"],
)  # fmt: skip
def test_every_page_for_visitors_is_ours(client, name):
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert 'id="main"' in page.content.decode()


@pytest.mark.parametrize(
    "name", ["account_logout", "account_email", "account_change_phone", "account_change_password"]
)
def test_every_page_for_members_is_ours(client, name):
    client.force_login(make_user())
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert 'id="main"' in page.content.decode()
