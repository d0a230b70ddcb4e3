"""What strangers must not see or do, beyond the table of roles and addresses."""

from __future__ import annotations

import json

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.providers.django_mail import DjangoMail
from marketplace.listings.models import Listing, ListingState
from marketplace.listings.queries import photo_file
from marketplace.listings.services import listing as listings
from marketplace.orders.views import webhook
from tests.factories.accounts import PASSWORD, make_staff, make_user
from tests.factories.listings import (
    make_category,
    make_listing,
    make_photo,
    make_statement,
    make_variant,
)
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def signed_in(user):
    browser = Client(raise_request_exception=False)
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("state", set(ListingState.values) - {ListingState.LIVE})
def test_the_add_page_shows_nobody_goods_that_are_not_on_sale(state):
    listing = make_listing(state=state, title="Secret of the workshop")
    variant = make_variant(listing=listing)
    address = reverse("orders:add") + f"?variant_id={variant.pk}&quantity=1"
    page = signed_in(make_user()).get(address, follow=True)
    assert "Secret of the workshop" not in page.content.decode()
    assert "not on sale" in page.content.decode()


def stored_photo(**fields):
    photo = make_photo(listing=make_listing(shop=make_shop(owner=make_user()), **fields))
    default_storage.save(photo_file(photo.name, "thumb"), ContentFile(b"pixels"))
    return photo


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (ListingState.LIVE, True),
        (ListingState.DRAFT, False),
        (ListingState.PENDING, False),
        (ListingState.WITHHELD, False),
        (ListingState.REMOVED, False),
    ],
)
def test_photos_of_goods_that_nobody_may_see_are_for_their_shop_and_staff(state, shown):
    photo = stored_photo(state=state)
    owner, strangers = photo.listing.shop.owner, [Client(), signed_in(make_user())]
    for stranger in strangers:
        answer = stranger.get(photo.thumb_url)
        assert answer.status_code == (200 if shown else 404)
        assert shown == ("public" in answer.headers.get("Cache-Control", ""))
    for insider in (owner, make_staff()):
        answer = signed_in(insider).get(photo.thumb_url)
        assert answer.status_code == 200
        assert shown or "private" in answer.headers["Cache-Control"]


def test_a_photo_of_ended_goods_stays_unless_something_withholds_it(now):
    photo = stored_photo()
    listings.end(listing_id=photo.listing_id, by_id=photo.listing.shop.owner_id, at=now)
    assert Client().get(photo.thumb_url).status_code == 200
    statement = make_statement(listing=photo.listing)
    listings.withhold(
        listing_id=photo.listing_id, source="decision:7", statement_id=statement.pk, at=now
    )
    assert Client().get(photo.thumb_url).status_code == 404


def test_staff_log_in_where_attempts_are_counted():
    cache.clear()
    staff = make_staff()
    browser = Client()
    answer = browser.get(reverse("admin:index"), follow=True)
    assert answer.request["PATH_INFO"] == reverse("account_login")
    for _attempt in range(12):
        tried = {"username": staff.email, "password": "wrong", "login": staff.email}
        assert browser.post(reverse("admin:login"), tried).status_code == 302
        browser.post(reverse("account_login"), tried)
    right = {"login": staff.email, "password": PASSWORD}
    assert browser.post(reverse("account_login"), right).status_code != 302
    cache.clear()


def test_a_stranger_who_is_signed_in_is_refused_at_the_desk():
    assert signed_in(make_user()).get(reverse("admin:index"), follow=True).status_code == 403


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_log_in_leads_nowhere_else(next_):
    user = make_user()
    sent = {"login": user.email, "password": PASSWORD, "next": next_}
    answer = Client().post(reverse("account_login"), sent)
    assert answer.status_code == 302
    assert answer.url == reverse("accounts:me")


def test_a_line_break_in_a_title_does_not_reach_the_head_of_a_mail():
    owner = make_user()
    shop = make_shop(owner=owner)
    sent = {
        "title": "Basket\r\nBcc: all@example.org",
        "category": make_category().pk,
        "choice-TOTAL_FORMS": "0",
        "choice-INITIAL_FORMS": "0",
    }
    signed_in(owner).post(reverse("listings:new"), sent)
    assert Listing.objects.get(shop=shop).title == "Basket Bcc: all@example.org"

    subject = "“Basket\nBcc: all@example.org” was taken down"
    DjangoMail().send(
        to="ama@example.org", subject=subject, body="Why", key="job-1", at=timezone.now()
    )
    assert mail.outbox[0].subject == "“Basket Bcc: all@example.org” was taken down"
    assert mail.outbox[0].recipients() == ["ama@example.org"]


SCRIPT = "<script>alert(1)</script>"


