"""From findings to a risk, and the clocks of the review desk. Plain Python.

The risk is a probability by Bayes' rule in log-odds: the prior's logit plus what the findings
add. All figures are set by hand until staff verdicts can train them. The prior of 2 % is a
cautious guess for an open market. Findings of one detector are not independent of each other
(one photo matches twice, one title names two brands), so of each detector only the strongest
counts. Starting from logit(0.02) = -3.9: a disguised brand name alone gives 75 %, a rights
holder's photo alone 60 %, another shop's photo alone 22 %, a plain brand name alone 6 %.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from datetime import timedelta

from antifake.detectors.base import Finding
from marketplace.trust import rules as trust

PRIOR = 0.02
# A person who claims a case and walks away keeps it so long from the others.
CLAIM_LASTS = timedelta(minutes=15)
# While its page is open and says so every 20 s, a claim needs to last no longer than this: a
# reviewer whose machine dies frees the case at once.
HEARTBEAT_LASTS = timedelta(seconds=90)
# A decision at the desk can be taken back so long; no mail leaves before.
UNDO_LASTS = trust.UNDO_LASTS
# A posted listing that nobody has scanned by then is asked for again.
STALLED_AFTER = timedelta(minutes=2)
NOTE_LETTERS = 10


def risk_permille(findings: Iterable[Finding]) -> int:
    """Return the probability, in thousandths, that the listing is a fake.

    >>> risk_permille([])
    20
    """
    strongest: dict[str, float] = {}
    for finding in findings:
        before = strongest.get(finding.detector, finding.log_odds)
        strongest[finding.detector] = max(before, finding.log_odds)
    logit = math.log(PRIOR / (1 - PRIOR)) + sum(strongest.values())
    return round(1000 / (1 + math.exp(-logit)))


def news(findings: Iterable[Finding], cleared: Collection[str]) -> list[Finding]:
    """Return the findings whose evidence no person has cleared for this shop before."""
    return [finding for finding in findings if finding.key not in cleared]
