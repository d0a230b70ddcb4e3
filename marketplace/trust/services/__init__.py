"""Taking listings down and giving them back; strikes and the sanctions that follow."""

from marketplace.trust.services.holds import hold, lift_hold
from marketplace.trust.services.sanctions import EXPIRE_BATCH, expire, recount
from marketplace.trust.services.takedown import lock_shop, restore, take_down

__all__ = [
    "EXPIRE_BATCH",
    "expire",
    "hold",
    "lift_hold",
    "lock_shop",
    "recount",
    "restore",
    "take_down",
]
