"""Reads about people."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from marketplace.accounts import rules
from marketplace.accounts.models import Address, IdentityState, TraderIdentity, User, UserRole
from marketplace.accounts.sealing import masked, masked_email

# Seeded people live in this reserved domain (RFC 2606); nobody can receive its mail.
DEMO_DOMAIN = "@demo.example"


def has_role(user: AbstractBaseUser | AnonymousUser, role: str) -> bool:
    """Say whether a signed-in person holds `role`."""
    return bool(
        user.is_authenticated
        and user.is_active
        and UserRole.objects.filter(user_id=user.pk, role=role).exists()
    )


def roles_of(user_id: int) -> set[str]:
    """Return the roles of a person."""
    return set(UserRole.objects.filter(user_id=user_id).values_list("role", flat=True))


def by_phone(phone: str) -> User | None:
    """Find the person who has this number; None when nobody has, or it is no number."""
    try:
        number = rules.e164(phone)
    except ValueError:
        return None
    return User.objects.filter(phone_hash__of=number).first()


def addresses_of(user_id: int) -> QuerySet[Address]:
    """Return a person's addresses, the newest first."""
    return Address.objects.filter(user_id=user_id).order_by("-pk")


def masked_phone(user: User) -> str:
    """Return a person's number with all but its last two digits hidden; empty without one."""
    return masked(user.phone_sealed)


def shown_email(user: User) -> str:
    """Return a person's address for other people's eyes: first letter and domain."""
    return masked_email(user.email)


def masked_contact(user: User) -> str:
    """Return where a guest is reached, mostly hidden; empty for people who are no guests."""
    contact = user.guest_contact_sealed
    return masked_email(contact) if "@" in contact else masked(contact)


def demo_people() -> list[User]:
    """Return the seeded people, with their roles.

    Opens every address, since parts of sealed ones cannot be searched: for the demo alone.
    """
    people = User.objects.filter(email__isnull=False, is_active=True).prefetch_related("roles")
    return [one for one in people.order_by("pk") if (one.email or "").endswith(DEMO_DOMAIN)]


def identity_of(user_id: int) -> TraderIdentity | None:
    """Return what a person stated about himself as a trader; None when nothing yet."""
    return TraderIdentity.objects.filter(user_id=user_id).first()


def has_proven_contact(user_id: int) -> bool:
    """Say whether a person proved to read an e-mail address, or to hold the phone number.

    People whom the operator's own command made have no address that waits for a confirmation.
    """
    user = User.objects.get(pk=user_id)
    if user.phone_verified_at is not None:
        return True
    known = EmailAddress.objects.filter(user_id=user_id)
    return bool(user.email) and (not known.exists() or known.filter(verified=True).exists())


def is_verified_trader(user_id: int) -> bool:
    """Say whether staff have verified who this trader is."""
    return TraderIdentity.objects.filter(user_id=user_id, state=IdentityState.VERIFIED).exists()


def masked_identity(identity: TraderIdentity) -> list[tuple[str, str]]:
    """Return a trader's facts as (label, masked value), for pages; empty ones are left out."""
    rows = [
        (_("Legal name"), _initials(identity.legal_name_sealed)),
        (_("Country"), identity.country),
        (_("Street, town, postcode"), "••••••" if identity.street_sealed else ""),
        (_("Phone number"), masked(identity.phone_sealed)),
        (_("E-mail address"), masked_email(identity.email_sealed)),
        (_("Trade register"), identity.register_name),
        (_("Number in the register"), masked(identity.register_number_sealed)),
        (_("VAT or tax number"), masked(identity.vat_number_sealed)),
        (_("Holder of the payment account"), _initials(identity.payment_holder_sealed)),
        (_("Payment account"), masked(identity.payment_account_sealed)),
        (_("Document"), identity.get_document_kind_display()),
        (_("Number of the document"), masked(identity.document_number_sealed)),
    ]
    return [(str(label), str(value)) for label, value in rows if value]


def _initials(name: str) -> str:
    return " ".join(f"{word[0]}•••" for word in name.split())
