"""Threads with their messages, questions on listings, saved replies, reports and blocks."""

from marketplace.talk.models.questions import Question, SavedReply
from marketplace.talk.models.reports import Block, Look, Outcome, Report, ReportReason
from marketplace.talk.models.threads import Found, Message, MessagePhoto, Side, Thread

__all__ = [
    "Block",
    "Found",
    "Look",
    "Message",
    "MessagePhoto",
    "Outcome",
    "Question",
    "Report",
    "ReportReason",
    "SavedReply",
    "Side",
    "Thread",
]
