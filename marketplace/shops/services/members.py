"""The people who work in a shop: invited, joined, given another role, removed.

Every change locks the shop first, so that two owners who act at once act one after the other.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.accounts import guests
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import User
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox import services as inbox
from marketplace.outbox import services as outbox
from marketplace.shops import queries, rules
from marketplace.shops.models import InvitationState, MemberRole, Shop, ShopInvitation, ShopMember
from marketplace.shops.rules import Act
from marketplace.shops.services.shop import locked

_DAY = timedelta(days=1)


@transaction.atomic
def invite_member(
    *, shop_id: int, by_id: int, role: str, contact: str = "", at: datetime
) -> tuple[ShopInvitation, str]:
    """Ask a person to work in the shop as packer or bookkeeper; return the invitation and a token.

    The token opens the invitation once and is stored nowhere: the owner sends the link himself.
    With the `contact` (e-mail address or phone number) of an account, that account alone may
    accept, and finds the invitation in its messages. Without such an account nobody can accept,
    and the answers are the same, also to whoever tries the link: nobody learns who has one.
    Raises NotAllowed to all but owners, BadInput for another role, WrongState when too many
    invitations are open or were made within a day.
    """
    shop = locked(shop_id=shop_id)
    queries.require(user_id=by_id, shop_id=shop_id, act=Act.MANAGE_MEMBERS)
    if role not in rules.INVITED_ROLES:
        raise BadInput(_("Choose what this person will do in the shop."), field="role")
    if queries.open_invitations(shop_id=shop_id, at=at).count() >= rules.INVITATIONS_OPEN_MAX:
        raise WrongState(_("Too many invitations are open. Withdraw those nobody needs."))
    if queries.invitations_by(user_id=by_id, since=at - _DAY) >= rules.INVITATIONS_A_DAY_MAX:
        raise WrongState(_("You have made many invitations today. Please go on tomorrow."))
    invited = account_of(contact=contact)
    token = secrets.token_urlsafe(32)
    invitation = ShopInvitation.objects.create(
        shop=shop,
        role=role,
        # For a contact without account: the hash of a token that nobody has.
        token_hash=_hashed(token if invited or not contact.strip() else secrets.token_urlsafe(32)),
        for_user=invited,
        by_id=by_id,
        created_at=at,
        due_at=at + timedelta(days=rules.INVITATION_DAYS),
    )
    _record("member.invited", invitation, by_id, at=at)
    if invited is not None:
        _tell_invited(invitation, invited, at=at)
    return invitation, token


@transaction.atomic
def accept(
    *, user_id: int, token: str = "", invitation_id: int | None = None, at: datetime
) -> ShopMember:
    """Join a shop: with the link's token, or an invitation made out to this person.

    Safe to repeat by whoever accepted. Raises NotAllowed for what is somebody else's, unknown,
    used or out of time, all in the same words; WrongState for people who are in the shop already.
    """
    invitation = _found(user_id, token, invitation_id)
    if invitation is None:
        raise _void()
    guests.refuse_guest(user_id=user_id)
    shop = locked(shop_id=invitation.shop_id)
    invitation = ShopInvitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    member = ShopMember.objects.filter(shop=shop, user_id=user_id).first()
    if member is not None and invitation.accepted_by_id == user_id:
        return member
    if invitation.state != InvitationState.OPEN or invitation.due_at <= at:
        raise _void()
    if not queries.may(
        user_id=invitation.by_id, shop_id=invitation.shop_id, act=Act.MANAGE_MEMBERS
    ):
        raise _void()  # who made it may not invite any more
    if member is not None:
        raise WrongState(_("You work in this shop already."))
    member = ShopMember.objects.create(shop=shop, user_id=user_id, role=invitation.role, since=at)
    invitation.state = InvitationState.ACCEPTED
    invitation.accepted_at, invitation.accepted_by_id = at, user_id
    invitation.save(update_fields=["state", "accepted_at", "accepted_by"])
    _record("member.joined", invitation, user_id, at=at, user_id=user_id)
    _tell_owner(shop, member, at=at)
    return member


@transaction.atomic
def withdraw(*, invitation_id: int, by_id: int, at: datetime) -> ShopInvitation:
    """Make an open invitation void. Safe to repeat.

    Raises NotAllowed to all but owners, WrongState when it was accepted.
    """
    shop_id = ShopInvitation.objects.values_list("shop_id", flat=True).get(pk=invitation_id)
    locked(shop_id=shop_id)
    queries.require(user_id=by_id, shop_id=shop_id, act=Act.MANAGE_MEMBERS)
    invitation = ShopInvitation.objects.select_for_update(no_key=True).get(pk=invitation_id)
    if invitation.state == InvitationState.WITHDRAWN:
        return invitation
    if invitation.state == InvitationState.ACCEPTED:
        raise WrongState(_("This invitation was accepted. Remove the person instead."))
    invitation.state = InvitationState.WITHDRAWN
    invitation.save(update_fields=["state"])
    _record("invitation.withdrawn", invitation, by_id, at=at)
    return invitation


@transaction.atomic
def change_role(*, member_id: int, role: str, by_id: int, at: datetime) -> ShopMember:
    """Give a person in the shop another role; it holds from the next click. Safe to repeat.

    Raises NotAllowed to all but owners, BadInput for an unknown role, WrongState for the person
    who answers for the shop.
    """
    if role not in MemberRole.values:
        raise BadInput(_("There is no such role."), field="role")
    shop, member = _owned(member_id, by_id)
    if member.role == role:
        return member
    _refuse_holder(shop, member)
    before, member.role = member.role, MemberRole(role)
    member.save(update_fields=["role"])
    data = {"user_id": member.user_id, "before": before, "after": role}
    _log("member.role_changed", shop, by_id, data, at=at)
    with override(member.user.language):
        _tell_member(
            shop,
            member,
            "role_changed",
            _("Your role in %(shop)s has changed") % {"shop": shop.name},
            _("You are now: %(role)s.") % {"role": member.get_role_display()},
            at=at,
        )
    return member


@transaction.atomic
def remove_member(*, member_id: int, by_id: int, at: datetime) -> None:
    """End a person's work in the shop, by an owner or by the person; access ends at once.

    Safe to repeat. Raises NotAllowed to others, WrongState for the person who answers for the
    shop: so the last owner cannot go.
    """
    if not ShopMember.objects.filter(pk=member_id).exists():
        return
    shop, member = _owned(member_id, by_id, or_self=True)
    _refuse_holder(shop, member)
    member.delete()
    data = {"user_id": member.user_id, "role": member.role}
    _log("member.removed", shop, by_id, data, at=at)
    with override(member.user.language):
        _tell_member(
            shop,
            member,
            "removed",
            _("You no longer work in %(shop)s") % {"shop": shop.name},
            _("You no longer see its orders and goods."),
            at=at,
        )


def account_of(*, contact: str) -> User | None:
    """Return the account with this e-mail address or phone number, or None."""
    contact = contact.strip()
    if not contact:
        return None
    if "@" in contact:
        return User.objects.filter(email=contact.lower()).first()
    return accounts.by_phone(contact)


def _hashed(token: str) -> str:
    """A token has 256 random bits: a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def _found(user_id: int, token: str, invitation_id: int | None) -> ShopInvitation | None:
    if invitation_id is not None:
        return ShopInvitation.objects.filter(pk=invitation_id, for_user_id=user_id).first()
    invitation = ShopInvitation.objects.filter(token_hash=_hashed(token)).first()
    if invitation is not None and invitation.for_user_id not in (None, user_id):
        return None
    return invitation


