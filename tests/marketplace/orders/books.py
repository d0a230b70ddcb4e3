"""What every test of money asks at the end."""

from marketplace.ledger import queries as ledger
from marketplace.orders.models import Escrow, EscrowState
from marketplace.orders.services import payout


def balance_minor(kind, owner_ref, currency="EUR"):
    account = ledger.account_id(kind=kind, owner_ref=owner_ref, currency=currency)
    return ledger.balance_minor(account_id=account) if account else 0


def assert_books_agree():
    """The ledger is sound, closed escrows are empty, open ones full, and the provider agrees."""
    assert ledger.check() == []
    assert set(ledger.trial_balance().values()) <= {0}
    for escrow in Escrow.objects.select_related("order"):
        held = escrow.amount_minor if escrow.state == EscrowState.OPEN else 0
        assert balance_minor("escrow", escrow.order.ref, escrow.order.currency) == held
    assert payout.reconcile() == []
