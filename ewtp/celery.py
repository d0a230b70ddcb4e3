"""The Celery application. Its one task is the outbox's doorbell, `run_job(job_id)`."""

import os

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


app = Celery("ewtp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
