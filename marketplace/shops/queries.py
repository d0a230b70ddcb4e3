"""Reads of shops: whose they are, and who may do what in them."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from marketplace.errors import NotAllowed
from marketplace.shops import rules
from marketplace.shops.models import InvitationState, Shop, ShopInvitation, ShopMember, ShopQuerySet
from marketplace.shops.rules import Act


def shops_of(user: AbstractBaseUser | AnonymousUser) -> ShopQuerySet:
    """Return the shops a person works in, oldest first; none for a visitor."""
    return Shop.objects.worked_in_by(user.pk).order_by("pk")


def shops_where(user: AbstractBaseUser | AnonymousUser, act: Act) -> ShopQuerySet:
    """Return the shops in which a person may do `act`, oldest first; none for a visitor."""
    return Shop.objects.where_may(user.pk, act).order_by("pk")


def works_in(*, user_id: int | None, shop_id: int) -> bool:
    """Say whether a person works in a shop, in whatever role.

    This is about whose side somebody is on (own goods, conflicts of interest). Whether the
    person may do something there is what `may` says.
    """
    return _rows(user_id, shop_id).exists()


def may(*, user_id: int | None, shop_id: int, act: Act) -> bool:
    """Say whether a person may do `act` in a shop, at this very moment; a visitor may nothing."""
    return _rows(user_id, shop_id).filter(role__in=rules.roles_that_may(act)).exists()


def require(*, user_id: int, shop_id: int, act: Act) -> None:
    """Raise NotAllowed to whoever may not do `act` in a shop."""
    role = _rows(user_id, shop_id).values_list("role", flat=True).first()
    if role is None:
        raise NotAllowed(_("Only people who work in this shop may do this."))
    if act not in rules.MAY[role]:
        raise NotAllowed(_("Your role in this shop does not include this. Ask its owner."))


def acts_of(*, user_id: int | None, shop_id: int) -> frozenset[Act]:
    """Return all that a person may do in a shop, for pages that show only what can be used."""
    rows = _rows(user_id, shop_id)
    return frozenset[Act]().union(*(rules.MAY[row.role] for row in rows))


def members_of(shop_id: int) -> QuerySet[ShopMember]:
    """Return the people who work in a shop, the longest there first."""
    return ShopMember.objects.filter(shop_id=shop_id).select_related("user").order_by("since", "pk")


def open_invitations(*, shop_id: int, at: datetime) -> QuerySet[ShopInvitation]:
    """Return the invitations of a shop that can still be accepted, the newest first."""
    invitations = ShopInvitation.objects.filter(shop_id=shop_id, state=InvitationState.OPEN)
    return invitations.filter(due_at__gt=at).order_by("-pk")


def invitations_by(*, user_id: int, since: datetime) -> int:
    """Return how many invitations a person has made since a moment, in any shop."""
    return ShopInvitation.objects.filter(by_id=user_id, created_at__gt=since).count()


def invitations_for(*, user_id: int, at: datetime) -> QuerySet[ShopInvitation]:
    """Return the open invitations that name this person, the newest first."""
    named = ShopInvitation.objects.filter(for_user_id=user_id, state=InvitationState.OPEN)
    return named.filter(due_at__gt=at).select_related("shop").order_by("-pk")


def _rows(user_id: int | None, shop_id: int) -> QuerySet[ShopMember]:
    """Return the one row that a person has in a shop, or none."""
    if user_id is None:
        return ShopMember.objects.none()
    return ShopMember.objects.filter(shop_id=shop_id, user_id=user_id)
