"""The pages for members, and what packers and bookkeepers meet in every room."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.errors import NotAllowed
from marketplace.listings.services import listing as listings
from marketplace.orders.models import OrderState
from marketplace.orders.services import cart, refund, shipment
from marketplace.shops import services
from marketplace.shops.models import ShopMember
from tests.factories.accounts import make_user
from tests.factories.orders import make_goods, make_order
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def text(answer):
    return " ".join(BeautifulSoup(answer.content, "html.parser").main.get_text(" ").split())


@pytest.fixture
def order():
    return make_order(state="paid_held", at=timezone.now())


@pytest.fixture
def packer(order):
    return make_member(shop=order.shop, user=make_user(), role="packer").user


@pytest.fixture
def bookkeeper(order):
    return make_member(shop=order.shop, user=make_user(), role="bookkeeper").user


def test_an_owner_invites_by_link_and_the_invited_accepts():
    shop, helper = make_shop(), make_user()
    owner = signed_in(shop.owner)
    page = owner.get(reverse("shops:members"))
    assert reverse("shops:invite", args=[shop.pk]) in page.content.decode()
    sent = {f"shop-{shop.pk}-role": "bookkeeper", f"shop-{shop.pk}-contact": ""}
    made = owner.post(reverse("shops:invite", args=[shop.pk]), sent)
    link = BeautifulSoup(made.content, "html.parser").find(id="invitation-link")["value"]
    assert link.startswith("http://testserver/")
    assert "no-store" in made["Cache-Control"]

    visitor = Client()
    assert visitor.get(link).url.startswith(reverse("account_login"))
    browser = signed_in(helper)
    assert browser.get(link).status_code == 200
    assert shop.members.count() == 1  # looking is not accepting
    landed = browser.post(link, follow=True)
    assert shop.name in text(landed)
    assert shop.members.get(user=helper).role == "bookkeeper"
    assert link not in owner.get(reverse("shops:members")).content.decode()


def test_the_owner_changes_and_removes_from_the_page(order, packer):
    owner, member = signed_in(order.shop.owner), ShopMember.objects.get(user=packer)
    owner.post(reverse("shops:change_role", args=[member.pk]), {"role": "bookkeeper"})
    member.refresh_from_db()
    assert member.role == "bookkeeper"
    browser = signed_in(packer)
    assert browser.get(reverse("orders:detail", args=[order.pk])).status_code == 200
    owner.post(reverse("shops:remove_member", args=[member.pk]))
    assert browser.get(reverse("orders:detail", args=[order.pk])).status_code == 404


def test_an_invitation_waits_among_the_messages(order):
    helper = make_user()
    invitation, _token = services.invite_member(
        shop_id=order.shop_id,
        by_id=order.shop.owner_id,
        role="packer",
        contact=helper.email,
        at=timezone.now(),
    )
    browser = signed_in(helper)
    assert order.shop.name in text(browser.get(reverse("shops:invitations")))
    browser.post(reverse("shops:accept", args=[invitation.pk]))
    page = browser.get(reverse("shops:invitations"))
    assert "Leave this shop" in text(page)
    member = ShopMember.objects.get(user=helper)
    browser.post(reverse("shops:remove_member", args=[member.pk]))
    assert not ShopMember.objects.filter(user=helper).exists()


def test_a_packer_sees_the_address_and_no_money(order, packer):
    browser = signed_in(packer)
    detail = browser.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert order.group.address_sealed.splitlines()[0] in detail
    assert 'class="price"' not in detail
    desk = browser.get(reverse("orders:desk")).content.decode()
    assert f"Order {order.pk}" in desk
    assert 'class="price"' not in desk
    assert order.shop.name not in text(browser.get(reverse("orders:money")))
    home = browser.get(reverse("shops:desk")).content.decode()
    assert reverse("orders:money") not in home
    assert reverse("shops:members") not in home
    browser.post(reverse("orders:ship", args=[order.pk]), {"tracking": "RW 9"})
    order.refresh_from_db()
    assert order.state == OrderState.SHIPPED


def test_a_bookkeeper_sees_money_and_no_address(order, bookkeeper):
    browser = signed_in(bookkeeper)
    detail = browser.get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert order.group.address_sealed.splitlines()[0] not in detail
    assert order.group.recipient_sealed not in detail
    assert 'class="price"' in detail
    assert reverse("orders:ship", args=[order.pk]) not in detail
    assert order.shop.name in text(browser.get(reverse("orders:money")))
    browser.post(reverse("orders:ship", args=[order.pk]), {"tracking": "RW 9"})
    order.refresh_from_db()
    assert order.state == OrderState.PAID_HELD


def test_the_services_refuse_what_a_role_does_not_include(order, packer, bookkeeper, now):
    listing = order.lines.get().variant.listing
    with pytest.raises(NotAllowed):
        shipment.ship(order_id=order.pk, by_id=bookkeeper.pk, tracking="", at=now)
    for helper in (packer, bookkeeper):
        with pytest.raises(NotAllowed):
            refund.cancel(order_id=order.pk, by_id=helper.pk, reason="No more.", at=now)
        with pytest.raises(NotAllowed):
            listings.set_variants(listing_id=listing.pk, by_id=helper.pk, rows=[], at=now)
        with pytest.raises(NotAllowed):
            listings.end(listing_id=listing.pk, by_id=helper.pk, at=now)
        with pytest.raises(NotAllowed):
            cart.add_to_cart(
                buyer_id=helper.pk, variant_id=make_goods(shop=order.shop).pk, quantity=1, at=now
            )
    with pytest.raises(NotAllowed):
        listings.count_stock(listing_id=listing.pk, counts={}, by_id=bookkeeper.pk, at=now)


def test_a_packer_counts_stock_and_nothing_else(order, packer):
    variant = order.lines.get().variant
    browser = signed_in(packer)
    address = reverse("listings:stock", args=[variant.listing_id])
    assert address in browser.get(reverse("listings:mine")).content.decode()
    names = {f"choice-{variant.pk}-seen": variant.on_hand, f"choice-{variant.pk}-counted": 41}
    answer = browser.post(address, {**names, f"choice-{variant.pk}-price": 1})
    assert answer.status_code == 302
    price = variant.price_minor
    variant.refresh_from_db()
    assert (variant.on_hand, variant.price_minor) == (41, price)
    assert browser.post(address, {}).status_code == 422
