"""gunicorn's settings: --config=python:ewtp.web. The command line may say otherwise."""

import gc
import time
from collections.abc import Iterable

from django.urls import URLPattern, URLResolver, get_resolver
from gunicorn.config import Config
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker

from ewtp import env

workers = 2
threads = 4
graceful_timeout = 3
# Behind a proxy, it and not we must be the first to close a connection, or it sends somebody's
# order into one that is just going. nginx and Amazon's keep one for 60 s, Caddy for 120.
keepalive = 130 if env.number("EWTP_PROXIES", 0) else 2
logger_class = "ewtp.logs.ServerLogger"
accesslog = None
# After all threads were busy at once: whoever kept a connection would go before the line.
RUSH_LASTS_S = 1.0


class OneLineWorker(ThreadWorker):
    """Threads that take the next request only when one of them is free to answer it.

    gunicorn's own take whatever comes, and a browser that keeps its connection stays with its
    process: with 32 callers one process had three times the other's line, and the slowest of a
    hundred waited more than three times as long as the one in the middle. Here all wait in one
    line, the kernel's, and in a rush nobody keeps a connection.
    """

    cfg: Config
    _rush_until = 0.0

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Do what is asked, then say how many connections may be open, and how many stay so."""
        super().wait_for_and_dispatch_events(timeout)
        idle, now = len(self.keepalived_conns) + len(self.pending_conns), time.monotonic()
        self.worker_connections = min(self.cfg.worker_connections, self.cfg.threads + idle)
        if self.nr_conns >= self.worker_connections:
            self._rush_until = now + RUSH_LASTS_S
        self.max_keepalived = 0 if now < self._rush_until else self.cfg.threads


worker_class = OneLineWorker


def post_worker_init(_worker: Worker) -> None:
    """Load every address, then leave what is loaded for good out of searches for garbage.

    Addresses are imported when the first one is asked for: a second or two, which the first
    visitor of each process waited for.
    A request makes thousands of short-lived objects; with Python's first threshold of 700 the
    collector walked through the whole project again and again: a sixth of a checkout's time.
    """
    load_addresses()
    gc.collect()
    gc.freeze()
    gc.set_threshold(25_000, 20, 50)


def load_addresses() -> None:
    """Import what each address is served by, and what that imports."""
    _load(get_resolver().url_patterns)


def _load(patterns: Iterable[URLPattern | URLResolver]) -> None:
    for one in patterns:
        if isinstance(one, URLResolver):
            _load(one.url_patterns)
