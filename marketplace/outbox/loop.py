"""A step that is repeated until SIGTERM, whatever happens to the database meanwhile."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable

from django.db import Error, connection

logger = logging.getLogger(__name__)


def repeat(step: Callable[[], None], *, every_seconds: float, stop: threading.Event) -> None:
    """Call `step` until `stop` is set; a lost database connection is made again.

    Must run in the main thread: SIGTERM and SIGINT set `stop` and let the present step end.
    """

    def ask_to_stop(_number: int, _frame: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    while not stop.is_set():
        try:
            step()
        except Error as error:
            logger.warning("the database does not answer: %s", type(error).__name__)
            connection.close()
        stop.wait(every_seconds)
    connection.close()
