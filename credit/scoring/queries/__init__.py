"""Reads: the facts a score is made of, the scores kept, the links that show them."""

from credit.scoring.queries.buyers import buyer_facts
from credit.scoring.queries.facts import circular_buyers, features
from credit.scoring.queries.proving import challenger, outcomes, outcomes_known, proven
from credit.scoring.queries.scores import (
    Said,
    a_month_before,
    card_of,
    costliest,
    current,
    disputes_of,
    features_of,
    frozen_rows,
    history,
    reasons,
    replay,
    scored_shops_of,
    shops_to_refresh,
    ways_up,
)
from credit.scoring.queries.shares import links_of, live_link, proven_breaches
from credit.scoring.queries.sources import attributes_off, choices_of, off_in, sources_off

__all__ = [
    "Said",
    "a_month_before",
    "attributes_off",
    "buyer_facts",
    "card_of",
    "challenger",
    "choices_of",
    "circular_buyers",
    "costliest",
    "current",
    "disputes_of",
    "features",
    "features_of",
    "frozen_rows",
    "history",
    "links_of",
    "live_link",
    "off_in",
    "outcomes",
    "outcomes_known",
    "proven",
    "proven_breaches",
    "reasons",
    "replay",
    "scored_shops_of",
    "shops_to_refresh",
    "sources_off",
    "ways_up",
]
