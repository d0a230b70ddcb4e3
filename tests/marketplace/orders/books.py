"""What every test of money asks at the end."""

from datetime import UTC, datetime

from marketplace.ledger import queries as ledger
from marketplace.orders.models import DifferenceKind, Escrow, EscrowState, Refund, RefundState
from marketplace.orders.queries import reconciliation
from marketplace.orders.services import payout
from marketplace.orders.services.reconciliation import read_book

LONG_AFTER = datetime(2100, 1, 1, tzinfo=UTC)  # nothing is young then


def balance_minor(kind, owner_ref, currency="EUR"):
    account = ledger.account_id(kind=kind, owner_ref=owner_ref, currency=currency)
    return ledger.balance_minor(account_id=account) if account else 0


def assert_books_agree():
    """The ledger is sound, escrows and set-aside refunds hold their money, the provider agrees."""
    assert ledger.check() == []
    assert set(ledger.trial_balance().values()) <= {0}
    for escrow in Escrow.objects.select_related("order"):
        held = escrow.order.kept_minor if escrow.state == EscrowState.OPEN else 0
        assert balance_minor("escrow", escrow.order.ref, escrow.order.currency) == held
    for refund in Refund.objects.select_related("order"):
        aside = refund.amount_minor if refund.state == RefundState.OWED else 0
        assert balance_minor("refund", refund.ref, refund.order.currency) == aside
    assert payout.reconcile() == []
    assert_movements_agree()


def assert_movements_agree():
    """Each movement stands in both books alike; payouts and refunds not yet sent aside."""
    found = reconciliation.compare(lines=read_book(), at=LONG_AFTER).differences
    assert [one for one in found if not _on_its_way(one)] == []


def _on_its_way(one):
    if one.kind == DifferenceKind.LATE:
        return True
    return one.kind == DifferenceKind.MISSING_AT_PROVIDER and one.subject.startswith("payout:")
