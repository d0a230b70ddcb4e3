"""Keeps the programs of one project running: starts them, restarts what dies, stops in order.

Meant for one machine (the demo and small installations); on many hosts the service manager of
the host does this work. What was started is noted in a file, so that the programs of a
supervisor that was killed can be found and ended by the next one, and nobody else's.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 10.0
HEALTHY_AFTER_S = 30.0
LOOK_EVERY_S = 0.3
NOTES = "supervisor.json"
ORPHANS_END_WITHIN_S = 5.0


class AlreadyRunning(RuntimeError):
    """Another live supervisor keeps this folder's programs; the message says so."""


@dataclass(frozen=True)
class Program:
    """One program to keep running.

    `stop_within_s` is how long it may take to end after SIGTERM before it is killed.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stop_within_s: float = 3.0


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    delay_s: float = FIRST_DELAY_S
    due_at: float = 0.0


@dataclass
class Supervisor:
    """Runs `programs` in `folder` (its notes and logs) and stops them in the order given.

    `watch` is called at every look, about three times a second: it revives what the programs
    lean on. `say` prints one line for the person at the terminal.
    """

    folder: Path
    programs: Sequence[Program]
    watch: Callable[[], None]
    say: Callable[[str], None]
    working_folder: Path
    _children: list[_Child] = field(default_factory=list)
    _stopping: bool = False

    @property
    def stopping(self) -> bool:
        """Say whether somebody asked to stop."""
        return self._stopping

    def ask_to_stop(self, *_signal: object) -> None:
        """Stop at the next look; usable as a signal handler."""
        self._stopping = True

    def run(self, when_up: Callable[[], None]) -> None:
        """Keep the programs running until somebody asks to stop.

        `when_up` is called once after the first start and may wait for health by calling
        `look`. Call it inside `alone(folder)`.
        """
        with self._signals():
            self._children = [_Child(program) for program in self.programs]
            try:
                self.look()
                when_up()
                while not self._stopping:
                    self.look()
                    time.sleep(LOOK_EVERY_S)
            finally:
                self._stop_all()

    def look(self) -> None:
        """Start what is not running and due; note what died."""
        self.watch()
        now = time.monotonic()
        changed = False
        for child in self._children:
            self._bury(child, now)
            if child.process is None and child.due_at <= now and not self._stopping:
                self._start(child, now)
                changed = True
        if changed:
            self._note()

    def restart_all(self) -> None:
        """Ask every program to end; each is started again, with its environment of that moment."""
        for child in self._children:
            if child.process is not None:
                child.process.terminate()

    def log_file(self, name: str) -> Path:
        """Return where a program's output goes."""
        return self.folder / "log" / f"{name}.log"

    @property
    def _notes(self) -> Path:
        return self.folder / NOTES

    @contextmanager
    def _signals(self) -> Iterator[None]:
        kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {kind: signal.signal(kind, self.ask_to_stop) for kind in kinds}
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def _bury(self, child: _Child, now: float) -> None:
        if child.process is None:
            return
        lived_s = now - child.started_at
        if child.process.poll() is None:
            if lived_s > HEALTHY_AFTER_S:
                child.delay_s = FIRST_DELAY_S
            return
        # Its own children, if any outlived it, would hold its port or its jobs.
        _signal_session(child.process.pid, signal.SIGKILL)
        name, code = child.program.name, child.process.returncode
        if not self._stopping:
            self.say(f"{name} ended ({code}); starting it again in {child.delay_s:g} s")
        child.process = None
        child.due_at = now + child.delay_s
        child.delay_s = min(child.delay_s * 2, LONGEST_DELAY_S)

    def _start(self, child: _Child, now: float) -> None:
        log = self.log_file(child.program.name)
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as output:
            child.process = subprocess.Popen(  # noqa: S603 (our own commands)
                list(child.program.command),
                env=dict(child.program.environment),
                cwd=self.working_folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches us alone: we stop the others in order.
                start_new_session=True,
            )
        child.started_at = now

    def _note(self) -> None:
        notes = []
        for child in self._children:
            if child.process is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    born_at = psutil.Process(child.process.pid).create_time()
                    notes.append({"pid": child.process.pid, "born_at": born_at})
        fresh = self._notes.with_suffix(".new")
        fresh.write_text(json.dumps(notes), encoding="utf-8")
        fresh.replace(self._notes)

    def _stop_all(self) -> None:
        self._stopping = True
        for child in self._children:
            if child.process is None:
                continue
            self.say(f"stopping {child.program.name}")
            child.process.terminate()
            try:
                child.process.wait(child.program.stop_within_s)
            except subprocess.TimeoutExpired:
                self.say(f"{child.program.name} did not end in time; killed")
            _signal_session(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self._notes.unlink(missing_ok=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only supervisor of `folder`, with what a killed one left behind already ended.

    Raises AlreadyRunning when another live one works there.
    """
    with (folder / "supervisor.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(f"Already running, see {folder}/log.") from error
        end_orphans(folder / NOTES)
        yield


def end_orphans(notes: Path) -> None:
    """End the programs that a killed supervisor left behind, and their children.

    A process is an orphan of ours only if it leads the noted session and was born at the noted
    moment, or belongs to that session while its leader is gone; a number that was given to
    another program since is left alone.
    """
    try:
        noted = json.loads(notes.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return
    sessions = [entry["pid"] for entry in noted if _is_ours(entry["pid"], entry["born_at"])]
    for session in sessions:
        _signal_session(session, signal.SIGTERM)
    deadline = time.monotonic() + ORPHANS_END_WITHIN_S
    while any(_members(session) for session in sessions) and time.monotonic() < deadline:
        time.sleep(0.1)
    for session in sessions:
        _signal_session(session, signal.SIGKILL)
    notes.unlink(missing_ok=True)


def _is_ours(pid: int, born_at: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - born_at) < 1.0
    except psutil.NoSuchProcess:
        # The leader is gone. Its number stays taken while its session lives, so whoever carries
        # it as session and is younger than the note is a child it left behind.
        return all(member.create_time() >= born_at for member in _members(pid))


def _members(session: int) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            alive = process.status() != psutil.STATUS_ZOMBIE
            if os.getsid(process.pid) == session and alive:
                found.append(process)
    return found


def _signal_session(session: int, kind: signal.Signals) -> None:
    for process in _members(session):
        with contextlib.suppress(psutil.Error):
            process.send_signal(kind)
