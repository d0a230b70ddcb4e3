"""The project: settings, URLs, Celery, embedded services. Imports anything; nothing imports it."""

from ewtp.celery import app as celery_app

__all__ = ["celery_app"]
