"""Reads of shops: whose they are, and who may do what in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from marketplace.accounts import queries as accounts
from marketplace.accounts.sealing import masked
from marketplace.errors import NotAllowed
from marketplace.shops import rules
from marketplace.shops.models import (
    Discount,
    InvitationState,
    MemberRole,
    PayoutAccountChange,
    Share,
    ShareAccount,
    ShareState,
    ShippingMethod,
    Shop,
    ShopInvitation,
    ShopMember,
    ShopQuerySet,
    ShopState,
)
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


def gains_from(*, user_id: int | None, shop_id: int) -> bool:
    """Say whether a person works in a shop or has a share of its sales: no neutral buyer or judge.

    This opens no door: what somebody may do is what `may` says.
    """
    if user_id is None:
        return False
    return Shop.objects.gained_from_by(user_id).filter(pk=shop_id).exists()


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


def missing_for_opening(shop: Shop) -> list[str]:
    """Return which parts of the trader set a shop lacks: names of `rules.missing_for_opening`.

    The set is that of the person who answers for the shop.
    """
    identity = accounts.identity_of(shop.owner_id)
    known = rules.Known(
        identity=identity.state if identity else "",
        has_proven_contact=accounts.has_proven_contact(shop.owner_id),
        payout_account=shop.payout_account_sealed,
    )
    return rules.missing_for_opening(known)


def missing_in_words(missing: list[str]) -> list[str]:
    """Return sentences for the parts that `missing_for_opening` names."""
    sentences = {
        "identity": _("The trader has not said who he is yet."),
        "verification": _("The trader's identity is not verified."),
        "contact": _("Neither an e-mail address nor a phone number is proven."),
        "payout_account": _("There is no account to pay the shop to."),
    }
    return [sentences[name] for name in missing]


def payout_account_at(*, shop_id: int, at: datetime) -> str:
    """Return the account a shop was paid to at a moment: what left then may go nowhere else."""
    later = PayoutAccountChange.objects.filter(shop_id=shop_id, at__gt=at).order_by("pk").first()
    if later is not None:
        return str(later.old_account_sealed)
    return str(Shop.objects.get(pk=shop_id).payout_account_sealed)


def account_changes(shop_id: int) -> QuerySet[PayoutAccountChange]:
    """Return the changes of a shop's payout account, the newest first."""
    changes = PayoutAccountChange.objects.filter(shop_id=shop_id)
    return changes.select_related("by", "undone_by").order_by("-pk")


def undoable_change(*, shop: Shop, at: datetime) -> PayoutAccountChange | None:
    """Return the change of the payout account that an owner may still call off, or None."""
    last = account_changes(shop.pk).filter(undoes=None, undone_by=None).first()
    if last is None or last.paused_until <= at or not last.old_account_sealed:
        return None
    return last if last.new_account_sealed == shop.payout_account_sealed else None


def masked_account(shop: Shop) -> str:
    """Return a shop's payout account with all but its end hidden; empty without one."""
    return masked(shop.payout_account_sealed)


def owners_of(shop_id: int) -> list[ShopMember]:
    """Return the people who own a shop, the longest there first."""
    owners = ShopMember.objects.filter(shop_id=shop_id, role=MemberRole.OWNER)
    return list(owners.select_related("user").order_by("since", "pk"))


def closing_due(*, at: datetime) -> QuerySet[Shop]:
    """Return the open shops whose planned closure has begun."""
    return Shop.objects.filter(state=ShopState.APPROVED, closing_from__lte=at).order_by("pk")


def closing() -> QuerySet[Shop]:
    """Return the shops that take no orders any more and end what is open."""
    return Shop.objects.filter(state=ShopState.CLOSING).order_by("pk")


def methods_of(shop_id: int) -> QuerySet[ShippingMethod]:
    """Return the ways of sending that a shop offers, the cheapest first piece first."""
    return ShippingMethod.objects.filter(shop_id=shop_id, active=True)


def discounts_of(*, shop_id: int, at: datetime) -> QuerySet[Discount]:
    """Return the discounts of a shop that hold at a moment, the smallest sum first."""
    running = Q(until=None) | Q(until__gt=at)
    return Discount.objects.filter(running, shop_id=shop_id, since__lte=at).order_by("from_minor")


Shares = QuerySet[Share]


def shares_of(shop_id: int) -> Shares:
    """Return every share a shop ever proposed, the newest first."""
    shares = Share.objects.filter(shop_id=shop_id).select_related("user", "shop")
    return shares.prefetch_related("entries__by").order_by("-pk")


def shares_for(user_id: int) -> Shares:
    """Return every share a person was ever offered, the newest first."""
    shares = Share.objects.filter(user_id=user_id).select_related("shop", "user")
    return shares.prefetch_related("entries__by").order_by("-pk")


def shares_ever_agreed(shop_ids: Iterable[int]) -> list[Share]:
    """Return the shares of some shops that were ever agreed, ended ones too; see rules.in_force.

    In the order in which they were agreed.
    """
    agreed = Share.objects.filter(shop_id__in=shop_ids, state=ShareState.AGREED)
    return list(agreed.order_by("agreed_at", "pk"))


def open_shares(*, shop_id: int, at: datetime) -> Shares:
    """Return the shares that wait for consent, are in force or will be."""
    running = Q(state=ShareState.AGREED) & (Q(ended_at=None) | Q(ended_at__gt=at))
    shares = Share.objects.filter(running | Q(state=ShareState.PROPOSED), shop_id=shop_id)
    return shares.order_by("pk")


@dataclass(frozen=True, slots=True)
class SharesShown:
    """What the public may know: how much goes to how many people; ten-thousandths."""

    total_bp: int
    people: int

    @property
    def percent(self) -> str:
        """As people read it."""
        return f"{self.total_bp / 100:g}"


def shares_shown(shop_id: int, *, at: datetime) -> SharesShown | None:
    """Return which part of the goods, after commission, goes to a shop's people; None without."""
    agreed = Share.objects.filter(shop_id=shop_id, state=ShareState.AGREED, since__lte=at)
    parts = list(
        agreed.filter(Q(ended_at=None) | Q(ended_at__gt=at)).values_list("share_bp", flat=True)
    )
    return SharesShown(sum(parts), len(parts)) if parts else None


def share_account(*, user_id: int, at: datetime) -> ShareAccount | None:
    """Return where a person's shares were paid to at a moment; what left then goes nowhere else."""
    return ShareAccount.objects.filter(user_id=user_id, at__lte=at).order_by("-at", "-pk").first()


def _rows(user_id: int | None, shop_id: int) -> QuerySet[ShopMember]:
    """Return the one row that a person has in a shop, or none."""
    if user_id is None:
        return ShopMember.objects.none()
    return ShopMember.objects.filter(shop_id=shop_id, user_id=user_id)
