"""People: as the services make real ones, or the bare row for whoever need not sign up."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from marketplace.accounts import second_factor, services, terms
from marketplace.accounts.models import Role, User

PASSWORD = "correct-horse-battery"
_numbers = count(1)


def make_person(**fields: object) -> User:
    """Return a user with an e-mail address of its own and no password: the row alone, quickly."""
    fields.setdefault("email", f"person{next(_numbers)}@example.org")
    person = User.objects.create(password="!", **fields)
    if second_factor.is_needed(person):
        second_factor.give(user_id=person.pk, at=person.date_joined)
    return person


def make_user(*, role: str = "", at: datetime | None = None, **facts: object) -> User:
    """Return a user with an e-mail address of its own, and a further role if asked."""
    at = at or datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    if not facts.keys() & {"email", "phone"}:
        facts["email"] = f"person{next(_numbers)}@example.org"
    user = services.create_user(password=PASSWORD, at=at, **facts)
    terms.accept(user_id=user.pk, version=terms.in_force().version, at=at)
    if role:
        services.grant_role(user_id=user.pk, role=role, by_id=None, at=at)
        user.refresh_from_db()
    return user


def make_staff(**facts: object) -> User:
    """Return a member of the platform's staff, who has set up a second factor."""
    staff = make_user(role=Role.STAFF, **facts)
    second_factor.give(user_id=staff.pk, at=staff.date_joined)
    return staff


def code_of(user: User, *, at: datetime | None = None) -> str:
    """Return what the person's authenticator app shows (now, or at a moment)."""
    secret = second_factor.secret_of(user_id=user.pk)
    moment = at or datetime.now(UTC)
    return format_hotp_value(hotp_value(secret, int(moment.timestamp()) // 30))
