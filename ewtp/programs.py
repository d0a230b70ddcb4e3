"""The programs that make up the running platform, and how each is started."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from django.conf import settings

from ewtp.supervisor import Program
from marketplace.outbox.rules import QUEUES


def programs(host: str, port: int, environment: Mapping[str, str]) -> list[Program]:
    """Return web, scheduler, sweeper and worker, in the order in which they are stopped."""
    python, manage = sys.executable, str(settings.BASE_DIR / "manage.py")
    web = [
        "-m",
        "gunicorn",
        "ewtp.wsgi",
        "--no-control-socket",
        "--config=python:ewtp.web",
        f"--bind={host}:{port}",
    ]
    # One process more than webhooks take (HOOKS_AT_ONCE): slow receivers never hold all of them.
    worker = [
        "-m",
        "celery",
        "-A",
        "ewtp",
        "--quiet",
        "worker",
        "--pool=prefork",
        "--concurrency=3",
    ]
    worker += [f"--queues={','.join(QUEUES)}", "--loglevel=INFO"]
    worker += ["--without-gossip", "--without-mingle"]
    return [
        Program("web", [python, *web], environment, stop_within_s=4.0),
        Program("scheduler", [python, manage, "scheduler"], environment, stop_within_s=2.0),
        Program("sweeper", [python, manage, "sweeper"], environment, stop_within_s=2.0),
        Program("worker", [python, *worker], environment, stop_within_s=5.0),
    ]
