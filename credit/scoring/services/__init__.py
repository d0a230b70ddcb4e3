"""Every change of state of this room, one verb one function."""

from credit.scoring.services.bulk import rescore_batch
from credit.scoring.services.counting import dispute_ended, recount
from credit.scoring.services.disputes import decide_dispute, dispute_fact
from credit.scoring.services.proving import end_challenger, note_outcome, start_challenger
from credit.scoring.services.scores import note_instalment, rescore
from credit.scoring.services.sharing import make_link, note_view, revoke_link
from credit.scoring.services.sources import choose_source

__all__ = [
    "choose_source",
    "decide_dispute",
    "dispute_ended",
    "dispute_fact",
    "end_challenger",
    "make_link",
    "note_instalment",
    "note_outcome",
    "note_view",
    "recount",
    "rescore",
    "rescore_batch",
    "revoke_link",
    "start_challenger",
]
