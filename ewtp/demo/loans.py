"""The demo's loans: one seller has one and pays from payouts, another was refused and asks.

A plainer card is tried in shadow, so that the risk desk has something to compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from credit.loans.models import Application, Outcome
from credit.loans.queries import borrowing
from credit.loans.services import applying, reviewing
from credit.loans.services.applying import Wish
from credit.scoring import rules
from credit.scoring import services as scoring
from credit.scoring.rules.card import card_of
from ewtp.demo import world
from marketplace.shops.models import Shop

# The copycat asks first for a loan; the first shop that may have one takes it.
REFUSED = world.COPYCAT
BORROWERS = tuple(shop.name for shop in world.SHOPS if shop.name != REFUSED)
SAID = "The goods were a mistake of my supplier. Please look at it again."


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return who asks when, each with its key."""
    yield now - timedelta(hours=21), "loan:trial", _tried
    yield now - timedelta(hours=20), "loan:refused", _refused
    yield now - timedelta(hours=16), "loan:taken", _taken


def _tried(at: datetime) -> None:
    """The card in force without its pair tables."""
    plain = rules.shop_card().plain
    card = card_of({**plain["card"], "pairs": []})
    trial = {**plain, "card": card.as_json(), "hash": card.hash}
    scoring.start_challenger(card=rules.shop_card_of(trial), at=at)


def _taken(at: datetime) -> None:
    """The first shop that may borrow takes half of what it can have."""
    by_name = {shop.name: shop for shop in Shop.objects.filter(name__in=BORROWERS)}
    for name in BORROWERS:
        shop = by_name.get(name)
        if shop is None:
            continue
        verdict = borrowing.verdict(shop, at=at)
        if verdict.approved:
            amount = max(verdict.least_minor, verdict.limit_minor // 2)
            _apply(shop, Wish(amount, 3, "even"), at)
            return


def _refused(at: datetime) -> None:
    shop = Shop.objects.filter(name=REFUSED).first()
    if shop is None:
        return
    made = _apply(shop, Wish(20_000, 3, "sales"), at)
    if made.outcome == Outcome.REFUSED:
        reviewing.ask(application_id=made.pk, by_id=shop.owner_id, said=SAID, at=at)


def _apply(shop: Shop, wish: Wish, at: datetime) -> Application:
    return applying.apply(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        key=uuid5(NAMESPACE_URL, f"loan of {shop.slug}"),
        wish=wish,
        at=at,
    )
