"""Reads of shops: whose they are and who may work in them."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from marketplace.shops.models import MemberRole, Shop, ShopMember, ShopQuerySet


def shops_of(user: AbstractBaseUser | AnonymousUser) -> ShopQuerySet:
    """Return the shops a person works in, oldest first; none for a visitor."""
    return Shop.objects.worked_in_by(user.pk).order_by("pk")


def is_member(*, user_id: int, shop_id: int, roles: Collection[str] = MemberRole.values) -> bool:
    """Say whether a person works in a shop, in one of `roles` (any when not given)."""
    members = ShopMember.objects.filter(shop_id=shop_id, user_id=user_id, role__in=roles)
    return members.exists()


def may_manage(
    user: AbstractBaseUser | AnonymousUser,
    shop: Shop,
    *,
    roles: Collection[str] = MemberRole.values,
) -> bool:
    """Say whether `user` may act for `shop`: its owner and its members, nobody else."""
    if user.pk is None:
        return False
    return shop.owner_id == user.pk or is_member(user_id=user.pk, shop_id=shop.pk, roles=roles)
