"""The request of a person who has signed in, for views behind `login_required`."""

from __future__ import annotations

from django.http import HttpRequest

from marketplace.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request whose `user` is a stored person. For annotations only."""

    user: User
