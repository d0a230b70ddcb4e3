"""Scanning, claiming, deciding, appealing. `decide` is the only door to a decision."""

from antifake.cases.services.appeals import appeal, decide_appeal, let_originals_go
from antifake.cases.services.audits import draw_allowed
from antifake.cases.services.binding import bind
from antifake.cases.services.claims import claim, claim_next, free_stale, keep, unclaim
from antifake.cases.services.decisions import decide
from antifake.cases.services.desk_settings import drop_view, save_settings, save_view
from antifake.cases.services.looks import look
from antifake.cases.services.passing import ask_evidence, escalate
from antifake.cases.services.queueing import take_next
from antifake.cases.services.replays import replay
from antifake.cases.services.reported import join_or_open
from antifake.cases.services.scans import finish
from antifake.cases.services.stalls import publish_stalled, rescan_stalled
from antifake.cases.services.undoing import undo, undo_all

__all__ = [
    "appeal",
    "ask_evidence",
    "bind",
    "claim",
    "claim_next",
    "decide",
    "decide_appeal",
    "draw_allowed",
    "drop_view",
    "escalate",
    "finish",
    "free_stale",
    "join_or_open",
    "keep",
    "let_originals_go",
    "look",
    "publish_stalled",
    "replay",
    "rescan_stalled",
    "save_settings",
    "save_view",
    "take_next",
    "unclaim",
    "undo",
    "undo_all",
]
