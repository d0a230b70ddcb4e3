from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.care import rules
from marketplace.care.models import AppealState, Dispute, DisputeState, Entry, OfferState, Ruling
from tests.factories.care import OPENED, make_dispute, make_ruling

ENDED = set(DisputeState.values) - set(rules.ACTIVE)


def raw(sql, values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.django_db
def test_the_databases_table_of_moves_is_the_one_in_the_rules():
    with connection.cursor() as cursor:
        cursor.execute("SELECT what, old_state, new_state FROM care_legal_moves()")
        found = set(cursor.fetchall())
    tables = {
        "care_dispute": rules.DISPUTE_MOVES,
        "care_offer": rules.OFFER_MOVES,
        "care_appeal": rules.APPEAL_MOVES,
    }
    assert found == {(table, *move) for table, moves in tables.items() for move in moves}


def test_the_rules_know_every_state_and_no_other():
    def named(moves):
        return {state for move in moves for state in move}

    assert named(rules.DISPUTE_MOVES) == set(DisputeState.values)
    assert named(rules.OFFER_MOVES) == set(OfferState.values)
    assert named(rules.APPEAL_MOVES) == set(AppealState.values)


@pytest.mark.django_db
def test_the_database_refuses_every_illegal_move_of_a_dispute():
    dispute = make_dispute()
    sql = "UPDATE care_dispute SET state = %s, awaits = %s, due_at = %s, ended_at = %s"

    def columns(state):
        done = state in ENDED
        return [
            state,
            "nobody" if done else "staff",
            None if done else OPENED,
            OPENED if done else None,
        ]

    for old, new in product(DisputeState.values, repeat=2):
        if old == new:
            continue
        with connection.cursor() as cursor:  # put it into `old` past the trigger, as its owner
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql, columns(old))
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        if rules.may_move(old, new):
            raw(f"{sql} WHERE id = %s", [*columns(new), dispute.pk])
        else:
            with pytest.raises(IntegrityError, match="may not go"):
                raw(f"{sql} WHERE id = %s", [*columns(new), dispute.pk])


@pytest.mark.django_db
def test_what_was_said_or_ruled_is_never_changed_or_deleted():
    ruling = make_ruling()
    for model in (Entry, Ruling):
        for change in ("UPDATE {} SET at = at", "DELETE FROM {}"):
            with pytest.raises(IntegrityError, match="never changed"):
                raw(change.format(model._meta.db_table), [])
    assert Ruling.objects.get() == ruling


@pytest.mark.django_db
def test_the_database_refuses_a_second_active_dispute_and_a_clock_without_a_dispute():
    dispute = make_dispute()
    dispute.pk, dispute.key = None, "other"
    with pytest.raises(IntegrityError, match="dispute_one_active_an_order"), transaction.atomic():
        dispute.save(force_insert=True)
    with pytest.raises(IntegrityError, match="dispute_clock_runs"), transaction.atomic():
        Dispute.objects.update(due_at=None)
