"""What must be there before the platform starts: settings.py asks, and refuses in one sentence."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from ewtp import env

# Shorter ones can be guessed; the operating guide asks for long random ones.
SECRET_LETTERS = 16


def are_loopback(hosts: Sequence[str]) -> bool:
    """Say whether the site answers to this very machine alone."""
    return all(_is_loopback(host) for host in hosts)


def check_secrets(*secrets: str) -> None:
    """Raise ImproperlyConfigured when a secret is missing or can be guessed."""
    if not all(secrets):
        raise ImproperlyConfigured(
            "EWTP_SECRET_KEY, EWTP_PEPPER and EWTP_SEALING_KEY must be set in production, and"
            " wherever EWTP_HOSTS names more than loopback."
        )
    if any(len(secret) < SECRET_LETTERS for secret in secrets):
        raise ImproperlyConfigured(f"A secret needs at least {SECRET_LETTERS} characters.")


def check_production(*, debug: bool, hosts: Sequence[str]) -> None:
    """Raise ImproperlyConfigured when production would start half-guarded."""
    if debug:
        raise ImproperlyConfigured("EWTP_DEBUG shows secrets: not with EWTP_PRODUCTION.")
    if "*" in hosts:
        raise ImproperlyConfigured("EWTP_HOSTS must name the site; links in mails carry its name.")
    missing = [
        name for name in ("DATABASE_URL", "DATABASE_APP_URL", "REDIS_URL") if not env.text(name)
    ]
    if missing:
        raise ImproperlyConfigured(f"{', '.join(missing)} must be set in production.")
    if _role("DATABASE_URL") == _role("DATABASE_APP_URL"):
        raise ImproperlyConfigured(
            "DATABASE_APP_URL must name a login role that owns no table, not the owner."
        )


def _role(name: str) -> str:
    return unquote(urlsplit(env.text(name)).username or "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
