"""Links by which a seller shows the score to somebody outside."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from credit.scoring.models import Purpose, Scope, ShareLink, ShareView
from credit.scoring.queries.shares import hashed
from marketplace.errors import BadInput
from marketplace.outbox import services as outbox
from marketplace.shops.models import Shop
from marketplace.shops.queries import require
from marketplace.shops.rules import Act

# Hours a link may live; the first is the usual one.
LIVES_HOURS = (72, 24, 168, 720)
LIVE_AT_ONCE = 20
TOKEN_BYTES = 24


@transaction.atomic
def make_link(
    *, shop_id: int, purpose: str, scope: str, hours: int, key: UUID, by_id: int, at: datetime
) -> ShareLink:
    """Make a link that shows a shop's score for one purpose and a time; `key` names the form.

    Safe to repeat. Raises NotAllowed to all who may not share it, BadInput for words unknown and
    when too many links are live.
    """
    require(user_id=by_id, shop_id=shop_id, act=Act.SHARE_SCORE)
    Shop.objects.select_for_update(of=("self",), no_key=True).get(pk=shop_id)
    made = ShareLink.objects.filter(key=key, shop_id=shop_id, by_id=by_id).first()
    if made is not None:
        return made
    if purpose not in Purpose.values or scope not in Scope.values or hours not in LIVES_HOURS:
        raise BadInput(_("Choose a purpose, how much to show, and for how long."))
    live = ShareLink.objects.filter(shop_id=shop_id, revoked_at=None, expires_at__gt=at)
    if live.count() >= LIVE_AT_ONCE:
        raise BadInput(_("There are many open links. End one first."))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ShareLink.objects.create(
        shop_id=shop_id,
        by_id=by_id,
        key=key,
        purpose=purpose,
        scope=scope,
        token_hash=hashed(token),
        token_sealed=token,
        created_at=at,
        expires_at=at + timedelta(hours=hours),
    )
    data = {"shop_id": shop_id, "purpose": purpose, "scope": scope, "hours": hours}
    actor = f"user:{by_id}"
    outbox.record(action="score.shared", actor=actor, subject=link.ref, data=data, at=at)
    return link


@transaction.atomic
def revoke_link(*, link_id: int, by_id: int, at: datetime) -> ShareLink:
    """End a link at once. Safe to repeat. Raises NotAllowed to all who may not share."""
    link = ShareLink.objects.select_for_update(no_key=True, of=("self",)).get(pk=link_id)
    require(user_id=by_id, shop_id=link.shop_id, act=Act.SHARE_SCORE)
    if link.revoked_at is None:
        link.revoked_at = at
        link.save(update_fields=["revoked_at"])
        actor = f"user:{by_id}"
        outbox.record(action="score.unshared", actor=actor, subject=link.ref, data={}, at=at)
    return link


@transaction.atomic
def note_view(*, link_id: int, at: datetime) -> ShareView:
    """Keep that somebody opened a link; the seller sees when, nobody sees who."""
    return ShareView.objects.create(link_id=link_id, at=at)
