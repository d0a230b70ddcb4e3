"""Where a shop is paid to. A change pauses payouts, is told to the owners, and can be undone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.accounts.numbers import wrong_iban
from marketplace.errors import BadInput, WrongState
from marketplace.inbox import services as inbox
from marketplace.outbox import services as outbox
from marketplace.rulebook import queries as rulebook
from marketplace.shops import queries, rules
from marketplace.shops.models import PayoutAccountChange, Shop
from marketplace.shops.rules import Act
from marketplace.shops.services.shop import locked


@transaction.atomic
def change_payout_account(*, shop_id: int, account: str, by_id: int, at: datetime) -> Shop:
    """Pay the shop to another account from now on. Safe to repeat: the same account is no change.

    A changed account pauses payouts for `payouts.pause_hours`; the first one pauses nothing.
    Every owner is told, at the address known so far, without the number.
    The caller has made sure of a fresh log-in.
    Raises NotAllowed to all but owners, BadInput for an account that cannot be.
    """
    shop = locked(shop_id=shop_id)
    queries.require(user_id=by_id, shop_id=shop_id, act=Act.CHANGE_PAYOUT_ACCOUNT)
    account = rules.plain_account(account)
    if not 4 <= len(account) <= 60:
        raise BadInput(_("Write the number of a bank account or a mobile wallet."), "account")
    wrong = wrong_iban(account)
    if wrong:
        raise BadInput(wrong, "account")
    before = shop.payout_account_sealed
    if account == before:
        return shop
    hours = rulebook.value("payouts.pause_hours", at=at) if before else 0
    change = PayoutAccountChange.objects.create(
        shop=shop,
        old_account_sealed=before,
        new_account_sealed=account,
        by_id=by_id,
        at=at,
        paused_until=at + timedelta(hours=hours),
    )
    _pay_to(shop, change)
    _record("shop.payout_account_changed", change)
    if before:
        _tell_owners(
            change,
            _("The account we pay %(shop)s to was changed") % {"shop": shop.name},
            _(
                "Payouts wait for %(hours)d hours. If it was not you, or somebody you know, call"
                " the change off on the shop's page and change your password."
            )
            % {"hours": hours},
        )
    return shop


@transaction.atomic
def call_off_change(*, change_id: int, by_id: int, at: datetime) -> Shop:
    """Pay the shop to the account it had before a change, while payouts wait. Safe to repeat.

    Payouts go on waiting until the pause is over. Raises NotAllowed to all but owners,
    WrongState when the pause is over or another change came after.
    """
    shop_id = PayoutAccountChange.objects.values_list("shop_id", flat=True).get(pk=change_id)
    shop = locked(shop_id=shop_id)
    queries.require(user_id=by_id, shop_id=shop_id, act=Act.CHANGE_PAYOUT_ACCOUNT)
    change = PayoutAccountChange.objects.get(pk=change_id)
    if PayoutAccountChange.objects.filter(undoes=change).exists():
        return shop
    if queries.undoable_change(shop=shop, at=at) != change:
        raise WrongState(_("This change can no longer be called off. Change the account again."))
    undone = PayoutAccountChange.objects.create(
        shop=shop,
        old_account_sealed=change.new_account_sealed,
        new_account_sealed=change.old_account_sealed,
        by_id=by_id,
        at=at,
        paused_until=change.paused_until,
        undoes=change,
    )
    _pay_to(shop, undone)
    _record("shop.payout_account_change_called_off", undone)
    _tell_owners(
        undone,
        _("%(shop)s is paid to its former account again") % {"shop": shop.name},
        _("The change was called off. If you did not ask for it, change your password."),
    )
    return shop


def _pay_to(shop: Shop, change: PayoutAccountChange) -> None:
    shop.payout_account_sealed = change.new_account_sealed
    fields = ["payout_account_sealed"]
    if change.paused_until > change.at:
        # A sanction may have them rest for longer (shop.rest_payouts).
        shop.payouts_paused_until = max(
            change.paused_until, shop.payouts_paused_until or change.paused_until
        )
        fields.append("payouts_paused_until")
    shop.save(update_fields=fields)


def _record(action: str, change: PayoutAccountChange) -> None:
    outbox.record(
        action=action,
        actor=f"user:{change.by_id}",
        subject=change.shop.ref,
        data={"change_id": change.pk},
        at=change.at,
    )


def _tell_owners(change: PayoutAccountChange, subject: str, body: str) -> None:
    for owner in queries.owners_of(change.shop_id):
        with override(owner.user.language):
            inbox.notify(
                user_id=owner.user_id,
                kind="shop.payout_account",
                key=f"shop.payout_account:{change.pk}:{owner.user_id}",
                subject=subject,
                body=body,
                link=reverse("shops:payout_account", args=[change.shop_id]),
                at=change.at,
            )
