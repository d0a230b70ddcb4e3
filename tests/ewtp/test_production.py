"""Production refuses to start half-guarded: each missing part is named in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from ewtp import guards
from tests.conftest import database_url

ROOT = Path(__file__).resolve().parents[2]
SHOWN = (
    "import json; from ewtp import settings as s; print(json.dumps({n: getattr(s, n, None) for n in"
    " ('SECURE_SSL_REDIRECT', 'SESSION_COOKIE_SECURE', 'CSRF_COOKIE_SECURE', 'DEBUG', 'DEMO',"
    " 'SESSION_COOKIE_HTTPONLY', 'SECURE_HSTS_SECONDS', 'EMAIL_BACKEND', 'SECURE_PROXY_SSL_HEADER',"
    " 'ALLAUTH_TRUSTED_PROXY_COUNT')}))"
)
NOWHERE = "127.0.0.1:9/none"
WHOLE = {
    "EWTP_PRODUCTION": "1",
    "EWTP_HOSTS": "market.example.org",
    "EWTP_ORIGINS": "https://market.example.org",
    "EWTP_SITE_URL": "https://market.example.org",
    "EWTP_SECRET_KEY": "s0123456789" * 5,
    "EWTP_PEPPER": "p0123456789" * 5,
    "EWTP_SEALING_KEY": "k0123456789" * 5,
    "EWTP_SEAL_KEY": "c0123456789" * 5,
    "EWTP_ALLOW_SANDBOX": "1",
    "DATABASE_URL": f"postgresql://owner@{NOWHERE}",
    "DATABASE_APP_URL": f"postgresql://app@{NOWHERE}",
    "REDIS_URL": "redis://127.0.0.1:9/0",
}


# Should a refusal fail, its servers would start here and nowhere else.
ASIDE = {"EWTP_EMBEDDED_DIR": "/nonexistent/ewtp"}


def start(code: str = SHOWN, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Load the settings as a program does that starts with these variables."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("EWTP_", "DATABASE_", "REDIS_", "DJANGO_"))
    }
    wanted = {**WHOLE, **ASIDE, **changes}
    named = {name: value for name, value in wanted.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=inherited | named,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_with_all_its_parts_starts_behind_https():
    started = start()
    assert started.returncode == 0, started.stderr
    shown = json.loads(started.stdout)
    on = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    assert all(shown[name] for name in (*on, "SESSION_COOKIE_HTTPONLY", "SECURE_HSTS_SECONDS"))
    assert not shown["DEBUG"]
    assert "smtp" in shown["EMAIL_BACKEND"]
    # Nobody's X-Forwarded-… is believed before a proxy is named.
    assert shown["SECURE_PROXY_SSL_HEADER"] is None


def test_a_named_proxy_is_believed():
    shown = json.loads(start(EWTP_PROXIES="1").stdout)
    assert shown["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert shown["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"EWTP_SECRET_KEY": None}, "EWTP_SECRET_KEY"),
        ({"EWTP_PEPPER": ""}, "EWTP_PEPPER"),
        ({"EWTP_SEALING_KEY": None}, "EWTP_SEALING_KEY"),
        ({"EWTP_SEAL_KEY": None}, "EWTP_SEAL_KEY"),
        ({"EWTP_SECRET_KEY": "short"}, "characters"),
        ({"EWTP_SECRET_KEY": "s" * 60}, "random"),
        ({"EWTP_SEALING_KEY": "demo-only-sealing-key-of-32-letters"}, "public"),
        ({"EWTP_PEPPER": WHOLE["EWTP_SECRET_KEY"]}, "differ"),
        ({"EWTP_DEBUG": "1"}, "EWTP_DEBUG"),
        ({"EWTP_HTTPS": "0"}, "EWTP_HTTPS"),
        ({"EWTP_ORIGINS": None}, "EWTP_ORIGINS"),
        ({"EWTP_ORIGINS": "http://market.example.org"}, "EWTP_ORIGINS"),
        ({"EWTP_SITE_URL": None}, "EWTP_SITE_URL"),
        ({"EWTP_ALLOW_SANDBOX": None}, "EWTP_ALLOW_SANDBOX"),
        ({"EWTP_DEMO": "1"}, "EWTP_DEMO"),
        ({"EWTP_HOSTS": "*"}, "EWTP_HOSTS"),
        ({"DATABASE_APP_URL": None}, "DATABASE_APP_URL"),
        ({"DATABASE_URL": None}, "DATABASE_URL"),
        ({"REDIS_URL": None}, "REDIS_URL"),
        ({"DATABASE_APP_URL": WHOLE["DATABASE_URL"]}, "owns no table"),
        ({"DATABASE_APP_URL": f"postgresql://owner:x@{NOWHERE}?a=b"}, "owns no table"),
    ],
)
def test_production_refuses_to_start_half_guarded(changes, named):
    refused = start(**changes)
    assert refused.returncode != 0
    assert "ImproperlyConfigured" in refused.stderr
    assert named in refused.stderr.strip().splitlines()[-1]


def ready(**changes: str) -> subprocess.CompletedProcess[str]:
    """Start as a program does that goes on to load its rooms."""
    return start(
        "import django; django.setup()", **{"DJANGO_SETTINGS_MODULE": "ewtp.settings", **changes}
    )


@pytest.mark.django_db
def test_production_refuses_a_role_that_could_rewrite_history():
    owner, app = (database_url(url) for url in (settings.DATABASE_URL, settings.DATABASE_APP_URL))
    refused = ready(DATABASE_URL=app, DATABASE_APP_URL=owner)
    assert refused.returncode != 0
    assert "owner of tables" in refused.stderr
    named = ready(DATABASE_URL=owner, DATABASE_APP_URL=app)
    assert named.returncode == 0, named.stderr
    assert "practice" in named.stderr


def test_production_starts_while_its_database_is_away():
    away = ready()
    assert away.returncode == 0, away.stderr
    assert "not checked yet" in away.stderr


def test_public_secrets_and_the_demo_stay_on_this_machine():
    open_to_all = {"EWTP_PRODUCTION": None, "EWTP_HOSTS": "localhost,market.example.org"}
    names = ("EWTP_SECRET_KEY", "EWTP_PEPPER", "EWTP_SEALING_KEY", "EWTP_SEAL_KEY")
    secrets = dict.fromkeys(names)
    assert "EWTP_SECRET_KEY" in start(**open_to_all, **secrets).stderr
    assert "EWTP_DEMO" in start(**open_to_all, EWTP_DEMO="1").stderr
    assert start(**{**open_to_all, **secrets, "EWTP_HOSTS": "localhost"}).returncode == 0


@pytest.mark.django_db
@pytest.mark.parametrize("production", [True, False])
def test_production_is_not_ready_while_its_role_owns_tables(settings, production):
    settings.PRODUCTION = production  # the tests log in as the owner of the tables
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user = tableowner FROM pg_tables WHERE tablename = 'ledger_entry'"
        )
        assert cursor.fetchone() == (True,)
    answer = Client().get("/readyz")
    assert answer.status_code == (503 if production else 200)
    assert answer.json()["owns_tables"] is production


def test_the_role_of_web_and_workers_owns_no_table(app_connection):
    with app_connection.cursor() as cursor:
        cursor.execute(guards.MAY_REWRITE_HISTORY)
        assert cursor.fetchone() == (False,)
