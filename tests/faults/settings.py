"""The product's own settings, and one app with jobs and a page whose every effect is counted."""

from ewtp.settings import *  # noqa: F403
from ewtp.settings import INSTALLED_APPS, STORAGES

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.faultapp"]
ROOT_URLCONF = "tests.faults.faultapp.urls"
# Nothing is collected for these runs.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
