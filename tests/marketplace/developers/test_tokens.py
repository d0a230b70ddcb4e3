"""Tokens: shown once, kept as a hash, never more than their person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts import services as accounts
from marketplace.accounts import terms
from marketplace.developers import queries, services
from marketplace.developers.models import ApiToken, Scope
from marketplace.errors import BadInput, WrongState
from marketplace.shops.models import ShopMember
from tests.factories.accounts import make_staff, make_user
from tests.factories.developers import Api, make_token
from tests.factories.guests import make_guest
from tests.factories.listings import make_listing, make_variant
from tests.factories.orders import make_goods, make_order
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db


def code_of(answer):
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_a_token_opens_what_it_is_for_and_its_text_stands_nowhere():
    token, text = make_token(scopes=[Scope.GOODS_READ])

    assert Api(text).get("goods").status_code == 200
    assert code_of(Api(text).get("orders")) == (403, "scope_missing")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM developers_apitoken t")
        assert text[5:20] not in cursor.fetchone()[0]
    token.refresh_from_db()
    assert token.last_used_at is not None


def test_head_needs_the_token_scope_and_terms_that_get_needs():
    _token, text = make_token(scopes=[Scope.CATALOGUE_READ])
    paths = ("goods", "orders", "purchases", "cart", "webhooks")
    for path in paths:
        assert Client().head(f"/api/v1/{path}").status_code == 401, path
        assert Api(text).send("head", path).status_code == 403, path
    owner, whole = make_token()
    assert [Api(whole).send("head", path).status_code for path in paths] == [200] * len(paths)
    terms.TermsAcceptance.objects.filter(user=owner.user).delete()
    assert Api(whole).send("head", "goods").status_code == 403
    assert Client().head("/api/v1/catalogue/categories").status_code == 200


def test_a_form_sent_twice_makes_one_token_and_shows_it_once():
    user, at = make_user(), timezone.now()
    first, _text = make_token(user=user)
    facts = {"name": "Till", "scopes": ["goods:read"], "days": 30, "key": first.form_key}
    again, text = services.make_token(user_id=user.pk, at=at, **facts)
    assert (again.pk, text) == (first.pk, "")


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ewtp_no", "Basic eDp5", "Bearer \u00fc"])
def test_what_is_no_token_opens_nothing(sent):
    answer = Client().get("/api/v1/me", headers={"Authorization": sent})
    assert code_of(answer) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_revoked_and_an_expired_token_open_nothing():
    token, text = make_token()
    _old, old_text = make_token(at=timezone.now() - timedelta(days=31))
    services.revoke_token(token_id=token.pk, user_id=token.user_id, at=timezone.now())
    for one in (text, old_text):
        assert Api(one).get("me").status_code == 401
        assert Api(one).get("catalogue/listings").status_code == 401  # not even what is open


def test_a_stranger_revokes_nothing():
    token, text = make_token()
    services.revoke_token(token_id=token.pk, user_id=make_user().pk, at=timezone.now())
    assert Api(text).get("me").status_code == 200


def test_a_closed_account_and_new_terms_shut_the_door_at_once():
    token, text = make_token()
    terms.TermsAcceptance.objects.filter(user=token.user).delete()
    assert code_of(Api(text).get("me")) == (403, "terms_not_accepted")
    token.user.is_active = False
    token.user.save()
    assert Api(text).get("me").status_code == 401


def test_who_leaves_a_shop_takes_no_token_along():
    member = make_member(role="packer")
    good = make_listing(shop=member.shop)
    make_variant(listing=good)
    accounts_terms(member.user)
    _token, text = make_token(user=member.user)
    assert Api(text).get(f"goods/{good.pk}").status_code == 200
    ShopMember.objects.filter(pk=member.pk).delete()
    assert Api(text).get(f"goods/{good.pk}").status_code == 404


def accounts_terms(user):
    terms.accept(user_id=user.pk, version=terms.in_force().version, at=timezone.now())


def test_a_packer_s_token_sees_addresses_but_no_prices_and_edits_nothing():
    member = make_member(role="packer")
    accounts_terms(member.user)
    order = make_order(make_goods(shop=member.shop), state="paid_held")
    good = order.lines.get().variant.listing
    api = Api(make_token(user=member.user)[1])

    seen = api.get(f"orders/{order.pk}").json()
    assert (seen["total_minor"], seen["commission_minor"]) == (None, None)
    assert seen["delivery"]["recipient"] == "Ada Buyer"
    assert api.send("patch", f"goods/{good.pk}", {"title": "Mine"}).status_code == 404
    assert api.get("money").json()["items"] == []
    assert api.post(f"orders/{order.pk}/cancel", {"reason": "No"}).status_code == 403


def test_a_token_bound_to_a_shop_reaches_no_other():
    owner = make_user()
    one, two = make_shop(owner=owner), make_shop(owner=owner)
    here, there = (make_variant(listing=make_listing(shop=shop)).listing for shop in (one, two))
    scopes = [Scope.GOODS_READ, Scope.GOODS_WRITE, Scope.MONEY_READ]
    api = Api(make_token(user=owner, scopes=scopes, shop=one)[1])

    assert [row["id"] for row in api.get("goods").json()["items"]] == [here.pk]
    assert api.get(f"goods/{there.pk}").status_code == 404
    assert api.get(f"money/{two.slug}/payouts").status_code == 404
    assert code_of(api.get("cart")) == (403, "scope_missing")
    with pytest.raises(BadInput):
        make_token(user=owner, scopes=[Scope.BUY_WRITE], shop=one)


def test_staff_get_nothing_of_strangers_by_token():
    order = make_order(make_goods(), state="paid_held")
    api = Api(make_token(user=make_staff())[1])
    assert api.get(f"orders/{order.pk}").status_code == 404
    assert api.get("orders").json()["items"] == []


def test_a_guest_gets_no_token_and_nobody_gets_endless_ones():
    with pytest.raises(Exception, match="account first"):
        make_token(user=make_guest())
    user = make_user()
    for _one in range(25):
        make_token(user=user)
    with pytest.raises(WrongState):
        make_token(user=user)


def test_the_old_pepper_still_opens_and_the_token_is_hashed_anew(settings):
    token, text = make_token()
    settings.PEPPER, settings.PEPPER_OLD = "another-pepper-0123456789", settings.PEPPER
    assert Api(text).get("me").status_code == 200
    before, after = token.token_hash, ApiToken.objects.get(pk=token.pk).token_hash
    assert before != after
    settings.PEPPER_OLD = ""
    assert queries.live_token(token=text, at=timezone.now()) is not None


def test_the_page_asks_for_a_fresh_log_in_then_shows_the_token_once():
    user = accounts.create_user(
        email="dev@example.org", password="long-enough-7", at=timezone.now()
    )
    browser = Client()
    browser.force_login(user)
    asked = browser.get(reverse("developers:make_token"))
    assert (asked.status_code, "reauthenticate" in asked.url) == (302, True)
    browser.post(reverse("account_reauthenticate"), {"password": "long-enough-7"})

    page = browser.get(reverse("developers:make_token"))
    key = page.context["form"].initial["key"]
    form = {"key": key, "name": "Till", "scopes": ["goods:read"], "days": "30"}
    made = browser.post(reverse("developers:make_token"), form)
    text = made.context["text"]
    assert Api(text).get("me").json()["token"] == "Till"
    again = browser.post(reverse("developers:make_token"), form, follow=True)
    assert text not in again.content.decode()
    assert ApiToken.objects.count() == 1
    form = {**form, "key": "", "scopes": []}
    assert browser.post(reverse("developers:make_token"), form).status_code == 422
    browser.post(reverse("developers:revoke_token", args=[ApiToken.objects.get().pk]))
    assert Api(text).get("me").status_code == 401