def _void() -> NotAllowed:
    return NotAllowed(_("This invitation is not valid any more. Ask the shop for a new one."))


def _owned(member_id: int, by_id: int, *, or_self: bool = False) -> tuple[Shop, ShopMember]:
    """Return a member with the shop, both locked, for an owner of the shop."""
    shop_id, user_id = ShopMember.objects.values_list("shop_id", "user_id").get(pk=member_id)
    shop = locked(shop_id=shop_id)
    if not (or_self and by_id == user_id):
        queries.require(user_id=by_id, shop_id=shop_id, act=Act.MANAGE_MEMBERS)
    member = ShopMember.objects.select_for_update(no_key=True, of=["self"]).select_related("user")
    return shop, member.get(pk=member_id)


def _refuse_holder(shop: Shop, member: ShopMember) -> None:
    """Strikes, payouts and decisions are made out to this person; that cannot be handed on here."""
    if shop.owner_id == member.user_id:
        raise WrongState(_("This person answers for the shop and stays its owner."))


def _record(
    action: str, invitation: ShopInvitation, by_id: int, *, at: datetime, **more: object
) -> None:
    data = {"invitation_id": invitation.pk, "role": invitation.role, **more}
    _log(action, invitation.shop, by_id, data, at=at)


def _log(action: str, shop: Shop, by_id: int, data: dict[str, object], *, at: datetime) -> None:
    outbox.record(action=action, actor=f"user:{by_id}", subject=shop.ref, data=data, at=at)


def _tell_invited(invitation: ShopInvitation, invited: User, *, at: datetime) -> None:
    with override(invited.language):
        inbox.notify(
            user_id=invited.pk,
            kind="member.invited",
            key=f"member.invited:{invitation.pk}",
            subject=_("%(shop)s invites you to work in the shop") % {"shop": invitation.shop.name},
            body=_("Your role would be: %(role)s. Accept only if you know the shop.")
            % {"role": invitation.get_role_display()},
            link=reverse("shops:invitations"),
            at=at,
        )


def _tell_owner(shop: Shop, member: ShopMember, *, at: datetime) -> None:
    with override(shop.owner.language):
        inbox.notify(
            user_id=shop.owner_id,
            kind="member.joined",
            key=f"member.joined:{member.pk}",
            subject=_("Somebody new works in %(shop)s") % {"shop": shop.name},
            body=_(
                "%(name)s accepted your invitation. Role: %(role)s. Not who you meant? Remove it."
            )
            % {"name": member.user, "role": member.get_role_display()},
            link=reverse("shops:members"),
            at=at,
        )


def _tell_member(
    shop: Shop, member: ShopMember, what: str, subject: str, body: str, *, at: datetime
) -> None:
    inbox.notify(
        user_id=member.user_id,
        kind=f"member.{what}",
        key=f"member.{what}:{shop.pk}:{member.user_id}:{at.isoformat()}",
        subject=subject,
        body=body,
        link=reverse("inbox:list"),
        at=at,
    )
