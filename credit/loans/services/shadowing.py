"""What the challenger would have decided: in a job after the decision, never in its path."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from credit.loans.models import Application, Outcome, ShadowDecision
from credit.loans.rules import decision
from credit.scoring import queries as scoring
from credit.scoring import rules
from credit.scoring.rules.card import default_probability


@transaction.atomic
def decide(*, application_id: int, at: datetime) -> ShadowDecision | None:
    """Decide once more with the challenger's points, from the facts that the decision kept.

    Safe to repeat. None without a challenger, or for an application without a score.
    """
    found = scoring.challenger()
    application = Application.objects.select_related("score").get(pk=application_id)
    if found is None or application.score is None:
        return None
    running, challenger = found
    scored = challenger.card.score(application.score.features)
    lost = rules.reasons_down(challenger.card, scored.contributions, limit=decision.MOST_REASONS)
    facts = replace(
        decision.facts_of(application.facts),
        points=scored.points,
        pd_ppm=round(default_probability(scored.points) * 1_000_000),
        losses=tuple((one.key, one.lost) for one in lost),
        lot=decision.NO_LOT,
    )
    verdict = decision.decide(facts, decision.Terms(**application.terms))
    made, _new = ShadowDecision.objects.get_or_create(
        application=application,
        card=running.card,
        defaults={
            "points": scored.points,
            "outcome": Outcome.APPROVED if verdict.approved else Outcome.REFUSED,
            "verdict": decision.as_json(verdict),
            "at": at,
        },
    )
    return made
