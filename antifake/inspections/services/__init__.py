"""Ordering, accepting, handing over, concluding; what lapses."""

from antifake.inspections.services.custody import hand_over
from antifake.inspections.services.ordering import accept, ask, lapse_due, order
from antifake.inspections.services.results import conclude

__all__ = ["accept", "ask", "conclude", "hand_over", "lapse_due", "order"]