def test_markup_that_people_write_is_shown_as_text():
    owner = make_user(display_name=SCRIPT)
    shop = make_shop(owner=owner, name=SCRIPT, story=SCRIPT)
    listing = make_listing(shop=shop, title=SCRIPT, description=SCRIPT)
    make_variant(listing=listing, name=SCRIPT)
    pages = [
        Client().get("/"),
        Client().get("/search", {"q": SCRIPT}),
        Client().get(reverse("storefront:listing", args=[listing.pk])),
        Client().get(reverse("storefront:shop", args=[shop.slug])),
        signed_in(owner).get(reverse("shops:desk")),
        signed_in(owner).get(reverse("listings:mine")),
        signed_in(owner).get(reverse("listings:edit", args=[listing.pk])),
        signed_in(make_staff()).get(reverse("admin:shops_shop_change", args=[shop.pk])),
        signed_in(make_staff()).get(reverse("admin:listings_listing_change", args=[listing.pk])),
        signed_in(make_staff()).get(reverse("admin:accounts_user_change", args=[owner.pk])),
    ]
    assert [page.status_code for page in pages] == [200] * len(pages)
    assert [page.request["PATH_INFO"] for page in pages if SCRIPT in page.content.decode()] == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"[" * 9000,
        b"\xff",
        *(
            json.dumps(
                {
                    **dict.fromkeys(("event_id", "kind", "key", "provider_ref", "currency"), "x"),
                    "amount_minor": 5,
                    **odd,
                }
            ).encode()
            for odd in (
                {"event_id": "a\x00b"},
                {"event_id": "\ud800"},
                {"kind": "\x00"},
                {"amount_minor": float("inf")},
                {"amount_minor": True},
                {"amount_minor": 10.9},
                {"key": "payment:²:1", "kind": "charge.succeeded"},
                {"key": f"payment:{10**30}:1", "kind": "charge.succeeded"},
                {"currency": "\x00", "key": "payment:1:1", "kind": "charge.succeeded"},
                {"event_id": ""},
                {"event_id": "x" * 81},
            )
        ),
    ],
)
def test_a_signed_event_that_makes_no_sense_is_refused(body):
    browser = Client(raise_request_exception=False)
    answer = browser.post(
        reverse("orders:webhook"),
        body,
        content_type="application/json",
        headers={webhook.SIGNATURE_HEADER: webhook.signature(body)},
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("given", ["", "0" * 64, "ü", "²" * 64])
def test_an_unsigned_event_is_refused(given):
    browser = Client(raise_request_exception=False)
    answer = browser.post(
        reverse("orders:webhook"),
        b"{}",
        content_type="application/json",
        headers={webhook.SIGNATURE_HEADER: given},
    )
    assert answer.status_code == 403


def test_every_kind_of_answer_carries_the_guards(tmp_path, settings):
    photo = stored_photo()
    browser = Client(raise_request_exception=False)
    answers = [
        browser.get("/"),
        browser.get("/nowhere/"),
        browser.get("/%00"),
        browser.get("/healthz"),
        browser.get(photo.thumb_url),
        browser.get(reverse("admin:index")),
        browser.post(reverse("orders:webhook")),
        Client(enforce_csrf_checks=True).post(reverse("account_login")),
        signed_in(make_staff()).get(reverse("admin:index")),
    ]
    for answer in answers:
        heads = answer.headers
        assert "default-src" in heads["Content-Security-Policy"], answer.request
        assert "unsafe" not in heads["Content-Security-Policy"]
        assert heads["X-Content-Type-Options"] == "nosniff"
        assert heads["Referrer-Policy"] == "same-origin"
        assert "X-Request-ID" in heads


@pytest.mark.parametrize(
    ("name", "known", "unknown"),
    [
        ("account_reset_password", {"email": "k@example.org"}, {"email": "u@example.org"}),
        ("account_request_login_code", {"email": "k@example.org"}, {"email": "u@example.org"}),
        ("account_request_login_code", {"phone": "+250788123456"}, {"phone": "+250788123457"}),
        ("account_login", {"login": "k@example.org"}, {"login": "u@example.org"}),
        ("account_login", {"login": "+250788123456"}, {"login": "+250788123457"}),
        ("account_signup", {"phone": "+250788123456"}, {"phone": "+250788123457"}),
    ],
)
def test_nobody_learns_who_has_an_account(name, known, unknown):
    make_user(email="k@example.org", phone="+250788123456")
    told = []
    for sent in (known, unknown):
        cache.clear()
        passwords = {"password": "not-the-right-7", "password1": "not-the-right-7"}
        answer = Client().post(reverse(name), {**passwords, **sent})
        told.append((answer.status_code, answer.headers.get("Location"), len(answer.content)))
    cache.clear()
    assert told[0] == told[1]
