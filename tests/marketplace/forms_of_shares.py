"""The forms by which people come to have a share in a shop, and lose it."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from marketplace.shops.models import Share
from tests.factories.accounts import make_person
from tests.factories.shares import make_share
from tests.factories.shops import make_shop
from tests.marketplace.forms_that_count import Request, case, somebody


def a_share(*, agreed: bool) -> Share:
    shop = make_shop(payout_account_sealed="IBAN 1")
    return make_share(shop=shop, agreed=agreed, at=timezone.now() - timedelta(days=1))


def of_person(name: str, *, agreed: bool) -> Request:
    share = a_share(agreed=agreed)
    there = reverse(name, args=[share.pk])
    return Request(somebody(share.user), reverse("orders:my_shares"), there)


@case("orders:propose_share")
def propose() -> Request:
    shop = make_shop(payout_account_sealed="IBAN 1")
    values = {
        "called": "River plot",
        "contact": make_person().email,
        "percent": "12.5",
        "from_day": timezone.localdate().isoformat(),
    }
    there = reverse("orders:propose_share", args=[shop.pk])
    named = {f"shop-{shop.pk}-{name}": value for name, value in values.items()}
    return Request(somebody(shop.owner), reverse("orders:shop_shares"), there, named)


@case("orders:agree_share")
def agree() -> Request:
    return of_person("orders:agree_share", agreed=False)


@case("orders:decline_share")
def decline() -> Request:
    return of_person("orders:decline_share", agreed=False)


@case("orders:end_share")
def end() -> Request:
    return of_person("orders:end_share", agreed=True)


@case("orders:withdraw_share")
def withdraw() -> Request:
    share = a_share(agreed=False)
    there = reverse("orders:withdraw_share", args=[share.pk])
    return Request(somebody(share.shop.owner), reverse("orders:shop_shares"), there)
