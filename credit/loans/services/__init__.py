"""Every change of state of applications and loans; one file per noun.

Locks, always in this order: exposures (by id) → loan → shop → ledger accounts. Nothing here waits
for the broker: a decision and its money are one transaction.
"""
