"""Reads of tokens: whose they are, and which still open something."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from marketplace.accounts.sealing import keyed_hash_forms
from marketplace.developers.models import ApiToken

PURPOSE = "developers.token"


def tokens_of(user_id: int) -> QuerySet[ApiToken]:
    """Return a person's tokens that were not revoked, the newest first."""
    return ApiToken.objects.filter(user_id=user_id, revoked_at=None)


def live_token(*, token: str, at: datetime) -> ApiToken | None:
    """Return the token with its person; None when it is unknown, revoked, or has run out."""
    hashes = keyed_hash_forms(token, purpose=PURPOSE)
    known = ApiToken.objects.filter(token_hash__in=hashes, revoked_at=None, expires_at__gt=at)
    return known.select_related("user").first()
