"""The second factor: who has one, what a session has shown of it, and how a lost one is replaced.

allauth makes, shows and checks codes; secrets stand in its table sealed (AccountMfaAdapter).
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from marketplace.accounts import sessions
from marketplace.accounts.models import User
from marketplace.accounts.sealing import seal, unseal
from marketplace.errors import NotAllowed
from marketplace.outbox import services as outbox

METHOD = "mfa"  # allauth's word in the records of a session


def is_on(*, user_id: int) -> bool:
    """Say whether a person's log-ins ask for a code."""
    own = Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP)
    return bool(own.exists())


def is_needed(user: User) -> bool:
    """Say whether this person may work only after a second factor: all staff."""
    return user.is_staff or user.is_superuser


def was_shown(request: HttpRequest, user: User) -> bool:
    """Say whether this session's person has shown the second factor in it."""
    records = get_authentication_records(request, user)
    return any(record["method"] == METHOD for record in records)


def note_shown(request: HttpRequest, user: User) -> None:
    """Note in the session that its person has shown the second factor now."""
    record_authentication(request, user, METHOD)


@transaction.atomic
def give(*, user_id: int, secret: str = "", at: datetime) -> None:
    """Give a person a TOTP secret (base32) and recovery codes without a page. Safe to repeat.

    For people whom no browser sets up: seeded ones.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if is_on(user_id=user_id):
        return
    secret = secret or base64.b32encode(secrets.token_bytes(20)).decode()
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, created_at=at, data={"secret": seal(secret)}
    )
    Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.RECOVERY_CODES,
        created_at=at,
        data={"seed": seal(secrets.token_hex(40)), "used_mask": 0},
    )
    outbox.record(action="second_factor.given", actor="system", subject=user.ref, data={}, at=at)


def secret_of(*, user_id: int) -> str:
    """Return a person's TOTP secret (base32), empty without one: for the demo's page alone."""
    row = Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP).first()
    return unseal(row.data["secret"]) if row else ""


@transaction.atomic
def remove(*, user_id: int, by_id: int, at: datetime) -> None:
    """Take a lost second factor from a person, who sets up a new one. Safe to repeat.

    Whoever asks must have been recognised by other means: the password alone is then enough.
    Raises NotAllowed if `by_id` is no superuser, or asks for himself.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    by = User.objects.get(pk=by_id)
    if not (by.is_active and by.is_superuser) or by_id == user_id:
        raise NotAllowed(_("You may not take this second factor."))
    deleted, _counts = Authenticator.objects.filter(user=user).delete()
    if deleted:
        sessions.end_all(user_id=user_id)
        outbox.record(
            action="second_factor.removed", actor=by.ref, subject=user.ref, data={}, at=at
        )
