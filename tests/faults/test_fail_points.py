"""A process is killed at every named point; asked again, the world is as if nobody had died."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import traceback
from functools import cache
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from ewtp import guards
from marketplace import failpoints
from marketplace.ledger import queries as ledger
from marketplace.orders.services import payout
from tests.factories.outbox import drain
from tests.faults import worlds

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ewtp", "marketplace", "credit", "antifake")
# What ends in jobs passes these too; nothing follows a checkout by itself.
SHARED = {"outbox", "job"}
ROOMS = {
    "checkout": {"checkout"},
    "payment": {"payment", *SHARED},
    "release": {"release", *SHARED},
    "payout": {"payout", *SHARED},
    "takedown": {"takedown", "decision", *SHARED},
    "import": {"import"},
    "unimport": {"unimport"},
}
# What was charged is booked by the provider's event, what is owed is paid by the next clock.
BY_CLOCKS = {
    "payment": {"payment.charged", "payment.held", "payment.sold", "payment.noted"},
    "payout": {"payout.asked", "payout.noted", "outbox.committed"},
}
CASES = [
    (operation, point)
    for operation, rooms in ROOMS.items()
    for point in sorted(failpoints.POINTS)
    if point.partition(".")[0] in rooms
]
pytestmark = pytest.mark.django_db(transaction=True)


def die_at(point, operation):
    """Do the operation and its jobs in a child that dies at `point`; return how it ended."""
    connections.close_all()  # a child must not speak on its parent's lines
    child = os.fork()
    if child == 0:
        ended = 1
        try:
            failpoints._armed = point
            operation()
            drain(at=worlds.LATER)
            ended = 0
        except Exception:  # noqa: BLE001 - a child must end here, whatever happens
            traceback.print_exc()
        finally:
            os._exit(ended)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@cache
def without_a_kill(name):
    """What the operation changes when nobody dies: the same in any world."""
    operation = worlds.OPERATIONS[name]()
    worlds.come_to_rest()
    before = worlds.counted()
    operation()
    worlds.come_to_rest()
    return worlds.change(before, worlds.counted())


def with_a_kill(name, point, *, asked_again):
    operation = worlds.OPERATIONS[name]()
    worlds.come_to_rest()
    before = worlds.counted()
    assert die_at(point, operation) == -signal.SIGKILL, f"{point} was not reached"
    if asked_again:
        operation()
    worlds.come_to_rest()
    return worlds.change(before, worlds.counted())


@pytest.mark.parametrize(("name", "point"), CASES, ids=[" ".join(case) for case in CASES])
def test_after_a_kill_at_any_point_the_world_is_the_same(name, point):
    expected = without_a_kill(name)

    assert with_a_kill(name, point, asked_again=True) == expected
    assert expected
    assert ledger.check() == []
    assert payout.reconcile() == []


@pytest.mark.parametrize(
    ("name", "point"),
    [(name, point) for name, points in BY_CLOCKS.items() for point in sorted(points)],
)
def test_what_the_provider_knows_is_booked_though_nobody_asks_again(name, point):
    expected = without_a_kill(name)

    assert with_a_kill(name, point, asked_again=False) == expected
    assert ledger.check() == []
    assert payout.reconcile() == []


def test_every_named_point_is_in_the_code_once_and_every_one_in_the_code_has_a_name():
    found = [
        ast.literal_eval(call.args[0])
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "reach"
    ]
    assert sorted(found) == sorted(failpoints.POINTS)
    assert {point for _name, point in CASES} == failpoints.POINTS


def test_the_variable_arms_a_point_in_a_new_process():
    def outcome(armed):
        code = "from marketplace.failpoints import reach; reach('payment.charged')"
        environment = {**os.environ, failpoints.VARIABLE: armed}
        asked = [sys.executable, "-c", code]
        return subprocess.run(asked, cwd=ROOT, env=environment, check=False).returncode

    assert outcome("payment.charged") == -signal.SIGKILL
    assert outcome("payment.held") == outcome("") == 0


def test_production_refuses_to_start_with_an_armed_point(monkeypatch):
    monkeypatch.setenv(failpoints.VARIABLE, "payment.charged")
    with pytest.raises(ImproperlyConfigured, match=failpoints.VARIABLE):
        guards.check_production(
            debug=False,
            hosts=["market.example.org"],
            origins=["https://market.example.org"],
            site_url="https://market.example.org",
            https=True,
        )
