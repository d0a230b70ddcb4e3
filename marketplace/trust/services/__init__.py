"""Taking listings down and giving them back; strikes and the sanctions that follow."""

from marketplace.trust.services.holds import hold, lift_hold
from marketplace.trust.services.noticed import Hold, hold_for_notice, lift_for_notice
from marketplace.trust.services.notifiers import pardon_notifier, strike_notifier
from marketplace.trust.services.recalls import appeal_lost, wait_for_appeal
from marketplace.trust.services.sanctions import (
    EXPIRE_BATCH,
    confirm_identity,
    expire,
    recount,
    recount_notifier,
)
from marketplace.trust.services.takedown import (
    lock_shop,
    lock_shops,
    restore,
    take_down,
)

__all__ = [
    "EXPIRE_BATCH",
    "Hold",
    "appeal_lost",
    "confirm_identity",
    "expire",
    "hold",
    "hold_for_notice",
    "lift_for_notice",
    "lift_hold",
    "lock_shop",
    "lock_shops",
    "pardon_notifier",
    "recount",
    "recount_notifier",
    "restore",
    "strike_notifier",
    "take_down",
    "wait_for_appeal",
]
