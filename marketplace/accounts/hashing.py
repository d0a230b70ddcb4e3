"""argon2id, a few at a time: a crowd at the door waits or is told so, and never eats the memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils.translation import gettext as _

from marketplace.errors import MarketplaceError

# Longer than this and the visitor is better told to try again: a web thread waits all the while.
WAIT_SECONDS = 5.0
_room = BoundedSemaphore(settings.HASHING_AT_ONCE)


class HashingBusy(MarketplaceError):
    """Too many passwords are being checked at this moment."""


@contextmanager
def a_place(room: BoundedSemaphore = _room, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold one of this process's places for hashing. Raises HashingBusy when none comes free."""
    if not room.acquire(timeout=wait_seconds):
        raise HashingBusy(
            _("Very many people are signing in at this moment. Please try again in a moment.")
        )
    try:
        yield
    finally:
        room.release()


class BoundedArgon2(Argon2PasswordHasher):
    """argon2id with OWASP's parameters: 19 MiB, 2 passes, 1 lane.

    Source: OWASP Password Storage Cheat Sheet, "Argon2id". Hashes made with other parameters
    still verify and are made anew at the next log-in.
    """

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Hash, when there is a place."""
        with a_place():
            return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Check, when there is a place."""
        with a_place():
            return bool(super().verify(password, encoded))
