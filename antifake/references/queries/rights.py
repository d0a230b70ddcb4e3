"""Reads: who acts for whom, and whose rights they are."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from antifake.references.models import LIVING, Agency, ReferencePhoto, Right, RightState
from marketplace.accounts.models import Role, User


def acts_for(user_id: int) -> list[int]:
    """Return the rights holders for whom a person may act: oneself first, then by agency."""
    user = User.objects.get(pk=user_id)
    own = [user_id] if user.roles.filter(role=Role.RIGHTS_HOLDER).exists() else []
    agencies = Agency.objects.filter(agent=user, ended_at=None).order_by("pk")
    return own + list(agencies.values_list("holder_id", flat=True))


def rights_of(user_id: int) -> QuerySet[Right]:
    """Return the rights of all for whom a person acts, the latest first."""
    return Right.objects.filter(owner__in=acts_for(user_id)).order_by("-pk")


def usable_rights(user_id: int, *, at: datetime) -> QuerySet[Right]:
    """Return the rights on which a person's notices may rest at a moment."""
    return rights_of(user_id).filter(Q(expires_at=None) | Q(expires_at__gt=at), state__in=LIVING)


def is_in_force(right: Right, *, at: datetime) -> bool:
    """Say whether a right is verified and not over at a moment."""
    return right.state == RightState.VERIFIED and (
        right.expires_at is None or right.expires_at > at
    )


def agencies_of(user_id: int) -> QuerySet[Agency]:
    """Return who acts for a person and for whom they act, with those that ended; latest first."""
    mine = Agency.objects.filter(Q(holder=user_id) | Q(agent=user_id))
    return mine.select_related("holder", "agent").order_by("ended_at", "-pk")


def photos_of(right: Right) -> QuerySet[ReferencePhoto]:
    """Return the reference photos of a verified right's brand, the latest first."""
    return ReferencePhoto.objects.filter(brand=right.brand_id, brand__isnull=False).order_by("-pk")
