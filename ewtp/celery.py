"""The Celery application. Its one task is the outbox's doorbell, `run_job(job_id)`."""

import ctypes
import os
from itertools import count

from celery import Celery, signals
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ewtp.settings")
# A worker is one process a core: sums that spread over all cores would only get in each other's
# way. Read when NumPy is first imported, so it stands here, before any room is.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A ring that was fetched and not answered need not go back to the broker: the sweeper finds its
# job. Giving it back over a connection that just died ends the worker (kombu 5.7.0: "'NoneType'
# object has no attribute 'hostname'" in restore_unacked).
Channel.do_restore = False


@signals.setup_logging.connect
def keep_the_project_s_logging(**_asked: object) -> None:
    """Celery sets no handlers of its own when somebody answers here: settings.LOGGING holds."""


# Memory that pictures and networks were done with stays in pieces with the C library: of a worker
# that had checked two hundred listings 90 MB of 364. Handing it back takes some 8 ms.
TRIM_EVERY_TASKS = 20
_tasks_done = count(1)


@signals.task_postrun.connect
def give_memory_back(**_asked: object) -> None:
    """Hand free memory back to the system now and then, where the C library can (glibc)."""
    if next(_tasks_done) % TRIM_EVERY_TASKS == 0:
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


app = Celery("ewtp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
