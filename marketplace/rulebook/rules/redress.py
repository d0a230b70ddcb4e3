"""What follows for buyers and others: money back for fakes, inspections."""

from __future__ import annotations

from marketplace.rulebook.rules.rule import Rule

REDRESS = (
    Rule(
        "recalls.back_days",
        "How far back the buyers of a proven fake get their money back",
        "days",
        186,
        184,
        730,
        "EU Digital Services Act, art. 32(1): buyers of the last six months are told.",
    ),
    Rule(
        "recalls.recover_days",
        "How long the platform bears a refund for a fake before the shop does",
        "days",
        30,
        7,
        186,
        "The seller has time to appeal before any money is taken; buyers need not wait for it.",
    ),
    Rule(
        "inspections.mark_days",
        "How long a passed inspection stands as a mark on goods",
        "days",
        365,
        30,
        730,
        "Yearly, as factory inspections of product certification are.",
    ),
    Rule(
        "inspections.days",
        "Time for an inspection, from the order to its result",
        "days",
        21,
        3,
        90,
        "A parcel to the inspector takes a week, the look a few days, and some is left over.",
    ),
)
