"""Every change of a shop: the shop itself, and the people who work in it."""

from marketplace.shops.services.closure import (
    begin_closing,
    begin_due,
    call_off_closure,
    close,
    plan_closure,
)
from marketplace.shops.services.members import (
    accept,
    change_role,
    invite_member,
    remove_member,
    withdraw,
)
from marketplace.shops.services.news import tell_trader
from marketplace.shops.services.payout_account import call_off_change, change_payout_account
from marketplace.shops.services.share_account import set_share_account
from marketplace.shops.services.shares import (
    agree_share,
    decline_share,
    end_share,
    propose_share,
    withdraw_share,
)
from marketplace.shops.services.shop import (
    approve,
    locked,
    open_shop,
    refuse,
    rest_payouts,
    set_credit_band,
    set_deposit,
    set_ranking_trust,
    set_sanction_level,
)

__all__ = [
    "accept",
    "agree_share",
    "approve",
    "begin_closing",
    "begin_due",
    "call_off_change",
    "call_off_closure",
    "change_payout_account",
    "change_role",
    "close",
    "decline_share",
    "end_share",
    "invite_member",
    "locked",
    "open_shop",
    "plan_closure",
    "propose_share",
    "refuse",
    "remove_member",
    "rest_payouts",
    "set_credit_band",
    "set_deposit",
    "set_ranking_trust",
    "set_sanction_level",
    "set_share_account",
    "tell_trader",
    "withdraw",
    "withdraw_share",
]
