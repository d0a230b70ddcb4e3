"""Links by which a score is shown to somebody outside."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from credit.scoring.models import ShareLink
from marketplace.trust.models import Strike
from marketplace.trust.queries import strikes_of_shop


def hashed(token: str) -> str:
    """Return what is stored of a token to find it by."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def links_of(shop_id: int) -> QuerySet[ShareLink]:
    """Return every link a shop's people made, the newest first, with how often it was opened."""
    links = ShareLink.objects.filter(shop_id=shop_id).select_related("by")
    return links.annotate(opened=Count("views"), last_opened=Max("views__at")).order_by("-pk")


def live_link(*, token: str, at: datetime) -> ShareLink | None:
    """Return the link that a token opens at a moment; None for every other, without saying why."""
    live = ShareLink.objects.filter(token_hash=hashed(token), revoked_at=None, expires_at__gt=at)
    return live.select_related("shop").first()


def proven_breaches(shop_id: int) -> list[Strike]:
    """Return every breach that a person decided and no appeal took back, the newest first."""
    return list(strikes_of_shop(shop_id).filter(voided_at=None))
