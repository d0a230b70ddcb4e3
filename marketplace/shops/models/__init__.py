"""Shops, their members and standing; who gets which share of what they sell."""

from marketplace.shops.models.shares import (
    Share,
    ShareAccount,
    ShareEntry,
    ShareState,
    ShareWord,
)
from marketplace.shops.models.shops import (
    CreditBand,
    Discount,
    InvitationState,
    MemberRole,
    PayoutAccountChange,
    SanctionLevel,
    ShippingMethod,
    Shop,
    ShopInvitation,
    ShopMember,
    ShopQuerySet,
    ShopState,
    Standing,
)

__all__ = [
    "CreditBand",
    "Discount",
    "InvitationState",
    "MemberRole",
    "PayoutAccountChange",
    "SanctionLevel",
    "Share",
    "ShareAccount",
    "ShareEntry",
    "ShareState",
    "ShareWord",
    "ShippingMethod",
    "Shop",
    "ShopInvitation",
    "ShopMember",
    "ShopQuerySet",
    "ShopState",
    "Standing",
]
