"""What every test may use. Tests run on the embedded PostgreSQL and Valkey, never on stand-ins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from marketplace.accounts import second_factor, sessions, terms
from marketplace.accounts.models import TermsAcceptance, User

# `make e2e` runs these by name: they need a browser and packages that `make test` does without.
collect_ignore = ["e2e"]

BROUGHT_BY_MIGRATIONS = "trade_taxrate"
_django_flush = DatabaseOperations.execute_sql_flush


def _flush_past_triggers(self: DatabaseOperations, sql_list: list[str]) -> None:
    """Empty append-only tables between tests; their triggers refuse TRUNCATE to everybody else.

    Only the test profile's owner role may set this parameter (ewtp/embedded). What migrations
    brought with them stays, so that tests may run in any order.
    """
    kept = [
        re.sub(f'"{BROUGHT_BY_MIGRATIONS}", |, "{BROUGHT_BY_MIGRATIONS}"', "", sql)
        for sql in sql_list
    ]
    _django_flush(self, ["SET LOCAL session_replication_role = replica", *kept])


DatabaseOperations.execute_sql_flush = _flush_past_triggers

_django_force_login = Client.force_login


def _force_login_past_the_door(self: Client, user: User, backend: str | None = None) -> None:
    """Sign in as somebody who has shown a second factor, if he has one, and accepted the terms.

    Tests that log in by the pages' own forms meet the real door (marketplace/accounts/door.py).
    """
    _django_force_login(self, user, backend)
    TermsAcceptance.objects.get_or_create(
        user=user, version=terms.newest(), defaults={"accepted_at": timezone.now()}
    )
    request = HttpRequest()
    request.session = self.session
    if second_factor.is_on(user_id=user.pk):
        second_factor.note_shown(request, user)
    moment = timezone.now().timestamp()
    request.session.update({sessions.SINCE: moment, sessions.SEEN: moment})
    request.session["terms"] = terms.newest()
    request.session.save()


Client.force_login = _force_login_past_the_door


def database_url(url: str) -> str:
    """Return `url` with the test database's name in place of the real one's."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{connection.settings_dict['NAME']}"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let every table count from elsewhere, as in a market of some age.

    A test that leans on small numbers, or takes one table's key for another's, fails then at
    once and not on the day when the tests before it have made enough rows.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(seqrelid, 10000 + 1000 * row_number() OVER (ORDER BY seqrelid))"
            " FROM pg_sequence JOIN pg_class ON oid = seqrelid"
            " WHERE relnamespace = current_schema()::regnamespace"
        )


@pytest.fixture
def now() -> datetime:
    """A moment; services take time as an argument."""
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_media(settings: object, tmp_path: object) -> None:
    """Photos of a test go to its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.SEAL_FILE = tmp_path / "seal" / "heads.log"
    private = settings.STORAGES["originals"]
    options = {**private["OPTIONS"], "location": tmp_path / "originals"}
    settings.STORAGES = {**settings.STORAGES, "originals": {**private, "OPTIONS": options}}


@pytest.fixture
def app_connection(transactional_db: None) -> Iterator[psycopg2.extensions.connection]:
    """A connection logged in as the role of web and workers, which owns no table."""
    with_name = database_url(settings.DATABASE_APP_URL)
    open_connection = psycopg2.connect(with_name)
    open_connection.autocommit = True
    yield open_connection
    open_connection.close()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """What a process remembers for a minute must not outlive a test's world."""
    cache.clear()
