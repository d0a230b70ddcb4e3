"""Every change of a person's account. Each act is recorded in the audit trail."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts import queries, rules, sessions
from marketplace.accounts.columns import canonical_email
from marketplace.accounts.models import Address, Role, User, UserRole
from marketplace.errors import BadInput, NotAllowed
from marketplace.outbox import services as outbox


@transaction.atomic
def create_user(
    *,
    email: str | None = None,
    phone: str | None = None,
    password: str | None,
    display_name: str = "",
    country: str = "",
    at: datetime,
) -> User:
    """Open an account for a person reached by e-mail, phone or both; everyone is a buyer.

    `password` None leaves the account without one; `country` is an ISO 3166-1 code.
    Raises BadInput if there is no way to reach the person, or the address, the number or the
    country cannot be used.
    """
    email = canonical_email(email or "")
    phone = _parsed(phone) if phone else ""
    if not (email or phone):
        raise BadInput(_("Give a phone number or an e-mail address, so that we can reach you."))
    _check_country(country)
    refuse_taken(email=email, phone=phone)
    user = User.objects.create(
        email=email or None,
        phone_sealed=phone,
        password=make_password(password),
        display_name=display_name,
        country=country,
    )
    outbox.record(action="user.created", actor=user.ref, subject=user.ref, data={}, at=at)
    grant_role(user_id=user.pk, role=Role.BUYER, by_id=None, at=at)
    return user


@transaction.atomic
def set_phone(*, user_id: int, phone: str, verified: bool, at: datetime) -> User:
    """Give a person a phone number, sealed; `verified` when the person proved to hold it.

    Raises BadInput if the number cannot exist or belongs to somebody else.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    phone = _parsed(phone)
    if user.phone_sealed != phone:
        refuse_taken(email="", phone=phone)
    user.phone_sealed = phone
    user.phone_verified_at = at if verified else None
    user.save(update_fields=["phone_sealed", "phone_hash", "phone_verified_at"])
    data = {"verified": verified}
    outbox.record(action="user.phone_set", actor=user.ref, subject=user.ref, data=data, at=at)
    return user


@transaction.atomic
def set_profile(
    *, user_id: int, display_name: str, country: str, language: str, at: datetime
) -> User:
    """Change how a person is addressed: name shown, ISO 3166-1 country, language code.

    Raises BadInput if the country is not known.
    """
    _check_country(country)
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    user.display_name, user.country, user.language = display_name.strip(), country, language
    user.save(update_fields=["display_name", "country", "language"])
    data = {"country": country, "language": language}
    outbox.record(action="user.profile_set", actor=user.ref, subject=user.ref, data=data, at=at)
    return user


@transaction.atomic
def set_active(*, user_id: int, active: bool, by_id: int, at: datetime) -> User:
    """Close a person's account to log-ins, or open it again. Safe to repeat.

    Raises NotAllowed if `by_id` may not, or would lock out himself.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    by = User.objects.get(pk=by_id)
    if not by.is_staff or by_id == user_id or (user.is_staff and not by.is_superuser):
        raise NotAllowed(_("You may not open or close this account."))
    if user.is_active != active:
        user.is_active = active
        user.save(update_fields=["is_active"])
        sessions.end_all(user_id=user_id)
        action = "user.reopened" if active else "user.closed"
        outbox.record(action=action, actor=by.ref, subject=user.ref, data={}, at=at)
    return user


@transaction.atomic
def grant_role(*, user_id: int, role: str, by_id: int | None, at: datetime) -> UserRole:
    """Give a person a role; `by_id` None stands for the platform itself. Safe to repeat.

    Platform staff may open the admin. Raises NotAllowed if `by_id` may not give this role,
    BadInput if there is no such role.
    """
    if role not in Role.values:
        raise BadInput(_("There is no such role."))
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if user.guest and role != Role.BUYER:
        raise NotAllowed(_("A guest has no account yet, and can only buy."))
    actor = _actor_for(role, by_id)
    granted, created = UserRole.objects.get_or_create(
        user=user, role=role, defaults={"granted_by_id": by_id, "granted_at": at}
    )
    if created:
        _set_staff(user, role, is_staff=True)
        data = {"role": str(role)}
        outbox.record(action="role.granted", actor=actor, subject=user.ref, data=data, at=at)
    return granted


@transaction.atomic
def revoke_role(*, user_id: int, role: str, by_id: int | None, at: datetime) -> None:
    """Take a role from a person; `by_id` None stands for the platform itself. Safe to repeat.

    Raises NotAllowed if `by_id` may not take this role.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    actor = _actor_for(role, by_id)
    deleted, _counts = UserRole.objects.filter(user=user, role=role).delete()
    if deleted:
        _set_staff(user, role, is_staff=user.is_superuser)
        data = {"role": str(role)}
        outbox.record(action="role.revoked", actor=actor, subject=user.ref, data=data, at=at)


@transaction.atomic
def add_address(*, user_id: int, recipient: str, lines: str, country: str, at: datetime) -> Address:
    """Store where a person's goods go; all but the ISO 3166-1 country is sealed.

    Raises BadInput if a part is missing or the country is not known.
    """
    if not recipient.strip():
        raise BadInput(_("Say who receives the goods."), field="recipient")
    if not lines.strip():
        raise BadInput(_("Give the street, town and postcode."), field="lines")
    if not country:
        raise BadInput(_("Choose a country."), field="country")
    _check_country(country)
    address = Address.objects.create(
        user_id=user_id,
        recipient_sealed=recipient.strip(),
        lines_sealed=lines.strip(),
        country=country,
        created_at=at,
    )
    who, data = f"user:{user_id}", {"address_id": address.pk}
    outbox.record(action="address.added", actor=who, subject=who, data=data, at=at)
    return address


@transaction.atomic
def delete_address(*, user_id: int, address_id: int, at: datetime) -> None:
    """Forget one of a person's addresses; orders keep their own copy. Safe to repeat."""
    deleted, _counts = Address.objects.filter(pk=address_id, user_id=user_id).delete()
    if deleted:
        who, data = f"user:{user_id}", {"address_id": address_id}
        outbox.record(action="address.deleted", actor=who, subject=who, data=data, at=at)


def _parsed(phone: str) -> str:
    try:
        return rules.e164(phone)
    except ValueError as error:
        reason = _("Give the whole phone number with its country code, such as +250 788 123 456.")
        raise BadInput(reason, field="phone") from error


def _check_country(country: str) -> None:
    if country and country not in rules.COUNTRIES:
        raise BadInput(_("There is no such country."), field="country")


def refuse_taken(*, email: str, phone: str) -> None:
    """Raise BadInput when somebody has this address or number; the database holds the rule."""
    if email and User.objects.filter(email=email).exists():
        raise BadInput(_("This e-mail address already has an account."), field="email")
    if phone and queries.by_phone(phone) is not None:
        raise BadInput(_("This phone number already has an account."), field="phone")


def _actor_for(role: str, by_id: int | None) -> str:
    if by_id is None:
        return "system"
    by = User.objects.get(pk=by_id)
    if not rules.may_grant(
        role,
        granter_is_staff=by.is_staff and by.is_active,
        granter_is_superuser=by.is_superuser and by.is_active,
    ):
        raise NotAllowed(_("You may not give or take this role."))
    return by.ref


def _set_staff(user: User, role: str, *, is_staff: bool) -> None:
    if role == Role.STAFF:
        user.is_staff = is_staff
        user.save(update_fields=["is_staff"])
        sessions.end_all(user_id=user.pk)  # more or fewer rights begin with a fresh log-in
