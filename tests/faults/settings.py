"""The product's own settings, and one app with jobs whose every effect can be counted."""

from ewtp.settings import *  # noqa: F403
from ewtp.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.faultapp"]
