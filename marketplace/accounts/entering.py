"""Letting a guest in without a password: after a checkout, or by the link that was sent."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest

from marketplace.accounts.models import User


def sign_in_guest(request: HttpRequest, person: User) -> None:
    """Sign this browser in as a guest, under a new session key.

    Raises ValueError for people with accounts: they come in by the door.
    """
    if not person.guest:
        raise ValueError("not a guest")
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
