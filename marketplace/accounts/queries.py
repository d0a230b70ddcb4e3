"""Reads about people."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from marketplace.accounts import rules
from marketplace.accounts.models import Address, User, UserRole
from marketplace.accounts.sealing import keyed_hash, masked

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


def phone_hash(phone: str) -> str:
    """Return the keyed hash under which an E.164 number is found."""
    return keyed_hash(phone, purpose="phone")


def by_phone(phone: str) -> User | None:
    """Find the person who has this number; None when nobody has, or it is no number."""
    try:
        number = rules.e164(phone)
    except ValueError:
        return None
    return User.objects.filter(phone_hash=phone_hash(number)).first()


def addresses_of(user_id: int) -> QuerySet[Address]:
    """Return a person's addresses, the newest first."""
    return Address.objects.filter(user_id=user_id).order_by("-pk")


def masked_phone(user: User) -> str:
    """Return a person's number with all but its last two digits hidden; empty without one."""
    return masked(user.phone_sealed)


def demo_people() -> QuerySet[User]:
    """Return the seeded people, with their roles."""
    return (
        User.objects.filter(email__endswith=DEMO_DOMAIN, is_active=True)
        .prefetch_related("roles")
        .order_by("pk")
    )
