"""Guests: people who buy without opening an account, the link to their orders, and the way in.

What a guest types to be reached by is nobody's name here: nothing is looked up under it, so a
stranger who types another person's address learns nothing and disturbs nobody.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts import rules, services
from marketplace.accounts.columns import canonical_email
from marketplace.accounts.models import GuestLink, Role, User
from marketplace.errors import BadInput, NotAllowed
from marketplace.outbox import services as outbox

LINK_KEPT = timedelta(days=180)  # as long as a buyer may still need an order's papers at hand
_CONTACT_MAX = 254  # RFC 5321: no address is longer


def contact_from(text: str) -> str:
    """Return an e-mail address in its one form, or a phone number as E.164.

    Raises BadInput when it is neither.
    """
    text = text.strip()
    if "@" not in text:
        try:
            return rules.e164(text)
        except ValueError as error:
            raise _unusable() from error
    email = canonical_email(text)
    try:
        validate_email(email)
    except ValidationError as error:
        raise _unusable() from error
    if len(email) > _CONTACT_MAX:
        raise _unusable()
    return email


@transaction.atomic
def create_guest(*, contact: str, country: str, language: str, at: datetime) -> User:
    """Store a person who buys without an account, with a live link; `country` is ISO 3166-1.

    Nobody who has an account with this address or number is looked for, told or touched.
    Raises BadInput when nobody can be reached there, or there is no such country.
    """
    if country not in rules.COUNTRIES:
        raise BadInput(_("There is no such country."), field="country")
    user = User(
        guest=True,
        guest_contact_sealed=contact_from(contact),
        country=country,
        language=language,
    )
    user.set_unusable_password()
    user.save()
    outbox.record(action="guest.created", actor=user.ref, subject=user.ref, data={}, at=at)
    services.grant_role(user_id=user.pk, role=Role.BUYER, by_id=None, at=at)
    _new_link(user, at=at)
    return user


def reach(user: User) -> tuple[str, str]:
    """Return a person's e-mail address and phone number to write to; one may be empty."""
    if not user.guest:
        return user.email or "", user.phone_sealed
    contact = user.guest_contact_sealed
    return (contact, "") if "@" in contact else ("", contact)


def refuse_guest(*, user_id: int) -> None:
    """Raise NotAllowed for a guest: selling, staff work and credit need an account."""
    if User.objects.filter(pk=user_id, guest=True).exists():
        raise NotAllowed(_("Please open an account first: you are here as a guest."))


@transaction.atomic
def door_of(*, user_id: int, at: datetime) -> str:
    """Return the path that opens a guest's orders in any browser, for a message to the guest.

    A link that ran out by itself is followed by a new one; one that was revoked is not: empty
    then, and for people who are no guests.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if not user.guest:
        return ""
    link = GuestLink.objects.filter(user=user, revoked_at=None).first()
    if link is not None and link.expires_at <= at:
        _revoke(user, at=at)
        link = _new_link(user, at=at)
    return reverse("accounts:guest_link", args=[link.token_sealed]) if link else ""


@transaction.atomic
def renew_link(*, user_id: int, at: datetime) -> GuestLink:
    """Make the guest's link void and give a new one. Raises NotAllowed for people with accounts."""
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if not user.guest:
        raise NotAllowed(_("You have an account: sign in to see your orders."))
    _revoke(user, at=at)
    outbox.record(action="guest.link_renewed", actor=user.ref, subject=user.ref, data={}, at=at)
    return _new_link(user, at=at)


@transaction.atomic
def revoke_links(*, user_id: int, by_id: int, at: datetime) -> None:
    """Make a guest's link void without another one, by staff. Safe to repeat.

    Raises NotAllowed to all but staff.
    """
    by = User.objects.get(pk=by_id)
    if not (by.is_staff and by.is_active):
        raise NotAllowed(_("Only staff may do this."))
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if _revoke(user, at=at):
        outbox.record(action="guest.link_revoked", actor=by.ref, subject=user.ref, data={}, at=at)


def open_link(*, token: str, at: datetime) -> User | None:
    """Return the guest whose live link this is; None for every other token, without saying why."""
    live = GuestLink.objects.filter(
        token_hash=_hashed(token), revoked_at=None, expires_at__gt=at, user__guest=True
    )
    link = live.select_related("user").first()
    return link.user if link is not None and link.user.is_active else None


@transaction.atomic
def claim(*, user_id: int, contact: str, at: datetime) -> User:
    """Turn a guest into a person with an account, reached by the proved `contact`.

    For whoever has just shown the code that was sent there; the guest's link is void from then
    on. Safe to repeat: a person with an account stays as he is. Raises BadInput when the contact
    has an account already, NotAllowed when it is not the one given at the checkout: a link that
    fell into wrong hands must not become a stranger's account.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if not user.guest:
        return user
    contact = contact_from(contact)
    if contact != user.guest_contact_sealed:
        raise NotAllowed(_("An account can be opened with the address of your order alone."))
    is_email = "@" in contact
    services.refuse_taken(email=contact if is_email else "", phone="" if is_email else contact)
    user.guest, user.guest_contact_sealed = False, ""
    if is_email:
        user.email = contact
    else:
        user.phone_sealed, user.phone_verified_at = contact, at
    user.save()
    _revoke(user, at=at)
    outbox.record(action="guest.claimed", actor=user.ref, subject=user.ref, data={}, at=at)
    return user


def _new_link(user: User, *, at: datetime) -> GuestLink:
    token = secrets.token_urlsafe(24)
    return GuestLink.objects.create(
        user=user,
        token_hash=_hashed(token),
        token_sealed=token,
        created_at=at,
        expires_at=at + LINK_KEPT,
    )


def _revoke(user: User, *, at: datetime) -> int:
    live = GuestLink.objects.filter(user=user, revoked_at=None)
    return live.update(revoked_at=at, token_sealed="")


def _hashed(token: str) -> str:
    """A token has 192 random bits: a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def _unusable() -> BadInput:
    return BadInput(
        _("Give an e-mail address, or a phone number with its country code."), field="contact"
    )
