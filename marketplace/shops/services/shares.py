"""Shares of what a shop sells: proposed by an owner, agreed by the person, ended by either.

Every change locks the shop first. What was agreed never changes: another part is another row, and
orders keep the shares that were in force when they were placed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from marketplace.accounts import guests
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.outbox import services as outbox
from marketplace.shops import queries, rules
from marketplace.shops.models import Share, ShareEntry, ShareState, ShareWord, Shop, ShopState
from marketplace.shops.rules import Act
from marketplace.shops.services import share_news
from marketplace.shops.services.members import account_of
from marketplace.shops.services.shop import locked

_DAY = timedelta(days=1)


@transaction.atomic
def propose_share(
    *,
    shop_id: int,
    by_id: int,
    contact: str,
    called: str,
    share_bp: int,
    since: datetime,
    key: UUID,
    at: datetime,
) -> Share:
    """Offer a person `share_bp` ten-thousandths of what orders from `since` on bring; once a key.

    Nothing holds before the person agrees. `contact` is the e-mail address or phone number of an
    account; for one that has none nobody can agree, and the answer is the same: nobody learns
    who has an account. `called` is the owner's own word for the person or plot.
    Raises NotAllowed to all but owners, BadInput for a part that is none or more than is left,
    WrongState for a closed shop, a person with an open proposal, and too many within a day.
    """
    shop = locked(shop_id=shop_id)
    queries.require(user_id=by_id, shop_id=shop_id, act=Act.SHARE_PROCEEDS)
    known = Share.objects.filter(key=key, shop=shop).first()
    if known is not None:
        return known
    if shop.state == ShopState.CLOSED:
        raise WrongState(_("This shop is closed."))
    if not 1 <= share_bp <= rules.WHOLE_BP:
        raise BadInput(_("Write a part between 0.01 and 100 percent."), "percent")
    called = " ".join(called.split())
    if not (called and contact.strip()):
        raise BadInput(_("Say who this is, and how we find the account."), "contact")
    person = account_of(contact=contact)
    if person is not None and person.pk == shop.owner_id:
        raise BadInput(_("What nobody else gets is yours already."), "contact")
    person_id = person.pk if person is not None else None
    _refuse_many(shop, by_id, person_id, at)
    _refuse_too_much(shop, person_id, share_bp, at)
    share = Share.objects.create(
        shop=shop,
        user=person,
        called=called,
        share_bp=share_bp,
        since=max(since, at),
        key=key,
        proposed_at=at,
        proposed_by_id=by_id,
    )
    _say(share, ShareWord.PROPOSED, by_id, at)
    share_news.proposed(share=share, at=at)
    return share


@transaction.atomic
def agree_share(*, share_id: int, user_id: int, at: datetime) -> Share:
    """The person named takes the share, from its day or from now on. Safe to repeat.

    From that day it takes the place of every share agreed before in the same shop. Raises
    NotAllowed to anybody else and for guests, WrongState for a proposal that is not open any more.
    """
    shop, share = _locked(share_id)
    if share.user_id != user_id:
        raise NotAllowed(_("This share is offered to somebody else."))
    if share.state == ShareState.AGREED:
        return share
    guests.refuse_guest(user_id=user_id)
    if not rules.share_may(share.state, ShareState.AGREED) or shop.state == ShopState.CLOSED:
        raise WrongState(_("This proposal is not open any more. Ask the shop for a new one."))
    since = max(share.since, at)
    # Also one whose end was set when a third one was agreed for a later day.
    longer = Q(ended_at=None) | Q(ended_at__gt=since)
    before = Share.objects.filter(longer, shop=shop, user_id=user_id, state=ShareState.AGREED)
    for old in before.order_by("pk"):
        _end(old, since, user_id, at)
    share.state, share.agreed_at, share.since = ShareState.AGREED, at, since
    share.save(update_fields=["state", "agreed_at", "since"])
    _say(share, ShareWord.AGREED, user_id, at)
    share_news.agreed(share=share, at=at)
    return share


@transaction.atomic
def decline_share(*, share_id: int, user_id: int, at: datetime) -> Share:
    """The person named does not want it. Safe to repeat. Raises as `agree_share` does."""
    _shop, share = _locked(share_id)
    if share.user_id != user_id:
        raise NotAllowed(_("This share is offered to somebody else."))
    if share.state == ShareState.DECLINED:
        return share
    _close(share, ShareState.DECLINED, ShareWord.DECLINED, user_id, at)
    share_news.declined(share=share, at=at)
    return share


@transaction.atomic
def withdraw_share(*, share_id: int, by_id: int, at: datetime) -> Share:
    """Take an open proposal back. Safe to repeat.

    Raises NotAllowed to all but owners, WrongState once it was agreed or declined.
    """
    shop, share = _locked(share_id)
    queries.require(user_id=by_id, shop_id=shop.pk, act=Act.SHARE_PROCEEDS)
    if share.state != ShareState.WITHDRAWN:
        _close(share, ShareState.WITHDRAWN, ShareWord.WITHDRAWN, by_id, at)
    return share


@transaction.atomic
def end_share(*, share_id: int, by_id: int, at: datetime) -> Share:
    """End an agreed share for orders from now on; what was placed before still brings it.

    By the person or an owner. Also ends another share of this person that would follow. Safe to
    repeat. Raises NotAllowed to others, WrongState for a share that was never agreed.
    """
    shop, share = _locked(share_id)
    if share.user_id != by_id:
        queries.require(user_id=by_id, shop_id=shop.pk, act=Act.SHARE_PROCEEDS)
    if share.state != ShareState.AGREED:
        raise WrongState(_("This share was never agreed. Withdraw the proposal instead."))
    # Clicks at once may be told moments in another order than they came in.
    at = max([at, *share.entries.values_list("at", flat=True)])
    ended = _end_all(Share.objects.filter(shop=shop, user=share.user), by_id, at)
    if ended:
        share_news.ended(share=share, by_id=by_id, at=at)
    share.refresh_from_db()
    return share


def end_shares_of(*, shop: Shop, at: datetime) -> None:
    """End all shares of a locked shop that closes for good, and withdraw what is proposed."""
    shares = Share.objects.filter(shop=shop)
    _end_all(shares, None, at)
    for share in shares.filter(state=ShareState.PROPOSED).order_by("pk"):
        _close(share, ShareState.WITHDRAWN, ShareWord.WITHDRAWN, None, at)


def _locked(share_id: int) -> tuple[Shop, Share]:
    shop = locked(shop_id=Share.objects.values_list("shop_id", flat=True).get(pk=share_id))
    return shop, Share.objects.select_for_update(no_key=True, of=["self"]).get(pk=share_id)


def _end_all(shares: queries.Shares, by_id: int | None, at: datetime) -> int:
    running = Q(state=ShareState.AGREED) & (Q(ended_at=None) | Q(ended_at__gt=at))
    found = list(shares.filter(running).order_by("pk"))
    for share in found:
        _end(share, at, by_id, at)
    return len(found)


def _end(share: Share, ends: datetime, by_id: int | None, at: datetime) -> None:
    share.ended_at = ends
    share.save(update_fields=["ended_at"])
    _say(share, ShareWord.ENDED, by_id, at)


def _close(
    share: Share, state: ShareState, word: ShareWord, by_id: int | None, at: datetime
) -> None:
    if not rules.share_may(share.state, state):
        raise WrongState(_("This proposal is not open any more."))
    share.state = state
    share.save(update_fields=["state"])
    _say(share, word, by_id, at)


def _refuse_many(shop: Shop, by_id: int, person_id: int | None, at: datetime) -> None:
    offered = Share.objects.filter(shop=shop, state=ShareState.PROPOSED)
    if person_id is not None and offered.filter(user_id=person_id).exists():
        raise WrongState(_("A proposal to this person is open. Withdraw it first."))
    today = Share.objects.filter(proposed_by_id=by_id, proposed_at__gt=at - _DAY)
    if today.count() >= rules.SHARES_A_DAY_MAX:
        raise WrongState(_("You have made many proposals today. Please go on tomorrow."))


def _refuse_too_much(shop: Shop, person_id: int | None, share_bp: int, at: datetime) -> None:
    others = [
        (user_id or f"proposal {pk}", share)
        for pk, user_id, share in queries.open_shares(shop_id=shop.pk, at=at).values_list(
            "pk", "user_id", "share_bp"
        )
    ]
    promised = rules.promised_bp([*others, (person_id or "new", share_bp)])
    if promised > rules.WHOLE_BP:
        over = (promised - rules.WHOLE_BP) / 100
        raise BadInput(
            _("All shares together would be %(over)s percent too much.") % {"over": f"{over:g}"},
            "percent",
        )


def _say(share: Share, word: ShareWord, by_id: int | None, at: datetime) -> None:
    """Write the consent log and the audit line."""
    ShareEntry.objects.create(share=share, word=word, by_id=by_id, at=at)
    outbox.record(
        action=f"share.{word}",
        actor=f"user:{by_id}" if by_id is not None else "system",
        subject=share.shop.ref,
        data={"share_id": share.pk, "user_id": share.user_id, "share_bp": share.share_bp},
        at=at,
    )
