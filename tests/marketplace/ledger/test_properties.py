"""Whatever is posted, the books balance and the stored balances are their entries."""

from __future__ import annotations

from itertools import count

import pytest
from django.contrib import admin
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.errors import InsufficientFunds
from marketplace.ledger import queries
from marketplace.ledger.models import Account, Entry, Transfer

WALLETS = 5
LEGS = st.lists(
    st.tuples(st.integers(0, WALLETS - 1), st.integers(-80, 80).filter(bool)),
    min_size=1,
    max_size=WALLETS - 1,
    unique_by=lambda leg: leg[0],
)
slow_database = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.django_db
def test_random_balanced_transfers_keep_the_books_right(wallet, move):
    wallets = [wallet(100) for _ in range(WALLETS)]
    other_side = Account.objects.get(kind="provider").pk
    keys = count()

    @slow_database
    @given(st.lists(LEGS, max_size=6))
    def holds(transfers):
        for legs in transfers:
            entries = {wallets[index]: amount for index, amount in legs}
            rest = -sum(entries.values())
            if rest:
                entries[other_side] = rest
            if len(entries) < 2:
                continue
            expected = {a: queries.balance_minor(account_id=a) + m for a, m in entries.items()}
            overdrawn = any(expected[a] < 0 for a in entries if a != other_side)
            try:
                with transaction.atomic():
                    move(f"random {next(keys)}", entries)
            except InsufficientFunds:
                assert overdrawn
            else:
                assert not overdrawn
                assert expected == {a: queries.balance_minor(account_id=a) for a in entries}
        for account in wallets:
            total = Entry.objects.filter(account_id=account).aggregate(t=Sum("amount_minor"))["t"]
            assert queries.balance_minor(account_id=account) == total >= 0
        assert queries.trial_balance() == {"EUR": 0}

    holds()
    assert queries.check() == []


@pytest.mark.django_db
def test_random_unbalanced_transfers_are_never_stored(wallet):
    wallets = [wallet(10_000) for _ in range(WALLETS)]
    before = Transfer.objects.count()

    @slow_database
    @given(LEGS, st.integers(0, 5), st.booleans())
    def refused(legs, declared, one_by_one):
        if sum(amount for _, amount in legs) == 0 and declared == len(legs) >= 2:
            return
        rows = [(wallets[index], amount) for index, amount in legs]
        with pytest.raises(IntegrityError):
            _forge(declared, rows, one_by_one)

    refused()
    assert Transfer.objects.count() == before
    assert queries.check() == []


@transaction.atomic
def _forge(declared, rows, one_by_one):
    """Write the rows past the service, in a savepoint, and ask what a commit would ask."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_transfer (key, kind, entry_count, ref, actor, at)"
            " VALUES ('random', 'k', %s, 'r', 'a', now()) RETURNING id",
            [declared],
        )
        (made,) = cursor.fetchone()
        for together in [[row] for row in rows] if one_by_one else [rows]:
            with transaction.atomic():
                cursor.execute(
                    "INSERT INTO ledger_entry (transfer_id, account_id, amount_minor)"
                    f" VALUES {', '.join(['%s'] * len(together))}",
                    [(made, *row) for row in together],
                )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_admin_only_reads(rf):
    for model in (Account, Transfer):
        page = admin.site.get_model_admin(model)
        assert not page.has_add_permission(rf.get("/"))
        assert not page.has_change_permission(rf.get("/"))
        assert not page.has_delete_permission(rf.get("/"))
