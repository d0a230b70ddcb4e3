"""`manage.py seed_demo`: play the demo's story through the services, with a progress bar."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.progress import track

from ewtp.demo import story, world
from ewtp.demo.story import PLAYED, Step
from marketplace.outbox import services as outbox
from marketplace.outbox.models import Job, JobState, LogEntry


class Command(BaseCommand):
    help = "Fill the demo's market. Can be stopped, and goes on where it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--logins", action="store_true", help="only print who can sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO or settings.PRODUCTION:
            raise CommandError(_("The made-up market needs EWTP_DEMO=1."))
        if options["logins"]:
            self._print_logins()
            return
        played = set(LogEntry.objects.filter(action=PLAYED).values_list("subject", flat=True))
        steps = [s for s in story.steps(timezone.now()) if f"step:{s.key}" not in played]
        if played and not any(step.key == story.LAST_KEY for step in steps):
            self.stdout.write(_("The market is seeded already."))
            return
        for step in track(steps, description=_("seeding the market"), disable=not steps):
            _play(step)

    def _print_logins(self) -> None:
        self.stdout.write(_("Sign in with password “%s” as") % world.PASSWORD)
        for role, mail in story.logins():
            self.stdout.write(f"  {mail:<30} {role}")


def _play(step: Step) -> None:
    result = step.play(step.at)
    _work_off(step.at)
    outbox.record(
        action=PLAYED, actor="system", subject=f"step:{step.key}", data=result or {}, at=step.at
    )


def _work_off(at: datetime) -> None:
    """Do all open jobs as if it were `at`: the same code that workers and the sweeper run."""
    while True:
        due = Job.objects.filter(state=JobState.PENDING, run_at__lte=timezone.now())
        ids = list(due.order_by("pk").values_list("pk", flat=True)[:200])
        if sum(outbox.run(job_id=job_id, at=at) for job_id in ids) == 0:
            return
