"""What must be there before the platform starts: settings.py asks, and refuses in one sentence."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

import psycopg2
from django.core.exceptions import ImproperlyConfigured

from ewtp import env

# Others can be guessed or looked up here; the operating guide asks for long random ones.
# 32 hexadecimal digits are 128 bits, what OWASP ASVS asks of keys; they hold 8 different ones
# in all but one of a million draws.
SECRET_LETTERS = 32
SECRET_LETTERS_DIFFERENT = 8
PUBLIC_SECRETS = "demo-only-"
# A start must not hang on a database that is away: /readyz stays red until it is asked.
ROLE_ASKED_WITHIN_S = 3
MAY_REWRITE_HISTORY = """
    SELECT rolsuper OR rolbypassrls OR rolcreaterole OR EXISTS (
               SELECT FROM pg_tables
                WHERE schemaname = current_schema AND pg_has_role(tableowner, 'USAGE'))
      FROM pg_roles WHERE rolname = current_user
"""
# There is no real carrier of payments and SMS yet; docs/operating.md says how to bring one.
SANDBOXES = (
    "Payments are practice here, no money moves; so are SMS unless EWTP_SMS_PROVIDER names a"
    " carrier."
)

logger = logging.getLogger(__name__)


class WrongRole(ImproperlyConfigured):
    """The database would let this log-in rewrite history. A class of ours: the log tells why."""


def are_loopback(hosts: Sequence[str]) -> bool:
    """Say whether the site answers to this very machine alone."""
    return all(_is_loopback(host) for host in hosts)


def check_secrets(*secrets: str, local: bool) -> None:
    """Raise ImproperlyConfigured when a secret is missing or can be guessed.

    On this very machine alone (`local`) the public ones will do.
    """
    if not all(secrets):
        raise ImproperlyConfigured(
            "EWTP_SECRET_KEY, EWTP_PEPPER, EWTP_SEALING_KEY and EWTP_SEAL_KEY must be set in"
            " production, and wherever EWTP_HOSTS names more than loopback."
        )
    if local:
        return
    if any(secret.startswith(PUBLIC_SECRETS) for secret in secrets):
        raise ImproperlyConfigured("The demo's secrets are public: make your own.")
    if any(
        len(secret) < SECRET_LETTERS or len(set(secret)) < SECRET_LETTERS_DIFFERENT
        for secret in secrets
    ):
        raise ImproperlyConfigured(
            f"A secret needs at least {SECRET_LETTERS} random characters; `openssl rand -hex 32`"
            " makes one."
        )
    if len(set(secrets)) < len(secrets):
        raise ImproperlyConfigured("Each secret must differ from the others.")


def check_production(
    *, debug: bool, hosts: Sequence[str], origins: Sequence[str], site_url: str, https: bool
) -> None:
    """Raise ImproperlyConfigured when production would start half-guarded."""
    refusals = {
        "EWTP_DEBUG shows secrets: not with EWTP_PRODUCTION.": debug,
        "EWTP_FAIL_POINT kills processes: for tests alone.": bool(env.text("EWTP_FAIL_POINT")),
        "EWTP_HOSTS must name the site; links in mails carry its name.": "*" in hosts,
        "EWTP_HTTPS cannot be off in production: cookies need it.": not https,
        "EWTP_ORIGINS must name https:// origins; forms come from there.": not (
            origins and all(map(_is_https, origins))
        ),
        "EWTP_SITE_URL must begin with https://; mails carry it.": not _is_https(site_url),
        f"{SANDBOXES} EWTP_ALLOW_SANDBOX=1 says that you know.": not env.flag("EWTP_ALLOW_SANDBOX"),
    }
    for sentence, holds in refusals.items():
        if holds:
            raise ImproperlyConfigured(sentence)
    missing = [
        name for name in ("DATABASE_URL", "DATABASE_APP_URL", "REDIS_URL") if not env.text(name)
    ]
    if missing:
        raise ImproperlyConfigured(f"{', '.join(missing)} must be set in production.")
    if _role("DATABASE_URL") == _role("DATABASE_APP_URL"):
        raise ImproperlyConfigured(
            "DATABASE_APP_URL must name a login role that owns no table, not the owner."
        )


def practice_receivers(pairs: Sequence[str], *, production: bool) -> list[tuple[str, int]]:
    """Return (numeric address, port) of each "address:port" that webhooks may call besides.

    Raises ImproperlyConfigured in production: every seller could reach what stands there.
    """
    if pairs and production:
        raise ImproperlyConfigured("EWTP_HOOKS_PERMITTED is for tests and demos: not here.")
    found = []
    for pair in pairs:
        address, _colon, port = pair.rpartition(":")
        if not _is_loopback(address) or not port.isdecimal():
            raise ImproperlyConfigured("EWTP_HOOKS_PERMITTED takes loopback addresses with a port.")
        found.append((address.strip("[]"), int(port)))
    return found


def warn_of_sandboxes() -> None:
    """Write into the log, at each start, what is practice only."""
    logger.warning(SANDBOXES)


def check_role(url: str) -> None:
    """Raise ImproperlyConfigured when the login role of `url` could rewrite history.

    That is a superuser, an owner of tables, or a role that could make itself one. A database
    that does not answer is no reason to stay down: /readyz asks again and stays red till then.
    """
    try:
        link = psycopg2.connect(url, connect_timeout=ROLE_ASKED_WITHIN_S)
    except psycopg2.OperationalError:
        logger.warning("the database does not answer; its login role is not checked yet")
        return
    with contextlib.closing(link), link.cursor() as cursor:
        cursor.execute(MAY_REWRITE_HISTORY)
        row = cursor.fetchone()
    if row is None or row[0]:
        raise WrongRole(
            "DATABASE_APP_URL logs in as a superuser or owner of tables; name another role."
        )


def _role(name: str) -> str:
    return unquote(urlsplit(env.text(name)).username or "")


def _is_https(address: str) -> bool:
    return address.startswith("https://")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
