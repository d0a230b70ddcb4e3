"""Every change of state of carts, orders, payments, escrow and payouts; one file per noun.

Locks are always taken in this order, and rows of one kind by primary key (shops by id):
cart → payment → orders → escrow → variants → shop → ledger accounts (the ledger sorts those).
"""
