"""Changes of endpoints and deliveries."""

from marketplace.hooks.services.deliveries import fan_out, replay, replay_failed, send_test
from marketplace.hooks.services.endpoints import (
    add,
    change,
    delete,
    pause,
    pause_failing,
    resume,
    rotate_secret,
)
from marketplace.hooks.services.sending import Letter, note, release, ring_overdue, start, take

__all__ = [
    "Letter",
    "add",
    "change",
    "delete",
    "fan_out",
    "note",
    "pause",
    "pause_failing",
    "release",
    "replay",
    "replay_failed",
    "resume",
    "ring_overdue",
    "rotate_secret",
    "send_test",
    "start",
    "take",
]
