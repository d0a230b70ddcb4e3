"""No shop opens before its trader is known; a suspended or closing one keeps its promises."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from marketplace.accounts import identity, numbers
from marketplace.errors import BadInput, SoldOut, WrongState
from marketplace.inbox.models import Message
from marketplace.listings.models import Listing
from marketplace.orders.models import OrderState
from marketplace.orders.services import cart, checkout, payout, shipment
from marketplace.shops import queries, services
from marketplace.shops.models import ShopState
from tests.factories.accounts import make_staff, make_user
from tests.factories.identity import facts, make_identity, make_verified
from tests.factories.orders import ADDRESS, make_goods, make_group, make_order
from tests.factories.outbox import drain
from tests.factories.shops import make_shop

pytestmark = pytest.mark.django_db


def applied(**fields):
    return make_shop(state=ShopState.APPLIED, **fields)


def test_each_missing_part_is_named_until_nothing_is_missing(now):
    shop = applied()
    assert queries.missing_for_opening(shop) == ["identity", "payout_account"]
    EmailAddress.objects.create(user=shop.owner, email=shop.owner.email, verified=False)
    sent = make_identity(user=shop.owner, at=now)
    assert queries.missing_for_opening(shop) == ["verification", "contact", "payout_account"]
    identity.verify_identity(
        identity_id=sent.pk, version=sent.version, by_id=make_staff().pk, at=now
    )
    EmailAddress.objects.update(verified=True)
    services.change_payout_account(
        shop_id=shop.pk, account="RW12 3456", by_id=shop.owner_id, at=now
    )
    shop.refresh_from_db()
    assert queries.missing_for_opening(shop) == []


@pytest.mark.parametrize("step", ["nothing", "sent", "refused"])
def test_no_shop_opens_while_its_trader_is_not_verified(now, step):
    shop = applied(payout_account_sealed="RW12 3456")
    staff = make_staff()
    if step != "nothing":
        sent = make_identity(user=shop.owner, at=now)
    if step == "refused":
        identity.refuse_identity(
            identity_id=sent.pk, version=sent.version, by_id=staff.pk, reason="Blurred.", at=now
        )
    with pytest.raises(WrongState):
        services.approve(shop_id=shop.pk, by_id=staff.pk, at=now)
    shop.refresh_from_db()
    assert shop.state == ShopState.APPLIED


def test_another_owner_s_identity_does_not_open_the_shop(now):
    shop = applied(payout_account_sealed="RW12 3456")
    make_verified(user=make_user(role="seller"), at=now)
    with pytest.raises(WrongState, match="who he is"):
        services.approve(shop_id=shop.pk, by_id=make_staff().pk, at=now)


def test_the_desk_leads_to_what_is_missing_and_staff_see_the_same(client, now):
    shop = applied()
    client.force_login(shop.owner)
    page = client.get(reverse("shops:desk")).content.decode()
    assert "Say who you are as a trader" in page
    assert reverse("shops:change_payout_account", args=[shop.pk]) in page
    client.force_login(make_staff())
    page = client.get(reverse("admin:shops_shop_change", args=[shop.pk])).content.decode()
    assert "has not said who he is" in page
    assert "Approve this shop" not in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("decision", ["verified", "refused"])
def test_a_decision_about_an_identity_is_told_without_its_reason(now, decision):
    sent = make_identity(at=now)
    staff = make_staff()
    given = {"identity_id": sent.pk, "version": sent.version, "by_id": staff.pk, "at": now}
    if decision == "verified":
        identity.verify_identity(**given)
    else:
        identity.refuse_identity(reason="The passport has run out.", **given)
    drain(at=now)
    drain(at=now)
    message = Message.objects.get(kind=f"identity.{decision}")
    assert message.user_id == sent.user_id
    assert "passport" not in message.body


@pytest.mark.parametrize(
    ("country", "field", "number", "word"),
    [
        ("DE", "vat_number", "DE136695977", "check digit"),
        ("DE", "vat_number", "DE13669", "does not look"),
        ("IT", "vat_number", "IT00743110158", "check digit"),
        ("FR", "register_number", "552008444", "check digit"),
        ("CN", "register_number", "91110000600037341M", "check digit"),
        ("GH", "payment_account", "DE89370400440532013001", "IBAN"),
        ("DE", "payment_account", "DE8937040044053201300", "IBAN"),
    ],
)
def test_a_mistyped_number_is_refused_in_words_at_its_field(now, country, field, number, word):
    given = {"country": country, "vat_number": "", "register_number": "", field: number}
    with pytest.raises(BadInput, match=word) as refused:
        make_identity(at=now, **given)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("country", "number"),
    [("DE", "DE136695976"), ("IT", "00743110157"), ("RW", "102345678"), ("GH", "C0001234560")],
)
def test_a_right_number_and_one_no_rule_covers_pass(country, number):
    assert numbers.wrong_tax_number(country, number) == ""


def test_accounts_that_are_no_iban_are_left_to_people():
    for account in ("", "+250788123456", "DEMO-EUR-0001", "RW12 3456", "DE89370400440532013000"):
        assert numbers.wrong_iban(account) == ""


def test_a_number_is_tested_when_only_kept_too(now):
    user = make_user(role="seller")
    with pytest.raises(BadInput):
        identity.save_identity(
            user_id=user.pk, facts=facts(country="DE", vat_number="DE136695977"), at=now
        )


# What a suspension does ------------------------------------------------------------------------


def test_a_suspended_shop_is_not_seen_nor_sold_and_its_buyers_are_served(client, now):
    paid = make_order(state="paid_held", at=now)
    shop = paid.shop
    services.set_sanction_level(shop_id=shop.pk, level=3, at=now)
    shop.refresh_from_db()
    assert shop.state == ShopState.SUSPENDED
    assert not Listing.objects.live().filter(shop=shop).exists()
    with pytest.raises(SoldOut):
        make_group(make_goods(shop=shop), at=now)
    shipment.ship(order_id=paid.pk, by_id=shop.owner_id, tracking="RW1", at=now)
    paid.refresh_from_db()
    assert paid.state == OrderState.SHIPPED
    assert not payout.may_be_paid(shop=shop, at=now)
    client.force_login(paid.buyer)
    page = client.get(reverse("orders:detail", args=[paid.pk])).content.decode()
    assert "This shop is suspended" in page


def test_what_lay_in_a_cart_when_the_shop_was_suspended_cannot_be_checked_out(client, now):
    goods, buyer = make_goods(), make_user()
    line = cart.add_to_cart(buyer_id=buyer.pk, variant_id=goods.pk, quantity=1, at=now)
    services.set_sanction_level(shop_id=goods.listing.shop_id, level=3, at=now)
    with pytest.raises(SoldOut):
        checkout.place(buyer_id=buyer.pk, cart_id=line.cart_id, at=now, **ADDRESS)
    client.force_login(buyer)
    page = client.get(reverse("orders:cart")).content.decode()
    assert "Not on sale any more" in page
