"""The demo's market behind real servers as in production, and Debian's Chromium before it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, connections
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext

from antifake.cases import services as cases
from antifake.cases.models import Case
from marketplace.ledger import queries as ledger
from tests.e2e.people import People
from tests.e2e.tour import Width, options_of
from tests.live import Site, site

# Playwright's loop runs in this thread; the tests' own database reads are not async for that.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 15_000
# As strangers get it: hashed static names, no debug pages. The demo's door is open on loopback.
AS_SERVED = {"EWTP_DEBUG": "0", "EWTP_DEMO": "1", "EWTP_LOG_LEVEL": "WARNING"}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium; playwright's own is never downloaded."""
    return {"executable_path": shutil.which("chromium"), "headless": True, "args": FLAGS}


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: object) -> Iterator[None]:
    """One database for all tests of a process; pytest-django makes one for marked tests only."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        connection.settings_dict["TEST"]["NAME"] = (
            f"test_{connection.settings_dict['NAME']}_{worker}"
        )
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
        yield
        _end_other_sessions()
        connections.close_all()
        teardown_databases(made, verbosity=0)


def _end_other_sessions() -> None:
    """The programs are gone; this process's own are left, one for each of playwright's contexts.

    Django keeps a connection per async context, and `close_all` sees only the present one's.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session")
def market(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo's six months, played once, and every program running on them."""
    folder = tmp_path_factory.mktemp("market")
    before = ("collectstatic", "seed_demo")
    with site(folder, folder / "media", more=AS_SERVED, before=before) as live:
        yield live
        assert ledger.check() == []


@pytest.fixture(autouse=True)
def _own_media(settings: object, market: Site) -> None:
    """What tests add to the market, its web process serves."""
    settings.MEDIA_ROOT = market.folder / "media"


@pytest.fixture(scope="session")
def base_url(market: Site) -> str:
    """Where pages with a relative address are."""
    return market.address


@pytest.fixture(scope="session")
def people(browser: Browser, market: Site) -> People:
    """Everybody of the demo, each signed in once."""
    return People(browser, market.address)


@pytest.fixture
def free_hands(market: Site) -> Iterator[None]:
    """Nobody of the staff holds a case, before and after: "next" opens a held one first."""
    _put_back()
    yield
    _put_back()


def _put_back() -> None:
    for held in Case.objects.filter(state="claimed"):
        cases.unclaim(case_id=held.pk, by_id=held.claimed_by_id or 0, at=timezone.now())


@pytest.fixture
def opened(
    browser: Browser, market: Site, people: People
) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser window as somebody (None: a visitor), of a width, with any option."""
    contexts: list[BrowserContext] = []

    def open_as(mail: str | None, width: Width = Width.PHONE, **more: object) -> BrowserContext:
        known = {"storage_state": people.signed_in(mail)} if mail else {}
        options = {**options_of(width), **known, **more}
        context = browser.new_context(base_url=market.address, **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context

    yield open_as
    for context in contexts:
        context.close()
