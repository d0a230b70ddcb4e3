"""What a decision did, counted from the rows that it wrote: the preview shows nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from antifake.cases.models import Case, Decision, Verdict
from antifake.cases.queries import stakes
from marketplace.inbox.models import Message
from marketplace.listings.models import Listing, ListingState, Withholding
from marketplace.money import Money
from marketplace.orders.models import Refund
from marketplace.shops.models import SanctionLevel, Shop


@dataclass(frozen=True)
class Effects:
    """Counts of what follows from deciding some cases at once."""

    removed: int
    shown: int
    shops: int
    told: int
    refunded: int
    suspended: int
    held_buyers: int
    held: tuple[tuple[int, str], ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored and sent back by the form."""
        return {**asdict(self), "held": [list(one) for one in self.held]}

    @property
    def held_money(self) -> list[Money]:
        """The held amounts."""
        return [Money(amount, currency) for amount, currency in self.held]


@dataclass(frozen=True)
class Before:
    """What had to be known beforehand to count what is new."""

    refund_id: int
    suspended: frozenset[int]
    held: stakes.HeldMoney
    live: frozenset[int]


def before(cases: Sequence[Case]) -> Before:
    """Look at what the decision will change."""
    listing_ids = [case.listing_id for case in cases]
    newest = Refund.objects.order_by("-pk").values_list("pk", flat=True).first()
    return Before(newest or 0, _suspended(cases), stakes.held_for(listing_ids), _live(listing_ids))


def after(cases: Sequence[Case], known: Before) -> Effects:
    """Count what the decision changed, in its own transaction."""
    listing_ids = [case.listing_id for case in cases]
    decisions = list(
        Decision.objects.standing().filter(case__in=[case.pk for case in cases]).order_by("pk")
    )
    refs = [one.ref for one in decisions if one.verdict == Verdict.REMOVE]
    kept = Withholding.objects.filter(source__in=refs, lifted_at=None)
    told = Message.objects.filter(
        key__in=[one.message_key for one in decisions], called_off_at=None
    )
    refunds = Refund.objects.filter(
        pk__gt=known.refund_id, order__lines__variant__listing__in=listing_ids
    )
    return Effects(
        removed=kept.values("listing").distinct().count(),
        shown=len(_live(listing_ids) - known.live),
        shops=len({case.listing.shop_id for case in cases}),
        told=told.values("user").distinct().count(),
        refunded=refunds.values("order__buyer").distinct().count(),
        suspended=len(_suspended(cases) - known.suspended),
        held_buyers=known.held.buyers,
        held=tuple((one.amount_minor, one.currency) for one in known.held.amounts),
    )


def _suspended(cases: Sequence[Case]) -> frozenset[int]:
    shops = Shop.objects.filter(
        pk__in={case.listing.shop_id for case in cases}, sanction_level=SanctionLevel.SUSPENDED
    )
    return frozenset(shops.values_list("pk", flat=True))


def _live(listing_ids: Sequence[int]) -> frozenset[int]:
    live = Listing.objects.filter(pk__in=listing_ids, state=ListingState.LIVE)
    return frozenset(live.values_list("pk", flat=True))
