"""Tokens are made, used and revoked; answers to keyed requests are kept and forgotten."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.accounts.sealing import keyed_hash
from marketplace.developers import queries, rules
from marketplace.developers.models import ApiToken, KeptAnswer, Scope
from marketplace.errors import BadInput, KeyReused, NotAllowed, WrongState
from marketplace.outbox import services as outbox

NOTED_EVERY = timedelta(minutes=1)


class StillRunning(WrongState):
    """The first request with this key has not been answered yet."""


@transaction.atomic
def make_token(
    *,
    user_id: int,
    name: str,
    scopes: Sequence[str],
    days: int,
    shop_ref: str = "",
    key: uuid.UUID,
    at: datetime,
) -> tuple[ApiToken, str]:
    """Make a token that lasts `days`; return it with its text, which nobody can show again.

    Safe to repeat by `key`, which returns the token without its text. `shop_ref` binds it to a
    shop; the caller has checked that the person works there. Raises BadInput for scopes that
    are unknown, none, or not a shop's; NotAllowed for guests; WrongState with too many tokens.
    """
    # One at a time for each person, so that the ceiling holds.
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    known = ApiToken.objects.filter(user=user, form_key=key).first()
    if known is not None:
        return known, ""
    if user.guest or not user.is_active:
        raise NotAllowed(_("Open an account first; then you can make a token."))
    _refuse_wrong(name, scopes, days, shop_ref)
    if queries.tokens_of(user_id).count() >= rules.TOKENS_MAX:
        raise WrongState(
            _("You have %(most)d tokens. Revoke one first.") % {"most": rules.TOKENS_MAX}
        )
    text = rules.PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name.strip(),
        form_key=key,
        token_hash=keyed_hash(text, purpose=queries.PURPOSE),
        ending=text[-4:],
        scopes=sorted(set(scopes)),
        shop_ref=shop_ref,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    data = {"token_id": token.pk, "scopes": token.scopes, "shop": shop_ref}
    _record("api_token.made", user_id, data, at)
    return token, text


@transaction.atomic
def revoke_token(*, token_id: int, user_id: int, at: datetime) -> None:
    """End a token of one's own; from then on it opens nothing. Safe to repeat."""
    own = ApiToken.objects.filter(pk=token_id, user_id=user_id, revoked_at=None)
    if own.update(revoked_at=at):
        _record("api_token.revoked", user_id, {"token_id": token_id}, at)


def note_used(*, token: ApiToken, text: str, at: datetime) -> None:
    """Note that a token was shown, once a minute at most; hash it anew under a new pepper.

    A token that is not used while both peppers are in force must be made anew.
    """
    newest = keyed_hash(text, purpose=queries.PURPOSE)
    if token.token_hash != newest:
        ApiToken.objects.filter(pk=token.pk).update(token_hash=newest)
    if token.last_used_at is None or at - token.last_used_at >= NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)


def begin(
    *, user_id: int, key: str, request_hash: str, lease: timedelta, at: datetime
) -> tuple[KeptAnswer, bool]:
    """Take a key for a request; return its row, and whether the work is the caller's to do.

    Inside a transaction a repeat waits here until the first one has committed, and then finds
    its answer. Outside of one, a repeat meets the lease. Raises KeyReused when the key came
    with another request, StillRunning while somebody else's lease runs.
    """
    KeptAnswer.objects.filter(user_id=user_id, key=key, due_at__lte=at).delete()
    row, created = KeptAnswer.objects.get_or_create(
        user_id=user_id,
        key=key,
        defaults={
            "request_hash": request_hash,
            "begun_at": at,
            "lease_until": at + lease,
            "due_at": at + rules.KEPT,
        },
    )
    if row.request_hash != request_hash:
        raise KeyReused(_("This Idempotency-Key was used for another request."))
    if created or row.status is not None:
        return row, created
    over = KeptAnswer.objects.filter(pk=row.pk, status=None, lease_until__lte=at)
    if not over.update(lease_until=at + lease):
        raise StillRunning(_("The first request with this key is still being worked on."))
    return row, True


def keep(*, row_id: int, status: int, body: str) -> None:
    """Keep the answer, for everybody who repeats the request."""
    KeptAnswer.objects.filter(Q(status=None), pk=row_id).update(status=status, body_sealed=body)


def let_go(*, row_id: int) -> None:
    """Give a key back that led to no answer: the request may be sent again."""
    KeptAnswer.objects.filter(pk=row_id, status=None).delete()


def sweep(*, at: datetime) -> None:
    """Forget answers after their day."""
    KeptAnswer.objects.filter(due_at__lte=at).delete()


def _refuse_wrong(name: str, scopes: Sequence[str], days: int, shop_ref: str) -> None:
    if not name.strip() or len(name.strip()) > 60:
        raise BadInput(_("Give the token a name that tells what uses it."), "name")
    if not scopes or not set(scopes) <= set(Scope.values):
        raise BadInput(_("Choose what the token is for."), "scopes")
    if shop_ref and not set(scopes) <= rules.FOR_BOUND:
        raise BadInput(_("A token bound to a shop cannot buy. Make a second one."), "scopes")
    if days not in rules.LIFETIMES_DAYS:
        raise BadInput(_("Choose how long the token lasts."), "days")


def _record(action: str, user_id: int, data: dict[str, object], at: datetime) -> None:
    actor = f"user:{user_id}"
    outbox.record(action=action, actor=actor, subject=actor, data=data, at=at)
