"""`manage.py seed_demo`: play the demo's story through the services, with a progress bar."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import cache, partial
from multiprocessing import get_context
from typing import Any

import django
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.progress import track

from antifake.cases.services.rescans import LOOK
from antifake.cases.services.stalls import SCAN
from ewtp.demo import story, world
from ewtp.demo.crowd import plan, seeding
from ewtp.demo.story import PLAYED, Step
from marketplace.ledger import queries as ledger
from marketplace.listings.models import Listing
from marketplace.orders.models import Order
from marketplace.orders.services import payout
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job, JobState, LogEntry
from marketplace.shops.models import Shop

SMALL, FULL = "small", "full"
HANDS = 2
LOOKS = (SCAN, LOOK)


class Command(BaseCommand):
    help = "Fill the demo's market. Can be stopped, and goes on where it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--logins", action="store_true", help="only print who can sign in")
        parser.add_argument(
            "--size", choices=(SMALL, FULL), default=SMALL, help="full: a year of a hundred shops"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO or settings.PRODUCTION:
            raise CommandError(_("The made-up market needs EWTP_DEMO=1."))
        if options["logins"]:
            self._print_logins()
            return
        played = _played()
        steps = [s for s in story.steps(timezone.now()) if f"step:{s.key}" not in played]
        if played and not any(step.key == story.LAST_KEY for step in steps):
            self.stdout.write(_("The market is seeded already."))
        else:
            for number in range(HANDS):
                _hands().submit(abs, number)  # they begin while the first people sign up
            for step in track(steps, description=_("seeding the market"), disable=not steps):
                _play(step)
        # One that was begun is finished, whatever is asked for now: half a year is no world.
        crowd = seeding.begun()
        if crowd is None and options["size"] == FULL:
            crowd = seeding.begin(plan.FULL, timezone.now())
        if crowd is not None:
            self.fill(crowd.steps())

    def fill(self, steps: Sequence[Step]) -> None:
        """Play what is left of a crowd's steps, and say what there is now."""
        played = _played()
        left = [step for step in steps if f"step:{step.key}" not in played]
        if not left:
            return
        for step in track(left, description=_("filling the market")):
            play_whole(step)
        self._print_counts()

    def _print_counts(self) -> None:
        audit = ledger.audit()
        self.stdout.write(
            _("%(shops)s shops, %(listings)s listings, %(orders)s orders, %(transfers)s transfers")
            % {
                "shops": Shop.objects.count(),
                "listings": Listing.objects.count(),
                "orders": Order.objects.count(),
                "transfers": audit.transfers,
            }
        )
        if audit.problems:
            raise CommandError(_("The ledger is not sound: see manage.py ledger_check."))
        if payout.reconcile():  # a payment was under way when the seeding was stopped, once
            self.stdout.write(_("The ledger is sound; the clocks ask about a payment under way."))
        else:
            self.stdout.write(_("The ledger is sound, and the provider's book agrees with it."))

    def _print_logins(self) -> None:
        self.stdout.write(_("Sign in with password “%s” as") % world.PASSWORD)
        for role, mail in story.logins():
            self.stdout.write(f"  {mail:<30} {role}")


def _played() -> set[str]:
    return set(LogEntry.objects.filter(action=PLAYED).values_list("subject", flat=True))


def _play(step: Step) -> None:
    result = step.play(step.at)
    work_off(step.at)
    _note(step, result)


def play_whole(step: Step) -> None:
    """Play a step and note it in one transaction, then do the jobs it left."""
    with transaction.atomic():
        _note(step, step.play(step.at))
    work_off(step.at)


def _note(step: Step, result: dict[str, Any] | None) -> None:
    outbox.record(
        action=PLAYED, actor="system", subject=f"step:{step.key}", data=result or {}, at=step.at
    )


def work_off(at: datetime) -> None:
    """Do all open jobs as if it were `at`: the same code that workers and the sweeper run."""
    while True:
        due = Job.objects.filter(state=JobState.PENDING, run_at__lte=timezone.now())
        found = list(due.order_by("pk").values_list("pk", "kind")[:200])
        looks = [job_id for job_id, kind in found if kind in LOOKS]
        others = [job_id for job_id, kind in found if kind not in LOOKS]
        done = _side_by_side(looks, at) if len(looks) > 1 else sum(_run(one, at) for one in looks)
        if done + sum(_run(job_id, at) for job_id in others) == 0:
            return


def _run(job_id: int, at: datetime) -> bool:
    return bool(outbox.run(job_id=job_id, at=at))


def _side_by_side(looks: list[int], at: datetime) -> int:
    """Looks at goods do not wait for each other: two processes share them."""
    look = partial(_run_in, connection.settings_dict["NAME"], at)
    return sum(_hands().map(look, looks))


@cache
def _hands() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(HANDS, mp_context=get_context("spawn"), initializer=django.setup)


def _run_in(database: str, at: datetime, job_id: int) -> bool:
    connection.settings_dict["NAME"] = database  # that of the process which asks
    return _run(job_id, at)
