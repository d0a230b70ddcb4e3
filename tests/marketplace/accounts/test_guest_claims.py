"""The way from guest to account: by a code to the order's address, for its holder alone."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import guests
from marketplace.accounts.models import GuestLink, SandboxDelivery, Session, User
from marketplace.errors import NotAllowed
from tests.factories.accounts import PASSWORD, make_user
from tests.factories.guests import CONTACT, NOON, make_guest

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest():
    return make_guest(at=timezone.now())


@pytest.fixture
def browser(guest):
    opened = Client()
    opened.post(reverse("accounts:guest_link", args=[token_of(guest)]))
    return opened


def token_of(guest):
    return GuestLink.objects.get(user=guest, revoked_at=None).token_sealed


def signed_in(client):
    found = client.session.get("_auth_user_id")
    return User.objects.get(pk=found) if found else None


def mailed_code():
    return re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", mail.outbox[-1].body, re.M)[1]


def sms_code():
    book = SandboxDelivery.objects.filter(channel="sms").order_by("-pk")
    return re.search(r"code is (\S+)\.", book[0].body_sealed)[1]


def text(page):
    return page.content.decode()


def claim_by_code(browser):
    browser.post(reverse("accounts:guest_claim"))
    return browser.post(
        reverse("account_email_verification_sent"), {"code": mailed_code()}, follow=True
    )


def test_a_guest_opens_an_account_with_the_code_sent_to_the_order_s_address(browser, guest):
    page = claim_by_code(browser)
    guest.refresh_from_db()
    assert (guest.guest, guest.email, guest.guest_contact_sealed) == (False, CONTACT, "")
    assert page.redirect_chain[-1][0] == reverse("accounts:me")
    assert browser.get(reverse("shops:apply")).status_code == 200


def test_by_phone_too():
    guest = make_guest(contact="+46701234567", at=timezone.now())
    browser = Client()
    browser.post(reverse("accounts:guest_link", args=[token_of(guest)]))
    browser.post(reverse("accounts:guest_claim"))
    browser.post(reverse("account_verify_phone"), {"code": sms_code()})
    guest.refresh_from_db()
    assert (guest.guest, guest.phone_sealed) == (False, "+46701234567")
    assert guest.phone_verified_at is not None


def test_a_wrong_code_opens_nothing(browser, guest):
    browser.post(reverse("accounts:guest_claim"))
    browser.post(reverse("account_email_verification_sent"), {"code": "AAA-BBB"})
    guest.refresh_from_db()
    assert guest.guest


def test_after_the_claim_the_link_and_the_other_browsers_are_out(browser, guest):
    token, elsewhere = token_of(guest), Client()
    elsewhere.post(reverse("accounts:guest_link", args=[token]))
    before = browser.session.session_key
    claim_by_code(browser)

    assert browser.session.session_key != before
    assert Session.objects.filter(user=guest).count() == 1
    assert not GuestLink.objects.filter(revoked_at=None).exists()
    assert not GuestLink.objects.exclude(token_sealed="").exists()
    assert elsewhere.get(reverse("orders:mine")).status_code == 302
    late = Client()
    late.post(reverse("accounts:guest_link", args=[token]))
    assert signed_in(late) is None


def test_whoever_claims_may_sign_in_by_code_afterwards(browser, guest):
    claim_by_code(browser)
    again = Client()
    again.post(reverse("account_request_login_code"), {"email": CONTACT})
    again.post(reverse("account_confirm_login_code"), {"code": mailed_code()})
    assert signed_in(again) == guest


def test_an_address_that_has_an_account_is_not_claimed_and_only_its_holder_hears_so(browser, guest):
    owner = make_user(email=CONTACT)
    asked = browser.post(reverse("accounts:guest_claim"))
    assert asked.url == reverse("account_email_verification_sent")  # as for every other address
    page = browser.post(
        reverse("account_email_verification_sent"), {"code": mailed_code()}, follow=True
    )
    assert "already registered" in text(page)
    guest.refresh_from_db()
    owner.refresh_from_db()
    assert guest.guest
    assert owner.email == CONTACT
    assert owner.check_password(PASSWORD)


def test_a_phone_that_has_an_account_is_not_claimed_either():
    make_user(phone="+46701234567")
    guest = make_guest(contact="+46701234567", at=timezone.now())
    browser = Client()
    browser.post(reverse("accounts:guest_link", args=[token_of(guest)]))
    browser.post(reverse("accounts:guest_claim"))
    page = browser.post(reverse("account_verify_phone"), {"code": sms_code()}, follow=True)
    assert page.status_code == 200
    guest.refresh_from_db()
    assert guest.guest


def test_whoever_holds_the_link_claims_no_other_address(guest):
    with pytest.raises(NotAllowed):
        guests.claim(user_id=guest.pk, contact="thief@example.org", at=NOON)


def test_claiming_twice_changes_nothing(guest):
    guests.claim(user_id=guest.pk, contact=CONTACT, at=NOON)
    again = guests.claim(user_id=guest.pk, contact="other@example.org", at=NOON)
    assert again.email == CONTACT
