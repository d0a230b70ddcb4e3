"""Taking listings down and giving them back; strikes and the sanctions that follow."""

from marketplace.trust.services.holds import hold, lift_hold
from marketplace.trust.services.sanctions import expire, recount
from marketplace.trust.services.takedown import restore, take_down

__all__ = ["expire", "hold", "lift_hold", "recount", "restore", "take_down"]
