"""The terms, by version: which one holds, who agreed to it, how a new one comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts.models import TermsAcceptance, TermsVersion, User
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.outbox import services as outbox

FOUNDING = 1  # its text is templates/accounts/terms_founding.html
# In each process's memory: a new version reaches every process within this time.
_CACHE_KEY, _CACHE_SECONDS = "accounts.terms.newest", 60


@dataclass(frozen=True)
class Terms:
    """The terms in force; an empty `text` stands for the founding template."""

    version: int
    text: str


def newest() -> int:
    """Return the version in force."""
    version: int | None = cache.get(_CACHE_KEY)
    if version is None:
        version = in_force().version
        cache.set(_CACHE_KEY, version, _CACHE_SECONDS)
    return version


def in_force() -> Terms:
    """Return the terms in force, with their text."""
    row = TermsVersion.objects.order_by("-version").first()
    return Terms(row.version, row.text) if row else Terms(FOUNDING, "")


def has_accepted(*, user_id: int, version: int) -> bool:
    """Say whether a person agreed to a version."""
    return TermsAcceptance.objects.filter(user_id=user_id, version=version).exists()


@transaction.atomic
def accept(*, user_id: int, version: int, at: datetime) -> None:
    """Note that a person agrees to the terms in force. Safe to repeat.

    Raises WrongState if `version` is not the one in force: the person read another text.
    """
    if version != in_force().version:
        raise WrongState(_("The terms have changed meanwhile. Please read the new ones."))
    _row, created = TermsAcceptance.objects.get_or_create(
        user_id=user_id, version=version, defaults={"accepted_at": at}
    )
    if created:
        who, data = f"user:{user_id}", {"version": version}
        outbox.record(action="terms.accepted", actor=who, subject=who, data=data, at=at)


@transaction.atomic
def publish(*, text: str, by_id: int, at: datetime) -> TermsVersion:
    """Put a new version of the terms in force; everybody is asked at the next page.

    Raises NotAllowed if `by_id` is no superuser, BadInput if there is no text.
    """
    by = User.objects.select_for_update(no_key=True).get(pk=by_id)
    if not (by.is_active and by.is_superuser):
        raise NotAllowed(_("Only a superuser publishes terms."))
    if not text.strip():
        raise BadInput(_("Write the new terms."), field="text")
    row = TermsVersion.objects.create(
        version=in_force().version + 1, text=text.strip(), published_at=at, published_by=by
    )
    data = {"version": row.version}
    outbox.record(
        action="terms.published", actor=by.ref, subject=f"terms:{row.version}", data=data, at=at
    )
    transaction.on_commit(lambda: cache.delete(_CACHE_KEY))
    return row
