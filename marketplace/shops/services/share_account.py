"""Where a person's shares are paid to. A change pauses them and is told to the person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts import guests
from marketplace.accounts.models import User
from marketplace.accounts.numbers import wrong_iban
from marketplace.errors import BadInput
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.shops import queries, rules
from marketplace.shops.models import ShareAccount
from marketplace.shops.services import share_news


@transaction.atomic
def set_share_account(*, user_id: int, account: str, at: datetime) -> ShareAccount:
    """Pay this person's shares to another account from now on. Safe to repeat.

    A changed account pauses them for `payouts.pause_hours`; the first one pauses nothing. The
    caller has made sure of a fresh log-in. Raises NotAllowed for guests, BadInput for an account
    that cannot be.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    guests.refuse_guest(user_id=user_id)
    account = rules.plain_account(account)
    if not 4 <= len(account) <= 60:
        raise BadInput(_("Write the number of a bank account or a mobile wallet."), "account")
    wrong = wrong_iban(account)
    if wrong:
        raise BadInput(wrong, "account")
    before = queries.share_account(user_id=user_id, at=at)
    if before is not None and before.account_sealed == account:
        return before
    hours = rulebook.value("payouts.pause_hours", at=at) if before else 0
    change = ShareAccount.objects.create(
        user=user, account_sealed=account, at=at, paused_until=at + timedelta(hours=hours)
    )
    outbox.record(
        action="share.account_changed",
        actor=f"user:{user_id}",
        subject=f"user:{user_id}",
        data={"change_id": change.pk},
        at=at,
    )
    if before is not None:
        share_news.account_changed(user=user, change_id=change.pk, hours=hours, at=at)
    return change
