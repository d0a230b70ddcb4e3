"""A refusal in words: its reasons, and the cheapest ways to yes."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from credit.loans import words
from credit.loans.models import Application
from credit.loans.rules import products
from credit.loans.rules.decision import SCORE
from credit.scoring import queries as scoring
from credit.scoring import words as scores
from credit.scoring.models import Score
from marketplace.money import Money

WAYS_MAX = 3


@dataclass(frozen=True, slots=True)
class Way:
    """Something to do that leads to yes, and where; `points` it would add to the score."""

    sentence: str
    link: str
    points: int = 0


def in_words(codes: list[str], score: Score | None, currency: str) -> list[str]:
    """Return the sentences of a refusal's reasons, in their order."""
    said = {} if score is None else {one.key: one for one in scoring.reasons(score, limit=99)}
    sentences = []
    for code in codes:
        row = said.get(code.removeprefix(SCORE)) if code.startswith(SCORE) else None
        if row is not None:
            lost = _("%(reason)s It costs %(points)s points of the score.")
            sentences.append(lost % {"reason": row.sentence, "points": row.points})
        else:
            sentences.append(str(words.REASONS.get(code, words.REASONS["score"])))
    found = products.ladder(currency)
    if "sales" in codes and found is not None:
        least = Money(found.least_minor, currency).display()
        sentences.append(_("The smallest loan is %(least)s.") % {"least": least})
    return sentences


def reason_label(code: str) -> str:
    """Name a reason for the risk desk, which counts them over everybody."""
    if code.startswith(SCORE):
        row = code.removeprefix(SCORE)
        return _("Score: %(row)s") % {"row": scores.ROWS.get(row, row)}
    return str(words.REASONS.get(code, code))


def ways_to_yes(application: Application) -> list[Way]:
    """Return up to three things that turn this refusal into a yes, the cheapest first."""
    codes, score = application.reasons, application.score
    if any(code.startswith("score") for code in codes):
        if score is None:
            return []
        cutoff = "thin_cutoff_points" if application.facts["thin"] else "cutoff_points"
        target = int(application.terms[cutoff])
        link = f"{reverse('scoring:score')}?shop={application.shop_id}"
        found = scoring.ways_up(score, target, limit=WAYS_MAX)
        return [Way(one.sentence, link, one.points) for one in found]
    return [
        Way(str(words.WAYS[code][0]), reverse(words.WAYS[code][1]))
        for code in codes
        if code in words.WAYS
    ][:WAYS_MAX]


def lot_told(application: Application) -> str:
    """Say what the lot did, to whoever was near enough to the line for it; else nothing."""
    facts, terms = application.facts, application.terms
    if facts["points"] is None or "sample_points" not in terms:
        return ""
    line = terms["thin_cutoff_points"] if facts["thin"] else terms["cutoff_points"]
    short = line - facts["points"]
    if not 0 < short <= terms["sample_points"]:
        return ""
    share = {"short": short, "percent": f"{terms['sample_permille'] / 10:g}"}
    if application.by_lot:
        told = _(
            "The score lies %(short)d points below the line. To learn whether the line is right, "
            "%(percent)s %% of those who are that near get a small loan by lot, at the price of "
            "everybody. The lot fell on you this month."
        )
    else:
        told = _(
            "The score lies %(short)d points below the line. To learn whether the line is right, "
            "%(percent)s %% of those who are that near get a small loan by lot, drawn once a "
            "month. That is not what decided this: the reasons are."
        )
    return told % share
