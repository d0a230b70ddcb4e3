"""The strike ladder: how many points a breach is worth, by the rule broken and by the act.

A step is worth three times the one below: 1, 3, 9, 27 points (trust.rules.points_of_step).
"""

from __future__ import annotations

from marketplace.rulebook.rules.rule import Rule

STEPS = 4
# Rule broken → founding step of a slip, of carelessness, of a knowing and of an organised breach.
# Our own choice: EU Digital Services Act, art. 23(3), asks to weigh number, gravity and intent.
FOUNDING: dict[str, tuple[int, int, int, int]] = {
    "misleading": (1, 1, 2, 3),
    "stolen_photo": (1, 2, 2, 3),
    "counterfeit": (1, 2, 3, 4),
    "prohibited": (2, 2, 3, 4),
    "bad_faith_notice": (1, 1, 2, 3),
}
ACTS = ("slip", "careless", "knowing", "organised")
_WHY = {
    "slip": "An honest mistake, easily put right: a warning is enough.",
    "careless": "Care was owed and not taken.",
    "knowing": "Whoever does it knowingly has read the rules and chosen otherwise.",
    "organised": "Planned, repeated or by many hands: the gravest of its kind.",
}


def rung(policy: str, act: str) -> str:
    """Return the key of the ladder's rule for a broken rule and an act."""
    return f"trust.step.{policy}.{act}"


_RUNGS = (
    Rule(
        rung(policy, act),
        f"Step of the ladder for {policy.replace('_', ' ')}, {act}",
        "step: 1, 2, 3, 4 are worth 1, 3, 9, 27 points",
        step,
        1,
        STEPS,
        _WHY[act],
    )
    for policy, steps in FOUNDING.items()
    for act, step in zip(ACTS, steps, strict=True)
)
LADDER = (
    *_RUNGS,
    Rule(
        "trust.warning_hours",
        "Time a warning has to be read before breaches count as ignoring it",
        "hours",
        24,
        0,
        720,
        "EU Digital Services Act, art. 23: suspension comes after a prior warning. Breaches decided"
        " together are one occasion: nobody was warned between them.",
    ),
    Rule(
        "trust.repeat_occasions",
        "Occasions of real breaches after which a repeat infringer is suspended",
        "occasions",
        4,
        2,
        20,
        "Whoever was warned three times and goes on will not be helped by a fourth warning.",
    ),
    Rule(
        "trust.payout_rest_days",
        "How long payouts of a limited shop rest",
        "days",
        7,
        0,
        30,
        "Time for buyers of doubtful goods to complain while the money is still here; it ends at"
        " once when staff have confirmed anew who the seller is.",
    ),
    Rule(
        "trust.deposit_bp",
        "Share of lately released money that a limited shop leaves as a deposit",
        "basis points (1/100 of a per cent)",
        2_000,
        0,
        5_000,
        "Twice what a new shop leaves behind: a limited one has given cause. It pays refunds of"
        " fakes before the shop goes into debt, and is the shop's own again with the limit's end.",
    ),
    Rule(
        "trust.deposit_days",
        "How far back the money goes of which the deposit is a share",
        "days",
        60,
        0,
        180,
        "Proven fakes are refunded long after their release; two months of trade cover most.",
    ),
    Rule(
        "trust.limited_notices",
        "Notices a day from somebody whose notices were limited",
        "notices",
        3,
        0,
        100,
        "Enough for whoever has a true complaint, too few to harm a competitor.",
    ),
)
