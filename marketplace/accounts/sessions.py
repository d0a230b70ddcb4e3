"""Sessions in PostgreSQL: the key stored hashed, the contents sealed, each tied to its person.

Named by settings.SESSION_ENGINE. A copy of the database neither opens a session nor tells what
is in one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from marketplace.accounts.models import Session
from marketplace.accounts.sealing import KeyMissing, seal, unseal
from marketplace.prepared import Given, Prepared

_OPEN = Prepared(
    lambda: Session.objects.filter(session_key=Given("key"), expire_date__gt=Given("now"))
)
# What the door (door.py) keeps in a signed-in session; times are seconds since 1970.
SINCE, SEEN, DEVICE = "signed_in_at", "seen_at", "device"


def stored_key(session_key: str | None) -> str:
    """Return the name under which a session is stored: 160 bits of SHA-256 of its key.

    The key is 165 random bits, so a plain hash cannot be turned back.
    """
    return hashlib.sha256((session_key or "").encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    """Django's database sessions with hashed keys and sealed contents."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return our table."""
        return Session

    def _get_session_from_db(self) -> Session | None:
        found = _OPEN.first(key=stored_key(self.session_key), now=timezone.now())
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        """Say whether a session has this key."""
        return Session.objects.filter(session_key=stored_key(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        """Forget a session."""
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(session_key=stored_key(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row for the current state."""
        user_id = data.get(SESSION_KEY)
        return Session(
            session_key=stored_key(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=int(user_id) if user_id else None,
        )

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Seal."""
        return seal(json.dumps(session_dict, separators=(",", ":")))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Unseal; what cannot be read any more (an old key, a forged row) is an empty session."""
        try:
            found: dict[str, Any] = json.loads(unseal(str(session_data)))
        except (InvalidTag, KeyMissing, ValueError):
            return {}
        return found


@dataclass(frozen=True)
class SignedIn:
    """One place where a person is signed in; `which` names it to its owner."""

    which: str
    device: str
    since: datetime | None
    seen: datetime | None
    here: bool


def of_user(*, user_id: int, here: str | None, at: datetime) -> list[SignedIn]:
    """Return where a person is signed in, the last seen first; `here` is the present key."""
    store, present = SessionStore(), stored_key(here)
    found = []
    for row in Session.objects.filter(user_id=user_id, expire_date__gt=at):
        data = store.decode(row.session_data)
        found.append(
            SignedIn(
                which=row.session_key,
                device=str(data.get(DEVICE, "")),
                since=_moment(data.get(SINCE)),
                seen=_moment(data.get(SEEN)),
                here=row.session_key == present,
            )
        )
    return sorted(found, key=lambda place: (not place.here, -(place.seen or at).timestamp()))


def end_one(*, user_id: int, which: str) -> None:
    """End one of a person's own sessions. Safe to repeat."""
    Session.objects.filter(user_id=user_id, session_key=which).delete()


def end_all(*, user_id: int, but: str | None = None) -> None:
    """End a person's sessions, all but the one with the key `but`. Safe to repeat."""
    Session.objects.filter(user_id=user_id).exclude(
        session_key=stored_key(but) if but else ""
    ).delete()


def sweep(*, at: datetime) -> None:
    """Delete sessions that have ended."""
    Session.objects.filter(expire_date__lt=at).delete()


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int | float):
        return None
    return datetime.fromtimestamp(seconds, tz=timezone.get_default_timezone())
