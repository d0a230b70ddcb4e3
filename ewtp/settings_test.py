"""Settings of the test run: the test profile's servers, logged in as the owner of the schema."""

import os

os.environ.setdefault("EWTP_PROFILE", "test")
os.environ.setdefault("EWTP_DB_ROLE", "owner")
os.environ.setdefault("EWTP_LOG_LEVEL", "WARNING")

from ewtp.settings import *  # noqa: F403
from ewtp.settings import REDIS_URL as _REDIS_URL
from ewtp.settings import STORAGES

# Test processes side by side have a database each, of the broker too.
_NUMBER = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
REDIS_URL = CELERY_BROKER_URL = f"{_REDIS_URL.rpartition('/')[0]}/{_NUMBER}"

# Cheap hashing keeps thousands of test log-ins fast; the real hasher has its own test.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
