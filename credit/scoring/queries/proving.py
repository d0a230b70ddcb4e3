"""What became of loans, against what the bands promise; the card in shadow."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from credit.scoring import rules
from credit.scoring.models import Challenger, LoanOutcome
from credit.scoring.rules.bands import PROVEN_AFTER_LOANS
from credit.scoring.rules.card import default_probability


def proven() -> bool:
    """Say whether enough loans have run their course for the bands' rates to be called proven."""
    return LoanOutcome.objects.all()[:PROVEN_AFTER_LOANS].count() >= PROVEN_AFTER_LOANS


@dataclass(frozen=True, slots=True)
class Kept:
    """Loans of one band that have run their course; `promised`: the mean promised rate."""

    matured: int
    bad: int
    promised: float


def outcomes() -> dict[str, Kept]:
    """Return what became of the loans of each band."""
    rows = LoanOutcome.objects.values("band", "points").annotate(
        loans=Count("pk"), lost=Count("pk", filter=Q(bad=True))
    )
    found: dict[str, Kept] = {}
    for row in rows:
        before = found.get(row["band"], Kept(0, 0, 0.0))
        total = before.matured + row["loans"]
        hoped = before.promised * before.matured + default_probability(row["points"]) * row["loans"]
        found[row["band"]] = Kept(total, before.bad + row["lost"], hoped / total)
    return found


def challenger() -> tuple[Challenger, rules.ShopCard] | None:
    """Return the card that scores in shadow; None when there is none."""
    running = Challenger.objects.filter(ended_at=None).select_related("card").first()
    return None if running is None else (running, rules.shop_card_of(running.card.card))


def outcomes_known(keys: list[str]) -> frozenset[str]:
    """Return those of these loans whose outcome is kept."""
    return frozenset(LoanOutcome.objects.filter(key__in=keys).values_list("key", flat=True))
