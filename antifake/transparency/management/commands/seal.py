"""`manage.py seal run|verify`: seal what happened, or say what is not as it was sealed."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from antifake.transparency import heads, services
from antifake.transparency.queries import seal as chain

LOOK_AGAIN_S = 0.2


class Command(BaseCommand):
    """Run the sealer by hand, or the verifier."""

    help = (
        "run: seals decisions, ledger and audit rows that are final, waiting up to --wait seconds "
        "for transactions under way. verify: names each altered, missing or inserted row; exits "
        "with 1 when there is any."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["run", "verify"])
        parser.add_argument("--wait", type=float, default=10.0, help="seconds, for run")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked; raise CommandError when the seal is broken."""
        if options["what"] == "run":
            self._run(options["wait"])
        else:
            self._verify()

    def _run(self, wait_s: float) -> None:
        blocks = rows = 0
        until = time.monotonic() + wait_s
        while True:
            done = services.seal(at=timezone.now())
            blocks, rows = blocks + done.blocks, rows + done.rows
            waiting = sum(chain.waiting_rows().values())
            if not done.more and (not waiting or time.monotonic() >= until):
                break
            if not done.more:
                time.sleep(LOOK_AGAIN_S)
        self.stdout.write(f"blocks {blocks}\nrows {rows}\nwaiting {waiting}")
        head = chain.newest()
        if head:
            self.stdout.write(f"head {head.number} {head.digest}")

    def _verify(self) -> None:
        check = chain.verify(keys=heads.keys(), heads=heads.printed())
        self.stdout.write(f"blocks {check.blocks}\nrows {check.rows}\nheads {check.heads}")
        self.stdout.write(f"head {check.head}")
        for finding in check.findings:
            self.stderr.write(str(finding))
        self.stdout.write(f"findings {len(check.findings)}")
        if check.findings:
            raise CommandError("Something is not as it was sealed.")
