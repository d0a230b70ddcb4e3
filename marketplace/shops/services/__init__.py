"""Every change of a shop: the shop itself, and the people who work in it."""

from marketplace.shops.services.members import (
    accept,
    change_role,
    invite_member,
    remove_member,
    withdraw,
)
from marketplace.shops.services.shop import (
    approve,
    locked,
    open_shop,
    refuse,
    set_credit_band,
    set_ranking_trust,
    set_sanction_level,
)

__all__ = [
    "accept",
    "approve",
    "change_role",
    "invite_member",
    "locked",
    "open_shop",
    "refuse",
    "remove_member",
    "set_credit_band",
    "set_ranking_trust",
    "set_sanction_level",
    "withdraw",
]
