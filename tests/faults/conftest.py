"""Servers and a broker that may be killed and frozen without disturbing any other test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.outbox.doorbell import Doorbell
from tests.factories.broker import OwnBroker, ringing_at
from tests.faults.crew import Crew, Database, crew


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a fault test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture
def own_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Crew, Database]]:
    """Programs and servers of this test alone, whatever servers the environment names."""
    for name in ("DATABASE_URL", "DATABASE_APP_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    with crew(tmp_path) as both:
        yield both


@pytest.fixture
def frozen_broker(settings: object, tmp_path: Path) -> Iterator[Doorbell]:
    """This process rings at a broker that is stopped (SIGSTOP): it accepts and never answers.

    Yields the doorbell, whose `counts` say what the rings of the test came to.
    """
    broker = OwnBroker(tmp_path / "broker")
    try:
        with ringing_at(settings, broker.url) as bell:
            bell.ring(job_id=0, queue="default")
            assert bell.counts.rung == 1
            broker.freeze()
            yield bell
            broker.thaw()
    finally:
        broker.close()
