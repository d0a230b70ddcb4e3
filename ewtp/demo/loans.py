"""The demo's loans: one seller has one and pays from payouts, another was refused and asks.

A plainer card is tried in shadow, so that the risk desk has something to compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from credit.loans.models import Application, Outcome
from credit.loans.queries import borrowing
from credit.loans.rules import products
from credit.loans.services import applying, reviewing
from credit.loans.services.applying import Wish
from credit.scoring import rules
from credit.scoring import services as scoring
from credit.scoring.rules.card import card_of
from ewtp.demo import world
from marketplace.shops.models import Shop

REFUSED = world.COPYCAT
# It takes the smallest loan there is, while trade is brisk; by now payouts have paid some of it.
BORROWER, PARTS, AGO = world.BRAND_SHOP, 6, timedelta(days=59)
SAID = "The goods were a mistake of my supplier. Please look at it again."


def told(now: datetime) -> Iterator[tuple[datetime, str, Callable[[datetime], None]]]:
    """Return who asks when, each with its key."""
    yield now - AGO, "loan:taken", _taken
    yield now - timedelta(hours=21), "loan:trial", _tried
    yield now - timedelta(hours=20), "loan:refused", _refused


def _tried(at: datetime) -> None:
    """The card in force without its pair tables."""
    plain = rules.shop_card().plain
    card = card_of({**plain["card"], "pairs": []})
    trial = {**plain, "card": card.as_json(), "hash": card.hash}
    scoring.start_challenger(card=rules.shop_card_of(trial), at=at)


def _taken(at: datetime) -> None:
    shop = Shop.objects.filter(name=BORROWER).first()
    if shop is None:
        return
    verdict = borrowing.verdict(shop, at=at)
    if verdict.approved:
        _apply(shop, Wish(verdict.least_minor, PARTS, products.EVEN), at)


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
