"""gunicorn's settings beyond its command line: --config=python:ewtp.web."""

import gc

from gunicorn.workers.base import Worker

logger_class = "ewtp.logs.ServerLogger"
accesslog = None


def post_worker_init(_worker: Worker) -> None:
    """Leave what was loaded for good out of every later search for garbage.

    A request makes thousands of short-lived objects; with Python's first threshold of 700 the
    collector walked through the whole project again and again: a sixth of a checkout's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(25_000, 20, 50)
