"""What the programs write down: one line a happening, without secrets and personal data.

In production (and with EWTP_LOG_FORMAT=json) each line is one JSON object. Exceptions are told
by type, place and SQL state; their words are left out unless the error is our own, because what
drivers and libraries say repeats the values that they were given. Plain lines, with whole
traces, are for the demo and for developers on their own machine.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from gunicorn.glogging import Logger

from ewtp import env
from marketplace.outbox.context import job_at_work, request_id
from marketplace.outbox.rules import OURS, in_own_words, places, without_addresses, without_numbers

# What a record may carry besides its message (logging's `extra`).
FIELDS = ("job_id", "kind", "method", "route", "status", "duration_ms")
CAUSES_MAX = 3
_PROGRAMS = {"gunicorn": "web", "celery": "worker"}
_STARTERS = {"manage", "django"}


def wants_json() -> bool:
    """Say whether lines are JSON: always in production, elsewhere when asked for."""
    return env.flag("EWTP_PRODUCTION") or env.text("EWTP_LOG_FORMAT") == "json"


def program(argv: Sequence[str]) -> str:
    """Return the name of the program that was started with these words.

    >>> program(["/x/gunicorn/__main__.py", "ewtp.wsgi"]), program(["manage.py", "sweeper"])
    ('web', 'sweeper')
    """
    start = Path(argv[0] if argv else "")
    name = start.parent.name if start.stem == "__main__" else start.stem
    if name in _STARTERS and len(argv) > 1:
        return argv[1]
    return _PROGRAMS.get(name, name)


def config(*, level: str) -> dict[str, Any]:
    """Return Django's LOGGING: one handler for everybody, to stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": {"()": "ewtp.logs.formatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "ours"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Without Django's own handlers: one mails whole requests, the other skips our rules.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        },
    }


def formatter() -> logging.Formatter:
    """Return the formatter of this process."""
    return JsonLine() if wants_json() else PlainLine()


class PlainLine(logging.Formatter):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(said)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with the whole trace below it."""
        record.request_id, record.said = request_id.get(), _said(record)
        return super().format(record)


class JsonLine(logging.Formatter):
    """A line for machines: one JSON object."""

    def __init__(self) -> None:
        super().__init__()
        self.program = program(sys.argv)

    def format(self, record: logging.LogRecord) -> str:
        """Return the object as one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _said(record),
            "request_id": request_id.get(),
            "program": self.program,
        }
        job = job_at_work.get()
        if job is not None:
            line["job_id"], line["kind"] = job
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


class ServerLogger(Logger):  # type: ignore[misc]
    """gunicorn's own words, in our lines; no access log, the middleware writes a better one."""

    def setup(self, cfg: Any) -> None:
        """Give gunicorn's handlers our formatter."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter())


def tell_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Log what ends a program, instead of Python's trace with its values (sys.excepthook)."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("ewtp").critical("the program ends", exc_info=(kind, error, trace))


def _said(record: logging.LogRecord) -> str:
    """Return a record's message without addresses, paths that hold tokens, and foreign values."""
    if record.name.partition(".")[0] in OURS:
        return without_addresses(record.getMessage())
    if record.name.startswith("django.security"):
        return "refused"  # the reasons quote headers
    if record.name == "gunicorn.error" and str(record.msg).startswith("Invalid request"):
        return "Invalid request"  # the rest quotes address and header
    request = getattr(record, "request", None)
    path = getattr(request, "path", "")
    if path:
        return record.getMessage().replace(path, route_of(request))
    if record.exc_info:
        # Others put the error's words into their own: celery the whole trace.
        return str(record.msg).partition("\n")[0]
    return without_numbers(without_addresses(record.getMessage()))


def route_of(request: Any) -> str:
    """Return the name of the page that a request asked for; a path may hold a token."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name or match.route) if match else "-"


def _told(error: BaseException, depth: int = 1) -> dict[str, Any]:
    told: dict[str, Any] = {"type": type(error).__qualname__, "stack": places(error)}
    state = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)
    if state:
        told["sqlstate"] = state
    words = in_own_words(error)
    if words:
        told["message"] = words
    hidden = None if error.__suppress_context__ else error.__context__
    cause = error.__cause__ or hidden
    if cause is not None and depth < CAUSES_MAX:
        told["cause"] = _told(cause, depth + 1)
    return told
