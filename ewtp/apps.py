import logging
import sys

from django.apps import AppConfig
from django.conf import settings


class EwtpConfig(AppConfig):
    """The project itself: commands that join rooms (demo, seed_demo, clocks)."""

    name = "ewtp"
    label = "ewtp"

    def ready(self) -> None:
        """Say what is not real, refuse a role that could rewrite history, mind the log."""
        from ewtp import guards, logs

        if logs.wants_json():
            sys.excepthook = logs.tell_uncaught
            logging.captureWarnings(capture=True)
        if settings.PRODUCTION:
            guards.warn_of_sandboxes()
            if settings.DB_ROLE != "owner":
                guards.check_role(settings.DATABASE_APP_URL)
