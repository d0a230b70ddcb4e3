"""Ways of sending and discounts: who may set them, what is refused, what the page shows."""

import pytest
from django.urls import reverse

from marketplace.errors import BadInput, NotAllowed
from marketplace.outbox.models import LogEntry
from marketplace.shops import queries
from marketplace.shops.models import Discount, ShippingMethod
from marketplace.shops.rules import SHIPPING_METHODS_MAX, Sending
from marketplace.shops.services import shipping
from tests.factories.accounts import make_person
from tests.factories.shops import make_member, make_shop

pytestmark = pytest.mark.django_db
LETTER = Sending("Letter", 300, each_further_minor=50, days_min=3, days_max=9, countries=("RW",))


@pytest.fixture
def shop():
    return make_shop()


def add(shop, now, sending=LETTER, by=None):
    return shipping.add_method(
        shop_id=shop.pk, by_id=(by or shop.owner).pk, sending=sending, at=now
    )


def give(shop, now, percent_bp=1_000, from_minor=5_000, by=None):
    return shipping.give_discount(
        shop_id=shop.pk,
        by_id=(by or shop.owner).pk,
        percent_bp=percent_bp,
        from_minor=from_minor,
        at=now,
    )


def test_a_way_is_offered_changed_and_stopped_and_each_step_is_on_record(shop, now):
    method = add(shop, now)
    assert add(shop, now) == method  # sent twice
    dearer = Sending("Letter", 400, days_min=3, days_max=9)
    for _again in range(2):
        shipping.change_method(method_id=method.pk, by_id=shop.owner_id, sending=dearer, at=now)
    for _again in range(2):
        shipping.stop_method(method_id=method.pk, by_id=shop.owner_id, at=now)

    assert not queries.methods_of(shop.pk).exists()
    steps = LogEntry.objects.filter(subject=shop.ref).order_by("pk")
    assert [step.action for step in steps] == [
        "shipping.added", "shipping.changed", "shipping.stopped",
    ]  # fmt: skip
    with pytest.raises(BadInput):
        shipping.change_method(method_id=method.pk, by_id=shop.owner_id, sending=LETTER, at=now)
    assert add(shop, now) == method
    method.refresh_from_db()
    assert (method.active, method.first_minor, method.countries) == (True, 300, ["RW"])


@pytest.mark.parametrize(
    ("sending", "field"),
    [
        (Sending("x", 300), "name"),
        (Sending("Letter", -1), "first"),
        (Sending("Letter", 300, days_min=5, days_max=4), "days_max"),
        (Sending("Letter", 300, days_max=91), "days_max"),
        (Sending("Letter", 300, countries=("XX",)), "countries"),
    ],
)
def test_impossible_facts_are_refused_at_their_field(shop, now, sending, field):
    with pytest.raises(BadInput) as refusal:
        add(shop, now, sending)
    assert refusal.value.field == field
    assert not ShippingMethod.objects.exists()


def test_a_name_is_used_once_and_a_shop_offers_only_so_many(shop, now):
    add(shop, now)
    with pytest.raises(BadInput, match="name already"):
        add(shop, now, Sending("letter", 1))
    for number in range(SHIPPING_METHODS_MAX - 1):
        add(shop, now, Sending(f"Way {number}", 1))
    with pytest.raises(BadInput, match="ways of sending"):
        add(shop, now, Sending("One more", 1))


@pytest.mark.parametrize("role", ["packer", "bookkeeper", ""])
def test_only_an_owner_sets_prices(shop, now, role):
    method, discount = add(shop, now), give(shop, now)
    helper = make_member(shop=shop, role=role).user if role else make_person()
    for act in (
        lambda: add(shop, now, Sending("Parcel", 1), by=helper),
        lambda: shipping.change_method(
            method_id=method.pk, by_id=helper.pk, sending=Sending("Parcel", 1), at=now
        ),
        lambda: shipping.stop_method(method_id=method.pk, by_id=helper.pk, at=now),
        lambda: give(shop, now, by=helper, percent_bp=9_000),
        lambda: shipping.end_discount(discount_id=discount.pk, by_id=helper.pk, at=now),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_discount_holds_until_it_is_ended_or_another_takes_its_place(shop, now):
    first = give(shop, now)
    assert give(shop, now) == first
    second = give(shop, now, percent_bp=2_000)
    assert list(queries.discounts_of(shop_id=shop.pk, at=now)) == [second]
    for _again in range(2):
        shipping.end_discount(discount_id=second.pk, by_id=shop.owner_id, at=now)
    assert not queries.discounts_of(shop_id=shop.pk, at=now).exists()
    for percent_bp in (0, 9_001):
        with pytest.raises(BadInput):
            give(shop, now, percent_bp=percent_bp)
    assert Discount.objects.count() == 2


def test_the_owner_s_page_adds_changes_and_stops(client, shop):
    client.force_login(shop.owner)
    body = {"name": "Courier", "first": "12,50", "days_min": "1", "days_max": "3", "tracked": "on"}
    typed = {f"add-{shop.pk}-{name}": value for name, value in body.items()}

    client.post(reverse("shops:add_shipping", args=[shop.pk]), typed)
    method = ShippingMethod.objects.get()
    assert (method.first_minor, method.free_from_minor, method.tracked) == (1_250, None, True)
    change = reverse("shops:change_shipping", args=[method.pk])
    assert 'value="12.50"' in client.get(change).content.decode()
    client.post(change, {**body, "first": "9", "free_from": "100"})
    method.refresh_from_db()
    assert (method.first_minor, method.free_from_minor) == (900, 10_000)
    assert "Free from" in client.get(reverse("shops:shipping")).content.decode()
    client.post(reverse("shops:stop_shipping", args=[method.pk]))
    assert not queries.methods_of(shop.pk).exists()


def test_what_is_typed_wrong_is_shown_again_with_what_is_wrong(client, shop):
    client.force_login(shop.owner)
    prefix = f"add-{shop.pk}-"
    typed = {"name": "Courier", "first": "x", "days_min": "9", "days_max": "3"}
    answer = client.post(
        reverse("shops:add_shipping", args=[shop.pk]),
        {prefix + name: value for name, value in typed.items()},
    )
    assert answer.status_code == 422
    assert 'value="Courier"' in answer.content.decode()
    discount = {f"discount-{shop.pk}-percent": "95", f"discount-{shop.pk}-from_sum": "50"}
    answer = client.post(reverse("shops:give_discount", args=[shop.pk]), discount)
    assert answer.status_code == 422
    assert not Discount.objects.exists()


def test_a_discount_given_on_the_page_can_be_ended_there(client, shop):
    client.force_login(shop.owner)
    discount = {f"discount-{shop.pk}-percent": "10", f"discount-{shop.pk}-from_sum": "50"}
    for _again in range(2):
        client.post(reverse("shops:give_discount", args=[shop.pk]), discount)
    given = Discount.objects.get()
    assert (given.percent_bp, given.from_minor) == (1_000, 5_000)
    assert "10 % off" in client.get(reverse("shops:shipping")).content.decode()
    client.post(reverse("shops:end_discount", args=[given.pk]))
    given.refresh_from_db()
    assert given.until is not None
