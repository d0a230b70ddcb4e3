"""The Celery application. Its one task is the outbox's doorbell, `run_job(job_id)`."""

import os

from celery import Celery
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ewtp.settings")

# A ring that was fetched and not answered need not go back to the broker: the sweeper finds its
# job. Giving it back over a connection that just died ends the worker (kombu 5.7.0: "'NoneType'
# object has no attribute 'hostname'" in restore_unacked).
Channel.do_restore = False

app = Celery("ewtp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
