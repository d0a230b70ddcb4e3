"""What traders are told about decisions on who they are."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.accounts.models import User
from marketplace.inbox import services as inbox


@transaction.atomic
def tell_trader(*, user_id: int, decision: str, key: str, at: datetime) -> None:
    """Tell a trader that staff verified or refused the identity; once for each `key`.

    `decision` is "verified" or "refused". Why it was refused stands on the trader's own page
    alone: it may name facts that do not belong into a mail.
    """
    user = User.objects.get(pk=user_id)
    with override(user.language):
        subject, body = _words(decision)
        inbox.notify(
            user_id=user_id,
            kind=f"identity.{decision}",
            key=key,
            subject=subject,
            body=body,
            link=reverse("accounts:identity"),
            at=at,
        )


def _words(decision: str) -> tuple[str, str]:
    if decision == "verified":
        return (
            _("We have verified who you are"),
            _("That part of opening a shop is done. Your shop's desk shows what is left."),
        )
    return (
        _("We could not verify who you are"),
        _("Read why, mend it and send it again; nothing you wrote is lost."),
    )
