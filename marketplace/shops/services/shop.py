"""A shop's own life: opening, approval, standing."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role
from marketplace.accounts.rules import COUNTRIES
from marketplace.errors import BadInput, NotAllowed, WrongState
from marketplace.inbox import services as inbox
from marketplace.outbox import services as outbox
from marketplace.shops import queries, rules
from marketplace.shops.models import (
    CreditBand,
    MemberRole,
    PayoutAccountChange,
    SanctionLevel,
    Shop,
    ShopMember,
    ShopState,
)


@transaction.atomic
def open_shop(
    *,
    owner_id: int,
    name: str,
    country: str,
    currency: str,
    story: str = "",
    shipping_minor: int = 0,
    payout_account: str = "",
    at: datetime,
) -> Shop:
    """Apply for a shop; it can be prepared at once and sells after staff approve it.

    `shipping_minor` is a flat price per order in minor units of `currency` (ISO 4217).
    Safe to repeat: the owner's shop of the same name is returned untouched.
    Raises BadInput when the name is empty or taken, the country or currency unknown.
    """
    name = rules.plain_name(name)
    _check_application(name, country, currency, shipping_minor)
    shop, created = Shop.objects.get_or_create(
        name__iexact=name,
        defaults={
            "owner_id": owner_id,
            "name": name,
            "slug": _free_slug(name),
            "country": country,
            "currency": currency,
            "story": story.strip(),
            "shipping_minor": shipping_minor,
            "payout_account_sealed": rules.plain_account(payout_account),
            "applied_at": at,
        },
    )
    if not created:
        if shop.owner_id != owner_id:
            raise BadInput(_("Another shop already has this name."), field="name")
        return shop
    ShopMember.objects.create(shop=shop, user_id=owner_id, role=MemberRole.OWNER, since=at)
    accounts.grant_role(user_id=owner_id, role=Role.SELLER, by_id=None, at=at)
    outbox.emit("shop.applied", subject=shop.ref, data={"shop_id": shop.pk}, at=at)
    outbox.record(action="shop.applied", actor=f"user:{owner_id}", subject=shop.ref, data={}, at=at)
    return shop


@transaction.atomic
def approve(*, shop_id: int, by_id: int, at: datetime) -> Shop:
    """Let a shop sell. Safe to repeat.

    Raises WrongState when closed or suspended, or when a part of the trader set is missing
    (`queries.missing_for_opening`), NotAllowed when one decides about one's own shop.
    """
    shop = locked(shop_id=shop_id)
    if shop.state == ShopState.APPROVED:
        return shop
    if shop.state == ShopState.SUSPENDED or shop.sanction_level >= rules.SUSPENDED_LEVEL:
        raise WrongState(_("This shop is suspended; it opens again when the sanction ends."))
    _refuse_insider(shop, by_id)
    missing = queries.missing_for_opening(shop)
    if missing:
        raise WrongState(" ".join(queries.missing_in_words(missing)))
    _decide(shop, ShopState.APPROVED, by_id=by_id, reason="", at=at)
    outbox.emit("shop.approved", subject=shop.ref, data={"shop_id": shop.pk}, at=at)
    inbox.notify(
        user_id=shop.owner_id,
        kind="shop.approved",
        key=f"shop.approved:{shop.pk}:{at.isoformat()}",
        subject=_("Your shop %(name)s is open") % {"name": shop.name},
        body=_("You can sell now. Goods you put on sale are checked first, then shown."),
        link=reverse("shops:desk"),
        at=at,
    )
    return shop


@transaction.atomic
def refuse(*, shop_id: int, by_id: int, reason: str, at: datetime) -> Shop:
    """Turn an application down; the owner reads `reason`. Safe to repeat.

    Raises BadInput without a reason, WrongState when the shop is already open.
    """
    reason = reason.strip()
    if not reason:
        raise BadInput(_("Give the reason: the applicant will read it."), field="reason")
    shop = locked(shop_id=shop_id)
    if shop.state == ShopState.REFUSED:
        return shop
    _decide(shop, ShopState.REFUSED, by_id=by_id, reason=reason, at=at)
    outbox.emit("shop.refused", subject=shop.ref, data={"shop_id": shop.pk}, at=at)
    inbox.notify(
        user_id=shop.owner_id,
        kind="shop.refused",
        key=f"shop.refused:{shop.pk}:{at.isoformat()}",
        subject=_("Your shop %(name)s was not approved") % {"name": shop.name},
        body=_("The reason: %(reason)s\n\nAnswer with what is missing; staff will look again.")
        % {"reason": reason},
        link=reverse("shops:desk"),
        at=at,
    )
    return shop


@transaction.atomic
def set_credit_band(*, shop_id: int, band: str, at: datetime) -> Shop:
    """Write the credit band that credit computed, and the badge that follows from it."""
    shop = locked(shop_id=shop_id)
    shop.credit_band = CreditBand(band)
    _save_standing(shop, at=at)
    return shop


@transaction.atomic
def set_sanction_level(*, shop_id: int, level: int, at: datetime) -> Shop:
    """Write the sanction level that trust computed; level 3 suspends, a lower one reopens."""
    shop = locked(shop_id=shop_id)
    before = shop.state
    shop.sanction_level = SanctionLevel(level)
    begun = shop.closing_from is not None and shop.closing_from <= at
    shop.state = ShopState(rules.state_under(shop.state, level, closing=begun))
    _save_standing(shop, at=at)
    if shop.state != before:
        action = "shop.suspended" if shop.state == ShopState.SUSPENDED else "shop.reopened"
        data = {"sanction_level": level}
        outbox.record(action=action, actor="system", subject=shop.ref, data=data, at=at)
    return shop


@transaction.atomic
def rest_payouts(*, shop_id: int, until: datetime | None, at: datetime) -> Shop:
    """Let the shop's payouts rest until a moment; None: no longer than its own changes ask for.

    A pause after a change of the payout account (payout_account.py) stays what it is.
    """
    shop = locked(shop_id=shop_id)
    changed = PayoutAccountChange.objects.filter(shop=shop, paused_until__gt=F("at"))
    own = changed.order_by("-pk").values_list("paused_until", flat=True).first()
    wanted = max((moment for moment in (own, until) if moment), default=None)
    if shop.payouts_paused_until != wanted:
        data = {"until": wanted.isoformat() if wanted else None}
        shop.payouts_paused_until = wanted
        shop.save(update_fields=["payouts_paused_until"])
        outbox.record(
            action="shop.payouts_rested", actor="system", subject=shop.ref, data=data, at=at
        )
    return shop


@transaction.atomic
def set_ranking_trust(*, shop_id: int, permille: int, at: datetime) -> Shop:
    """Write how much search trusts the shop, in thousandths (1000 = fully).

    Raises BadInput outside 0..1000.
    """
    if not 0 <= permille <= 1000:
        raise BadInput(_("Ranking trust goes from 0 to 1000."))
    shop = locked(shop_id=shop_id)
    if shop.ranking_trust_permille != permille:
        data = {"before": shop.ranking_trust_permille, "after": permille}
        shop.ranking_trust_permille = permille
        shop.save(update_fields=["ranking_trust_permille"])
        outbox.record(
            action="shop.ranking_trust_set", actor="system", subject=shop.ref, data=data, at=at
        )
    return shop


@transaction.atomic
def set_deposit(*, shop_id: int, share_bp: int, at: datetime) -> Shop:
    """Write which share of lately released money stays behind as a deposit, in basis points.

    Raises BadInput outside 0..10,000.
    """
    if not 0 <= share_bp <= 10_000:
        raise BadInput(_("A deposit's share goes from 0 to 10,000 basis points."))
    shop = locked(shop_id=shop_id)
    if shop.deposit_bp != share_bp:
        data = {"before": shop.deposit_bp, "after": share_bp}
        shop.deposit_bp = share_bp
        shop.save(update_fields=["deposit_bp"])
        outbox.record(action="shop.deposit_set", actor="system", subject=shop.ref, data=data, at=at)
    return shop


def _check_application(name: str, country: str, currency: str, shipping_minor: int) -> None:
    if not 2 <= len(name) <= 80:
        raise BadInput(_("Give the shop a name of 2 to 80 letters."), field="name")
    if country not in COUNTRIES:
        raise BadInput(_("We do not know this country."), field="country")
    if currency not in rules.currencies():
        raise BadInput(_("We do not know this currency."), field="currency")
    if shipping_minor < 0:
        raise BadInput(_("Shipping cannot cost less than nothing."), field="shipping")


def _free_slug(name: str) -> str:
    """Names in any script get a readable address where possible, else a random one."""
    slug = slugify(name)[:80]
    if slug and not Shop.objects.filter(slug=slug).exists():
        return slug
    return f"{slug or 'shop'}-{secrets.token_hex(4)}"


def locked(*, shop_id: int) -> Shop:
    """Return the shop, locked. Needs a transaction."""
    return Shop.objects.select_for_update(no_key=True).get(pk=shop_id)


def _decide(shop: Shop, state: ShopState, *, by_id: int, reason: str, at: datetime) -> None:
    if not rules.may_move(shop.state, state):
        raise WrongState(
            _("This shop is “%(state)s”; that cannot be done now.")
            % {"state": shop.get_state_display()}
        )
    _refuse_insider(shop, by_id)
    shop.state, shop.decided_at, shop.decided_by_id = state, at, by_id
    shop.save(update_fields=["state", "decided_at", "decided_by"])
    outbox.record(
        action=f"shop.{state}",
        actor=f"user:{by_id}",
        subject=shop.ref,
        data={"reason": reason},
        at=at,
    )


def _refuse_insider(shop: Shop, by_id: int) -> None:
    if queries.works_in(user_id=by_id, shop_id=shop.pk):
        raise NotAllowed(_("You work in this shop; another person must decide about it."))


def _save_standing(shop: Shop, *, at: datetime) -> None:
    before = shop.standing
    shop.standing = rules.standing(shop.sanction_level, shop.credit_band)
    shop.save(update_fields=["credit_band", "sanction_level", "state", "standing"])
    if shop.standing != before:
        data = {"shop_id": shop.pk, "before": before, "after": shop.standing}
        outbox.emit("shop.standing_changed", subject=shop.ref, data=data, at=at)
