"""The supervisor, with real processes that are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ewtp import supervisor

ROOT = Path(__file__).resolve().parents[2]
# Two programs: a parent with a child of its own, and one that leaves a word when it ends.
RUNNER = """
import os, sys
from pathlib import Path
from ewtp.supervisor import Program, Supervisor, alone
folder = Path(sys.argv[1])
family = "import subprocess, time; subprocess.Popen(['sleep', '61']); time.sleep(61)"
polite = '''
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(open("ended", "a").write("polite ") and 0))
open("ready", "w").close()
time.sleep(61)
'''
programs = [
    Program("polite", [sys.executable, "-c", polite], dict(os.environ)),
    Program("family", [sys.executable, "-c", family], dict(os.environ)),
    Program("deaf", ["/bin/sh", "-c", "trap '' TERM; sleep 61"], dict(os.environ), 0.3),
]
say = lambda line: print(line, flush=True)
with alone(folder):
    Supervisor(folder, programs, lambda: None, say, folder).run(lambda: say("up"))
"""


@pytest.fixture
def start(tmp_path):
    """Start a supervisor in this test's folder; all are ended afterwards."""
    started: list[subprocess.Popen[str]] = []

    def _start() -> subprocess.Popen[str]:
        runner = subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(runner)
        return runner

    yield _start
    for runner in started:
        runner.terminate()
        runner.wait()
        runner.stdout.close()
    supervisor.end_orphans(tmp_path / "supervisor.json")


def noted(folder: Path) -> list[int]:
    try:
        return [entry["pid"] for entry in json.loads((folder / "supervisor.json").read_text())]
    except FileNotFoundError:
        return []


def eventually(condition: Callable[[], bool], within_s: float = 60) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_dead(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_program_that_dies_is_started_again(start, tmp_path):
    start()
    assert eventually(lambda: len(noted(tmp_path)) == 3)
    before = noted(tmp_path)
    os.kill(before[1], signal.SIGKILL)

    assert eventually(lambda: len(noted(tmp_path)) == 3 and noted(tmp_path)[1] != before[1])
    assert noted(tmp_path)[0] == before[0]
    assert not is_dead(noted(tmp_path)[1])


def test_sigterm_stops_everything_and_kills_what_does_not_listen(start, tmp_path):
    runner = start()
    assert runner.stdout.readline() == "up\n"
    pids = noted(tmp_path)
    assert eventually((tmp_path / "ready").exists)
    assert eventually(psutil.Process(pids[1]).children)
    grandchildren = psutil.Process(pids[1]).children()
    runner.send_signal(signal.SIGTERM)

    lines = runner.stdout.read().splitlines()
    assert runner.wait(60) == 0
    assert [line for line in lines if line.startswith("stopping")] == [
        "stopping polite",
        "stopping family",
        "stopping deaf",
    ]
    assert (tmp_path / "ended").read_text() == "polite "
    assert all(is_dead(pid) for pid in pids)
    assert all(is_dead(process.pid) for process in grandchildren)
    assert noted(tmp_path) == []


def test_programs_of_a_killed_supervisor_are_ended_by_the_next(start, tmp_path):
    first = start()
    assert first.stdout.readline() == "up\n"
    orphans = noted(tmp_path)
    first.kill()
    first.wait()
    assert not any(is_dead(pid) for pid in orphans)

    second = start()
    assert second.stdout.readline() == "up\n"
    assert all(is_dead(pid) for pid in orphans)
    assert len(noted(tmp_path)) == 3


def test_a_second_supervisor_of_one_folder_refuses(start, tmp_path):
    first = start()
    assert first.stdout.readline() == "up\n"

    second = start()
    assert "AlreadyRunning" in second.stdout.read()
    assert second.wait(60) == 1
    assert not any(is_dead(pid) for pid in noted(tmp_path))


def test_a_number_given_to_another_program_since_is_left_alone(tmp_path):
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    notes = tmp_path / "supervisor.json"
    notes.write_text(json.dumps([{"pid": stranger.pid, "born_at": time.time() - 3600}]))

    supervisor.end_orphans(notes)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
