"""Holding promises against what came: loans that ran their course, and a card in shadow."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from credit.scoring import rules
from credit.scoring.models import Challenger, KeptCard, LoanOutcome, Score
from credit.scoring.services.scores import keep_card
from marketplace.errors import BadInput
from marketplace.outbox import services as outbox


@transaction.atomic
def note_outcome(*, key: str, score_id: int, bad: bool, at: datetime) -> None:
    """Keep how a loan ended, against the score that gave it; `key` names it. Safe to repeat."""
    score = Score.objects.get(pk=score_id)
    row = LoanOutcome(key=key, points=score.points, band=score.band, bad=bad, at=at)
    LoanOutcome.objects.bulk_create([row], ignore_conflicts=True)


@transaction.atomic
def start_challenger(*, card: rules.ShopCard, at: datetime) -> Challenger:
    """Have a card score in shadow from now on, in the place of the one before. Safe to repeat.

    Raises BadInput for the card in force, or one that reads other attributes.
    """
    ours = rules.shop_card()
    if card.hash == ours.hash:
        raise BadInput(_("This card is in force already."))
    if {one.key for one in card.card.attributes} - {one.key for one in ours.card.attributes}:
        raise BadInput(_("This card reads facts that are not kept."))
    running = Challenger.objects.filter(ended_at=None).select_related("card").first()
    if running is not None and running.card.hash == card.hash:
        return running
    end_challenger(at=at)
    keep_card(card=card, at=at)
    made = Challenger.objects.create(card=KeptCard.objects.get(hash=card.hash), since=at)
    data = {"card": card.hash}
    outbox.record(
        action="score.challenger", actor="operator", subject=f"card:{card.hash}", data=data, at=at
    )
    return made


@transaction.atomic
def end_challenger(*, at: datetime) -> int:
    """End the shadow card; what it said stays. Return how many ended."""
    return Challenger.objects.filter(ended_at=None).update(ended_at=at)
