"""docker-compose.yml parses, and its containers run the very programs of `make demo`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ewtp.programs import programs
from marketplace.outbox.rules import QUEUES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def services() -> dict[str, dict[str, object]]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def plain(command: list[str]) -> list[str]:
    """Leave out what must differ: the path of Python and of manage.py, address and queues."""
    skipped = ("--bind=", "--queues=")
    return [Path(word).name for word in command if not word.startswith(skipped)]


def test_each_program_of_the_demo_has_its_container(services):
    ours = {p.name: plain(list(p.command))[1:] for p in programs("127.0.0.1", 8000, {})}
    for name, command in ours.items():
        mine = [s for s in services if s == name or s.startswith(f"{name}-")]
        assert mine, f"no container for {name}"
        for service in mine:
            assert plain(services[service]["command"])[1:] == command


def test_the_workers_share_all_queues_and_none_twice(services):
    heard = [
        queue
        for service in services.values()
        for word in service.get("command", [])
        if word.startswith("--queues=")
        for queue in word.removeprefix("--queues=").split(",")
    ]
    assert sorted(heard) == sorted(QUEUES)


def test_migrations_run_before_anything_else(services):
    for name in ("web", "scheduler", "sweeper"):
        assert "migrate" in services[name]["depends_on"]


def test_the_image_starts_the_same_web_program(services):
    last = (ROOT / "Dockerfile").read_text().strip().splitlines()[-1]
    assert yaml.safe_load(last.removeprefix("CMD ")) == services["web"]["command"]
