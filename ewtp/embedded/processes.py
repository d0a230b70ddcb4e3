"""Server processes: which is really ours, and how one is ended."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import psutil

# Servers this process started. Kept so that a dead one is reaped instead of staying a zombie.
_started: list[subprocess.Popen[bytes]] = []


def remember(child: subprocess.Popen[bytes]) -> None:
    """Keep a started server, to reap it once it is dead."""
    _started.append(child)


def reap() -> None:
    """Collect the dead among the servers this process started."""
    _started[:] = [child for child in _started if child.poll() is None]


def end_started() -> None:
    """End the servers this process started, whatever became of their folder."""
    for child in _started:
        child.terminate()


def living_in(folder: Path, program: str, pid: int) -> psutil.Process | None:
    """Return the live process `pid` if it is `program` at work in `folder`, else None.

    Both servers step into their data folder when they start. A number that has been given to
    another program since, or that belongs to a second copy of the project, is thus not taken
    for ours.
    """
    reap()
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or process.name() != program:
            return None
        if process.cwd() == str(folder):
            return process
    except (psutil.Error, ValueError):
        pass
    return None


def all_living_in(folder: Path, program: str) -> list[psutil.Process]:
    """Return every `program` at work in `folder`."""
    pids = [process.pid for process in psutil.process_iter()]
    return [found for pid in pids if (found := living_in(folder, program, pid)) is not None]


def end(process: psutil.Process, *, steps: tuple[tuple[int, float], ...]) -> None:
    """Send each signal in turn, waiting its number of seconds, until the process is gone."""
    for signal_number, wait_s in steps:
        try:
            process.send_signal(signal_number)
        except psutil.NoSuchProcess:
            return
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            if gone(process):
                return
            time.sleep(0.02)


def gone(process: psutil.Process) -> bool:
    """Say whether the process has ended; a zombie has."""
    reap()
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        return True
