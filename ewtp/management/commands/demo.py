"""`manage.py demo`: the whole platform with a made-up world, on this machine alone."""

from __future__ import annotations

import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ewtp import embedded
from ewtp.embedded import places
from ewtp.programs import programs
from ewtp.supervisor import AlreadyRunning, Supervisor, alone

HEALTHY_WITHIN_S = 120.0
PORTS_TO_TRY = 50


class Command(BaseCommand):
    """Prepare everything, then supervise it."""

    help = "Migrate, seed, and run web, worker, scheduler and sweeper until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--reset", action="store_true", help="start over with an empty world")
        parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-seed", action="store_true", help="leave the world as it is")
        parser.add_argument(
            "--size", choices=("small", "full"), default="small", help="full: a hundred shops"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until Ctrl-C or SIGTERM, also while still preparing."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self._run(options)
        except KeyboardInterrupt:
            self._say(_("stopped"))

    def _run(self, options: dict[str, Any]) -> None:
        if not _is_loopback(options["host"]):
            raise CommandError(_("The demo has public log-ins: it runs on loopback only."))
        if settings.PRODUCTION:
            raise CommandError(_("The demo does not run with EWTP_PRODUCTION set."))
        self.folder = places.base_folder(settings.PROFILE)
        places.make_folders(self.folder)
        try:
            with alone(self.folder):
                self._prepare_and_supervise(options)
        except AlreadyRunning as error:
            raise CommandError(str(error)) from error
        if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
            return
        self._say(_("stopping the embedded servers"))
        try:
            embedded.stop(settings.PROFILE)
        except embedded.EmbeddedError as error:
            self._say(str(error))

    def _prepare_and_supervise(self, options: dict[str, Any]) -> None:
        self.environment = _environment(embedded.ensure(settings.PROFILE))
        if options["reset"]:
            self._reset()
        self._prepare(seed=not options["no_seed"], size=options["size"])
        port = _free_port(options["host"], options["port"])
        self.address = f"http://{options['host']}:{port}/"
        self.environment["EWTP_SITE_URL"] = self.address.rstrip("/")
        self._supervise(options["host"], port)

    def _reset(self) -> None:
        if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
            raise CommandError(_("A reset empties embedded servers only; empty yours by hand."))
        self._say(_("emptying the database and the photo folders"))
        embedded.empty(settings.PROFILE)
        for folder in (Path(settings.MEDIA_ROOT), Path(settings.ORIGINALS_ROOT)):
            if folder.is_relative_to(settings.BASE_DIR):
                shutil.rmtree(folder, ignore_errors=True)

    def _prepare(self, *, seed: bool, size: str) -> None:
        self._say(_("migrating, and collecting static files"))
        self._manage("migrate --verbosity 0", "collectstatic --noinput --verbosity 0")
        if seed and "seed_demo" in get_commands():
            self._manage(f"seed_demo --size {size}")

    def _manage(self, *commands: str) -> None:
        """Run commands of manage.py side by side."""
        program = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        running = {
            line: subprocess.Popen([*program, *line.split()], env=self.environment)  # noqa: S603
            for line in commands
        }
        failed = [line for line, command in running.items() if command.wait() != 0]
        if failed:
            raise CommandError(_("manage.py %(name)s failed.") % {"name": failed[0].split()[0]})

    def _supervise(self, host: str, port: int) -> None:
        self.supervisor = Supervisor(
            folder=self.folder,
            programs=programs(host, port, self.environment),
            watch=self._watch,
            say=self._say,
            working_folder=settings.BASE_DIR,
        )
        self.next_look = 0.0
        self.supervisor.run(self._wait_until_healthy)

    def _watch(self) -> None:
        """Start an embedded server that died, on its own port."""
        if time.monotonic() < self.next_look:
            return
        self.next_look = time.monotonic() + 1.0
        if not embedded.running(settings.PROFILE):
            self._say(_("an embedded server died; starting it again"))
            addresses = _addresses(embedded.ensure(settings.PROFILE))
            if not addresses.items() <= self.environment.items():
                self.environment.update(addresses)
                self.supervisor.restart_all()

    def _wait_until_healthy(self) -> None:
        waiting_for = [self.address + "readyz", self.address]
        deadline = time.monotonic() + HEALTHY_WITHIN_S
        said = ""
        while waiting_for and not self.supervisor.stopping:
            problem = _problem(waiting_for[0])
            if not problem:
                waiting_for.pop(0)
                continue
            if problem != said:
                self._say(_("waiting for %(what)s") % {"what": problem})
                said = problem
            if time.monotonic() > deadline:
                log = self.supervisor.log_file("web")
                raise CommandError(
                    _("Not healthy in time: %(problem)s. See %(log)s.")
                    % {"problem": problem, "log": log}
                )
            self.supervisor.look()
            time.sleep(0.3)
        if not self.supervisor.stopping:
            self._greet()

    def _greet(self) -> None:
        self._say("")
        self._say(_("Open %(address)s   (Ctrl-C stops everything)") % {"address": self.address})
        if "seed_demo" in get_commands():
            self._manage("seed_demo --logins")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _environment(services: embedded.Services) -> dict[str, str]:
    return {
        **os.environ,
        "EWTP_DEMO": "1",
        "EWTP_PROFILE": settings.PROFILE,
        "PYTHONUNBUFFERED": "1",
        **_addresses(services),
    }


def _addresses(services: embedded.Services) -> dict[str, str]:
    return {
        "DATABASE_URL": services.database_url,
        "DATABASE_APP_URL": services.database_app_url,
        "REDIS_URL": services.redis_url,
    }


def _problem(address: str) -> str:
    """Say why `address` does not answer 200, or nothing when it does."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", parts.path)
        status = connection.getresponse().status
    except (OSError, HTTPException):
        return f"{address}: {_('no answer yet')}"
    finally:
        connection.close()
    return "" if status == HTTPStatus.OK else f"{address}: {status}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _free_port(host: str, wanted: int) -> int:
    for port in range(wanted, wanted + PORTS_TO_TRY):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise CommandError(_("No free port near %(port)d.") % {"port": wanted})
