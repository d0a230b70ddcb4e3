"""What owners and the people with shares are told about them, in their own language."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.accounts.models import User
from marketplace.inbox import services as inbox
from marketplace.shops.models import Share


def proposed(*, share: Share, at: datetime) -> None:
    """Ask the person; nobody is asked for a contact without an account."""
    if share.user is None:
        return
    with override(share.user.language):
        _tell(
            share,
            share.user,
            "proposed",
            subject=_("%(shop)s offers you %(percent)s %% of what it sells"),
            body=_("Nothing holds before you agree. Agree only if you know the shop."),
            page="orders:my_shares",
            at=at,
        )


def agreed(*, share: Share, at: datetime) -> None:
    """Tell the owner from when on the share counts."""
    owner = share.shop.owner
    with override(owner.language):
        day = date_format(share.since, "DATE_FORMAT")
        _tell(
            share,
            owner,
            "agreed",
            subject=_("%(name)s agreed to a share of %(percent)s %%"),
            body=_("It counts for orders placed from %(day)s on.") % {"day": day},
            page="orders:shop_shares",
            at=at,
        )


def declined(*, share: Share, at: datetime) -> None:
    """Tell the owner."""
    owner = share.shop.owner
    with override(owner.language):
        _tell(
            share,
            owner,
            "declined",
            subject=_("%(name)s declined a share of %(percent)s %%"),
            body=_("Nothing has changed. You can talk and propose another one."),
            page="orders:shop_shares",
            at=at,
        )


def ended(*, share: Share, by_id: int, at: datetime) -> None:
    """Tell the other side."""
    if share.user is None:
        return
    by_person = share.user_id == by_id
    told = share.shop.owner if by_person else share.user
    with override(told.language):
        _tell(
            share,
            told,
            f"ended:{at.isoformat()}",
            subject=_("The share of %(name)s in %(shop)s has ended"),
            body=_("Orders placed before still bring it; later ones do not."),
            page="orders:shop_shares" if by_person else "orders:my_shares",
            at=at,
        )


def account_changed(*, user: User, change_id: int, hours: int, at: datetime) -> None:
    """Tell a person that shares are paid to another account, without the number."""
    with override(user.language):
        inbox.notify(
            user_id=user.pk,
            kind="share.account",
            key=f"share.account:{change_id}",
            subject=_("The account we pay your shares to was changed"),
            body=_(
                "Payouts wait for %(hours)d hours. If it was not you, change your password and"
                " give the right account again."
            )
            % {"hours": hours},
            link=reverse("orders:my_shares"),
            at=at,
        )


def _tell(
    share: Share, told: User, fact: str, *, subject: str, body: str, page: str, at: datetime
) -> None:
    words = {"shop": share.shop.name, "percent": share.percent, "name": share.called}
    inbox.notify(
        user_id=told.pk,
        kind=f"share.{fact.partition(':')[0]}",
        key=f"share:{share.pk}:{fact}",
        subject=subject % words,
        body=body,
        link=reverse(page),
        at=at,
    )
