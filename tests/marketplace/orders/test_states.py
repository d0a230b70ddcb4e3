from datetime import timedelta
from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from marketplace.errors import MarketplaceError
from marketplace.orders import queries, rules
from marketplace.orders.models import Escrow, EscrowState, Order, OrderState
from marketplace.orders.services import escrow, refund, shipment
from tests.factories.orders import NOON, make_order

LATER = NOON + timedelta(hours=3)


def raw_move(table, pk, column_values):
    sets = ", ".join(f"{column} = %s" for column in column_values)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {sets} WHERE id = %s", [*column_values.values(), pk])


@pytest.mark.django_db
def test_the_databases_table_of_moves_is_the_one_in_the_rules():
    with connection.cursor() as cursor:
        cursor.execute("SELECT what, old_state, new_state FROM orders_legal_moves()")
        found = set(cursor.fetchall())
    orders = {("orders_order", *move) for move in rules.ORDER_MOVES}
    others = {
        "orders_escrow": rules.ESCROW_MOVES,
        "orders_refund": rules.REFUND_MOVES,
        "orders_chargeback": rules.CHARGEBACK_MOVES,
    }
    assert found == orders | {(table, *move) for table, moves in others.items() for move in moves}


def test_the_rules_know_every_state_and_no_other():
    named = {state for move in rules.ORDER_MOVES for state in move}
    assert named == set(OrderState.values)
    assert {state for move in rules.ESCROW_MOVES for state in move} == set(EscrowState.values)


@pytest.mark.django_db
def test_the_database_refuses_every_illegal_move_of_an_order():
    order = make_order()
    for old, new in product(OrderState.values, repeat=2):
        if old == new:
            continue
        with connection.cursor() as cursor:  # put it into `old` past the trigger, as its owner
            cursor.execute("SET LOCAL session_replication_role = replica")
            cancelled = LATER if old == "cancelled" else None
            cursor.execute(
                "UPDATE orders_order SET state = %s, cancelled_at = %s", [old, cancelled]
            )
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        change = {"state": new, "cancelled_at": LATER if new == "cancelled" else None}
        if rules.order_may(old, new):
            raw_move("orders_order", order.pk, change)
        else:
            with pytest.raises(IntegrityError, match="may not go"):
                raw_move("orders_order", order.pk, change)


@pytest.mark.django_db
def test_the_database_refuses_to_reopen_an_escrow():
    held = Escrow.objects.get(order=make_order(state="settled"))
    with pytest.raises(IntegrityError, match="may not go"):
        raw_move("orders_escrow", held.pk, {"state": "open", "closed_at": None})


ACTIONS = {
    "ship": lambda o: shipment.ship(order_id=o.pk, by_id=o.shop.owner_id, tracking="X", at=LATER),
    "deliver": lambda o: shipment.mark_delivered(order_id=o.pk, at=LATER),
    "confirm": lambda o: escrow.confirm(order_id=o.pk, by_id=o.buyer_id, at=LATER),
    "buyer cancels": lambda o: refund.cancel(order_id=o.pk, by_id=o.buyer_id, at=LATER),
    "seller cancels": lambda o: refund.cancel(
        order_id=o.pk, by_id=o.shop.owner_id, reason="broken", at=LATER
    ),
}
# state → action → state afterwards; an action that is not named is refused.
OUTCOMES = {
    "awaiting_payment": {"buyer cancels": "cancelled"},
    "paid_held": {"ship": "shipped", "seller cancels": "cancelled"},
    "shipped": {"ship": "shipped", "deliver": "delivered", "confirm": "settled"},
    "delivered": {"ship": "delivered", "deliver": "delivered", "confirm": "settled"},
    "settled": {"ship": "settled", "deliver": "settled", "confirm": "settled"},
}


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "action"), list(product(OUTCOMES, ACTIONS)))
def test_each_action_in_each_state_does_what_the_table_says(state, action):
    order = make_order(state=state)
    after = OUTCOMES[state].get(action)

    if after is None:
        with pytest.raises(MarketplaceError):
            ACTIONS[action](order)
    else:
        ACTIONS[action](order)
    assert Order.objects.get(pk=order.pk).state == (after or state)


@given(st.integers(0, 10**12), st.integers(0, 10_000))
def test_commission_and_the_sellers_part_are_the_goods(goods_minor, rate_bp):
    fee = rules.commission(goods_minor, rate_bp)
    assert 0 <= fee <= goods_minor
    assert abs(fee * 10_000 - goods_minor * rate_bp) <= 5_000


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=3, hours=4), "in 3 days 4 hours."),
        (timedelta(days=1), "in 1 day."),
        (timedelta(hours=1, minutes=20), "in 1 hour."),
        (timedelta(minutes=5), "in 5 minutes."),
        (timedelta(days=-2), "to the seller now."),
    ],
)
def test_the_clock_is_said_in_words(left, words):
    order = Order(state=OrderState.SHIPPED, due_at=NOON + left)
    assert queries.countdown(order, at=NOON).endswith(words)


def test_an_order_without_a_running_clock_says_nothing():
    assert queries.countdown(Order(state=OrderState.PAID_HELD), at=NOON) == ""
