"""Questions written once: the same answers as Django's, and the same refusals."""

import threading

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.db.transaction import TransactionManagementError

from marketplace.orders.models import Order
from marketplace.prepared import Given, Prepared
from marketplace.shops.models import Shop
from tests.factories.orders import make_order
from tests.factories.shops import make_shop

WITH_OWNER = Prepared(
    lambda: Shop.objects.select_related("owner").filter(pk=Given("pk"), currency=Given("currency"))
)


@pytest.mark.django_db
def test_rows_are_what_the_query_set_would_have_returned(django_assert_num_queries):
    shops = [make_shop(payout_account_sealed=f"IBAN {number}") for number in range(3)]
    for shop in shops * 2:
        with django_assert_num_queries(1):
            found = WITH_OWNER.first(pk=shop.pk, currency=shop.currency)
            assert found.owner == shop.owner
        assert found == shop
        assert found.payout_account_sealed == shop.payout_account_sealed
        assert not found._state.adding
    assert WITH_OWNER.first(pk=shops[0].pk, currency="XXX") is None
    assert WITH_OWNER.ask(pk=0, currency="EUR") == []


@pytest.mark.django_db
def test_values_and_sums():
    order = make_order(state="settled")
    sums = Prepared(
        lambda: (
            Order.objects.filter(shop_id=Given("shop_id"))
            .order_by()
            .values_list("buyer_id")
            .annotate(Sum("goods_minor"))
        )
    )
    names = Prepared(lambda: Shop.objects.filter(pk=Given("pk")).values_list("name", flat=True)[:1])
    assert sums.ask(shop_id=order.shop_id) == [(order.buyer_id, order.goods_minor)]
    assert names.ask(pk=order.shop_id) == [order.shop.name]


def test_what_would_be_lost_is_refused():
    with pytest.raises(ValueError, match="prefetch_related"):
        Prepared(lambda: Shop.objects.prefetch_related("members")).ask()


@pytest.mark.django_db
def test_a_value_that_is_not_given_is_an_error():
    with pytest.raises(KeyError):
        WITH_OWNER.ask(pk=1)


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_a_lock_in_every_thread_and_needs_a_transaction():
    locked = Prepared(
        lambda: Shop.objects.select_for_update(no_key=True, nowait=True).filter(pk=Given("pk"))
    )
    shop, seen = make_shop(), []

    def other():
        try:
            with transaction.atomic():
                locked.ask(pk=shop.pk)
        except Exception as error:  # noqa: BLE001 - of whatever kind
            seen.append(str(error))
        finally:
            connection.close()

    with transaction.atomic():
        assert locked.ask(pk=shop.pk) == [shop]
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(20)
    assert len(seen) == 1
    assert "could not obtain lock" in seen[0]
    with pytest.raises(TransactionManagementError):
        locked.ask(pk=shop.pk)
