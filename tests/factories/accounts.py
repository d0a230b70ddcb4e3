"""People: as the services make real ones, or the bare row for whoever need not sign up."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from marketplace.accounts import services
from marketplace.accounts.models import Role, User

PASSWORD = "correct-horse-battery"
_numbers = count(1)


def make_person(**fields: object) -> User:
    """Return a user with an e-mail address of its own and no password: the row alone, quickly."""
    fields.setdefault("email", f"person{next(_numbers)}@example.org")
    return User.objects.create(password="!", **fields)


def make_user(*, role: str = "", at: datetime | None = None, **facts: object) -> User:
    """Return a user with an e-mail address of its own, and a further role if asked."""
    at = at or datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    if not facts.keys() & {"email", "phone"}:
        facts["email"] = f"person{next(_numbers)}@example.org"
    user = services.create_user(password=PASSWORD, at=at, **facts)
    if role:
        services.grant_role(user_id=user.pk, role=role, by_id=None, at=at)
        user.refresh_from_db()
    return user


def make_staff(**facts: object) -> User:
    """Return a member of the platform's staff."""
    return make_user(role=Role.STAFF, **facts)
