"""Standing claims: shares of a shop's payouts that go elsewhere first, such as instalments."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.errors import BadInput, KeyReused
from marketplace.insertion import insert_new
from marketplace.ledger import services as ledger
from marketplace.money import basis_points
from marketplace.orders.models import Claim
from marketplace.orders.services import locks
from marketplace.outbox import services as outbox
from marketplace.shops.models import Shop


@transaction.atomic
def set_claim(
    *,
    shop_id: int,
    key: str,
    share_bp: int,
    cap_minor: int,
    currency: str,
    target_account: int,
    at: datetime,
) -> Claim:
    """Give `share_bp` ten-thousandths of each payout to a ledger account, `cap_minor` in all.

    Once per `key` ("loan:12"). Raises KeyReused for a known key with other terms, BadInput for
    a share outside 1..10,000 or a cap of nothing.
    """
    return set_on(
        shop=locks.shop(shop_id=shop_id),
        key=key,
        share_bp=share_bp,
        cap_minor=cap_minor,
        currency=currency,
        target_account=target_account,
        at=at,
    )


def set_on(
    *,
    shop: Shop,
    key: str,
    share_bp: int,
    cap_minor: int,
    currency: str,
    target_account: int,
    at: datetime,
) -> Claim:
    """Set a claim on a shop that is locked already; else as `set_claim`."""
    if not 0 < share_bp <= 10_000 or cap_minor <= 0:
        raise BadInput(_("A claim takes a share of each payout, up to an amount above zero."))
    claim = Claim(
        shop=shop,
        key=key,
        share_bp=share_bp,
        cap_minor=cap_minor,
        currency=currency,
        target_account=target_account,
        since=at,
    )
    if insert_new([claim], key="key"):
        return claim
    known = Claim.objects.get(key=key)
    if _terms(known) != _terms(claim):
        raise KeyReused(_("This claim was already registered under other terms."))
    return known


def _terms(claim: Claim) -> tuple[int, int, int, str, int]:
    return claim.shop_id, claim.share_bp, claim.cap_minor, claim.currency, claim.target_account


@transaction.atomic
def end_claim(*, key: str, at: datetime) -> None:
    """Take no more for this claim. Safe to repeat."""
    Claim.objects.filter(key=key, ended_at=None).update(ended_at=at)


def pay(*, shop: Shop, source: int, of_minor: int, key: str, at: datetime) -> int:
    """Pay a locked shop's claims from `of_minor` of its balance; return how much they took.

    Oldest first, never more than is there. `key` is the payout's; the caller sees to it that no
    money is offered twice. One period may look twice, when claims left nothing to pay out.
    """
    taken = 0
    active = Claim.objects.select_for_update(no_key=True, of=("self",)).filter(
        shop=shop, currency=shop.currency, ended_at=None
    )
    for claim in active.order_by("pk"):
        share = basis_points(of_minor, claim.share_bp)
        amount = min(share, claim.cap_minor - claim.paid_minor, of_minor - taken)
        if amount <= 0:
            continue
        ledger.post(
            key=f"claim:{claim.pk}:{key}:{claim.paid_minor}",
            kind="claim",
            entries={source: -amount, claim.target_account: amount},
            ref=shop.ref,
            actor="system",
            at=at,
        )
        claim.paid_minor += amount
        if claim.paid_minor == claim.cap_minor:
            claim.ended_at = at
        claim.save(update_fields=["paid_minor", "ended_at"])
        data = {"claim_key": claim.key, "shop_id": shop.pk, "amount_minor": amount}
        outbox.emit(name="claim.paid", subject=shop.ref, data=data, at=at)
        taken += amount
    return taken
