"""`manage.py sweeper`: rings for overdue jobs and does what no worker does."""

from __future__ import annotations

import os
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections
from django.utils import timezone

from marketplace.outbox import queries, services
from marketplace.outbox.doorbell import bell
from marketplace.outbox.hands import OVER, READY, TAKEN, Hands
from marketplace.outbox.loop import repeat
from marketplace.outbox.sweeper import Sweeper

SWEEP_EVERY_SECONDS = 0.5


class Command(BaseCommand):
    help = "Ring for overdue jobs, do what no worker does. A second sweeper waits and takes over."
    # Must start fast and whatever the pages of the site look like.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--hand", action="store_true", help="do the jobs named on stdin")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until SIGTERM; as a hand, until the sweeper closes the pipe."""
        if options["hand"]:
            serve_as_hand()
        else:
            sweep_until_stopped()


def sweep_until_stopped() -> None:
    """Sweep every half second."""
    hands = Hands()
    sweeper = Sweeper(bell=bell(), hands=hands)

    def step() -> None:
        try:
            sweeper.tick(at=timezone.now())
        except Error:
            sweeper.forget()
            raise

    try:
        repeat(step, every_seconds=SWEEP_EVERY_SECONDS, stop=threading.Event())
    finally:
        hands.close()


def serve_as_hand() -> None:
    """Do one job for each line of stdin, and answer one line when it is over."""
    # A job that prints must not be taken for an answer.
    answers = os.dup(1)
    os.dup2(2, 1)
    os.write(answers, READY)
    for line in sys.stdin:
        close_old_connections()
        answer = OVER
        try:
            if queries.waits(job_id=int(line), at=timezone.now()):
                services.run(job_id=int(line))
            else:
                answer = TAKEN
        except Error as error:
            sys.stderr.write(f"the database does not answer: {type(error).__name__}\n")
        os.write(answers, answer)
