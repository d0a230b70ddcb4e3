"""Named places at which a process kills itself when a test asks for it; nothing happens otherwise.

`EWTP_FAIL_POINT=payment.charged` makes the process that comes to `reach("payment.charged")` kill
itself there, as a power cut would. tests/faults does so at every name below and compares what
is left, once the work was asked for again, with what a run without a kill leaves. Production
refuses to start while the variable is set (ewtp/guards.py).
"""

from __future__ import annotations

import os
import signal

VARIABLE = "EWTP_FAIL_POINT"

# Checkout, payment, release, payout, takedown and a table of goods each between their statements,
# then the outbox: news on disk and nobody told, and the four moments in the life of a job.
POINTS = frozenset(
    {
        "checkout.begun",
        "checkout.grouped",
        "checkout.ordered",
        "checkout.reserved",
        "checkout.emptied",
        "payment.begun",
        "payment.charged",
        "payment.held",
        "payment.sold",
        "payment.noted",
        "payment.completed",
        "release.moved",
        "release.posted",
        "release.closed",
        "release.settled",
        "payout.created",
        "payout.posted",
        "payout.queued",
        "payout.asked",
        "payout.noted",
        "takedown.stated",
        "takedown.withheld",
        "takedown.struck",
        "takedown.sanctioned",
        "takedown.recalled",
        "takedown.told",
        "decision.taken_down",
        "decision.saved",
        "decision.lifted",
        "import.written",
        "import.batched",
        "unimport.undone",
        "outbox.committed",
        "job.claimed",
        "job.prepared",
        "job.worked",
        "job.finished",
    }
)

_armed = os.environ.get(VARIABLE, "")


def reach(name: str) -> None:
    """Say that the process is at this point; it ends here if a test armed it."""
    if name == _armed:
        os.kill(os.getpid(), signal.SIGKILL)
