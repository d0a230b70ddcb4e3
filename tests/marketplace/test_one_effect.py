"""Every POST that moves money or is about fakes, once, twice, eight times at once: one effect.

The forms are those that the page really shows. What changed is read from the tables themselves:
a row too many anywhere (a transfer, a refund, a message, a job) is seen.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.apps import apps
from django.db import connection, models
from django.test import Client, RequestFactory
from django.urls import get_resolver

from tests.factories.outbox import drain
from tests.marketplace import forms_of_shares  # noqa: F401 - adds its cases
from tests.marketplace.forms_of_loans import SENT_ELSEWHERE
from tests.marketplace.forms_of_notices import NOT_COUNTED
from tests.marketplace.forms_that_count import CASES, Request
from tests.marketplace.orders.books import assert_books_agree

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8
# Whose rows are the effect of a request. Not: the log of who asked what, sessions, throttles.
ROOMS = ("orders", "care", "shops", "ledger", "inbox", "outbox", "listings", "reasons", "loans")
ROOMS += ("trust", "references", "cases", "notices", "reports", "inspections")
# The platform's own ledger accounts are opened by whoever needs them first; what is lent is summed
# in 32 rows, and chance chooses which.
LEFT_OUT = {"outbox.logentry", "ledger.account", "loans.lent"}
# Names in these rooms are drawn for files, or belong to one of the worlds that are compared.
NAMELESS = {"references", "cases", "inspections"}
TELLING = {
    "kind",
    "state",
    "name",
    "outcome",
    "currency",
    "on_hand",
    "reserved",
    "sold",
    "quantity",
}


def snapshot() -> Counter[tuple[object, ...]]:
    """Count the rows of every table, told apart by their state and their amounts."""
    counted: Counter[tuple[object, ...]] = Counter()
    for room in ROOMS:
        for model in apps.get_app_config(room).get_models():
            if model._meta.label_lower not in LEFT_OUT:
                counted.update((model._meta.label_lower, *row) for row in _rows(model))
    return counted


def _rows(model: type[models.Model]) -> list[tuple[object, ...]]:
    columns = [
        one.attname
        for one in model._meta.concrete_fields
        if (one.name in TELLING and not (one.name == "name" and model._meta.app_label in NAMELESS))
        or one.name.endswith("_minor")
    ]
    return list(model.objects.values_list(*columns)) if columns else [()] * model.objects.count()


def changed(before: Counter[tuple[object, ...]]) -> dict[tuple[object, ...], int]:
    after = snapshot()
    return {key: n for key in before | after if (n := after[key] - before[key])}


def send(wanted: Request, times: int, *, at_once: bool) -> list[int]:
    """Send one and the same form; return the answers' status codes."""
    action, data = wanted.ready()
    together = Barrier(times if at_once else 1)

    def one(_number: int) -> int:
        client = Client()
        client.cookies = wanted.client.cookies
        together.wait()
        try:
            return client.post(action, data).status_code
        finally:
            if at_once:
                connection.close()

    if not at_once:
        return [one(number) for number in range(times)]
    with ThreadPoolExecutor(times) as crowd:
        return list(crowd.map(one, range(times)))


@pytest.mark.parametrize("name", CASES)
def test_sent_twice_or_eight_times_it_acts_once(name):
    effects = {}
    for way, times, at_once in (
        ("once", 1, False),
        ("twice", 2, False),
        ("at once", AT_ONCE, True),
    ):
        wanted = CASES[name]()
        drain()
        before = snapshot()
        codes = send(wanted, times, at_once=at_once)
        assert max(codes) < 500, codes
        drain()
        effects[way] = changed(before)
        assert_books_agree()
    assert effects["once"], "the form did nothing at all"
    assert effects["twice"] == effects["once"]
    assert effects["at once"] == effects["once"]


# These move no money and stop none.
MOVE_NOTHING = {
    "orders:add": "puts goods into a cart",
    "orders:quantity": "changes a cart",
    "orders:share_account": "says where later money goes, after a fresh log-in",
    "orders:guest_renew": "mails a link again",
    "orders:webhook": "test_hooks_in_any_order sends it",
    "orders:carrier_webhook": "test_parcels sends it",
}


def test_no_form_of_these_rooms_is_left_out():
    of_rooms = {name for name in CASES if not name.startswith("admin:")}
    rooms = ("orders", "care", "loans", "notices", "reports", "inspections")
    asked = set().union(*map(posted, rooms))
    assert asked == of_rooms | set(MOVE_NOTHING) | set(SENT_ELSEWHERE) | set(NOT_COUNTED)


def posted(room: str) -> set[str]:
    """Return the named addresses of a room that take a POST: a word they do not know says so."""
    brewed = RequestFactory().generic("BREW", "/")
    return {
        f"{room}:{one.name}"
        for pattern in get_resolver().url_patterns
        if getattr(pattern, "namespace", None) == room
        for one in pattern.url_patterns
        if "POST" in one.callback(brewed).headers["Allow"]
    }
