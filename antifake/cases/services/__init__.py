"""Scanning, claiming, deciding, appealing. `decide` is the only door to a decision."""

from antifake.cases.services.appeals import appeal, decide_appeal, let_originals_go
from antifake.cases.services.claims import claim, claim_next, unclaim
from antifake.cases.services.decisions import decide
from antifake.cases.services.scans import finish, look, rescan_stalled

__all__ = [
    "appeal",
    "claim",
    "claim_next",
    "decide",
    "decide_appeal",
    "finish",
    "let_originals_go",
    "look",
    "rescan_stalled",
    "unclaim",
]
