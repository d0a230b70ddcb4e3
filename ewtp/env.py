"""Typed reads of the environment, so that settings.py stays a list of decisions."""

from __future__ import annotations

import os
from urllib.parse import parse_qsl, unquote, urlsplit


def text(name: str, default: str = "") -> str:
    """Return a variable, or the contents of the file that NAME_FILE points to."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    """Return True for 1, true, yes, on (any case)."""
    raw = text(name)
    return default if raw == "" else raw.lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    """Return a whole number. Raises ValueError for anything else."""
    return int(text(name) or default)


def listed(name: str, default: str = "") -> list[str]:
    """Return a comma-separated variable as a list without empty parts."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def database(url: str) -> dict[str, object]:
    """Return Django's settings for a postgresql:// URL."""
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        # A connection that died with the server heals at the next request.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }
