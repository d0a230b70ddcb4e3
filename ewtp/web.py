"""gunicorn's settings beyond its command line: --config=python:ewtp.web."""

import gc
from collections.abc import Iterable

from django.urls import URLPattern, URLResolver, get_resolver
from gunicorn.workers.base import Worker

logger_class = "ewtp.logs.ServerLogger"
accesslog = None


def post_worker_init(_worker: Worker) -> None:
    """Load every address, then leave what is loaded for good out of searches for garbage.

    Addresses are imported when the first one is asked for: a second or two, which the first
    visitor of each process waited for.
    A request makes thousands of short-lived objects; with Python's first threshold of 700 the
    collector walked through the whole project again and again: a sixth of a checkout's time.
    """
    _load(get_resolver().url_patterns)
    gc.collect()
    gc.freeze()
    gc.set_threshold(25_000, 20, 50)


def _load(patterns: Iterable[URLPattern | URLResolver]) -> None:
    for one in patterns:
        if isinstance(one, URLResolver):
            _load(one.url_patterns)
