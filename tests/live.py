"""The real programs (web, worker, scheduler, sweeper) on the test database, and a browser.

The browser keeps cookies, reads the forms a page really has and sends them back, as a person
without JavaScript would.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup, Tag
from django.conf import settings

from ewtp.programs import programs
from tests.conftest import database_url

STARTED_WITHIN_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """The running programs, by name, and where the web one answers."""

    address: str
    folder: Path
    environment: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def mailed_code(self, mail: str) -> str:
        """Return the code in the newest mail to an address."""
        letters = sorted((self.folder / "mail").iterdir(), key=lambda path: path.stat().st_mtime)
        texts = [text for path in letters if f"To: {mail}" in (text := path.read_text())]
        return re.findall(r"^([A-Z]{4}-[A-Z]{4})$", texts[-1], re.MULTILINE)[-1]

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")


@contextmanager
def site(
    folder: Path,
    media: Path,
    names: frozenset[str] | None = None,
    *,
    more: Mapping[str, str] | None = None,
    before: tuple[str, ...] = (),
) -> Iterator[Site]:
    """Run the programs of `make demo` (or those in `names`) against the test database.

    `more` is put into their environment; the management commands in `before` run first.
    """
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(settings.DATABASE_URL),
        "DATABASE_APP_URL": database_url(settings.DATABASE_APP_URL),
        "REDIS_URL": settings.REDIS_URL,
        "EWTP_DB_ROLE": "app",
        "EWTP_PROFILE": "test",
        "EWTP_MEDIA_ROOT": str(media),
        "EWTP_STATIC_ROOT": str(folder / "static"),
        "EWTP_DEBUG": "1",
        "EWTP_MAIL_ROOT": str(folder / "mail"),
        "DJANGO_SETTINGS_MODULE": "ewtp.settings",
        **(more or {}),
    }
    for command in before:
        _manage(command, environment)
    live = Site(f"http://127.0.0.1:{port}", folder, environment)
    try:
        for program in programs("127.0.0.1", port, environment):
            if names is None or program.name in names:
                with (folder / f"{program.name}.log").open("wb") as log:
                    live.running[program.name] = subprocess.Popen(
                        list(program.command),
                        env=environment,
                        cwd=settings.BASE_DIR,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,
                    )
        _wait_until_ready(live)
        yield live
    finally:
        for process in live.running.values():
            process.terminate()
        for process in live.running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # with the children it did not stop
                process.wait()


def _manage(command: str, environment: dict[str, str]) -> None:
    """Run a management command that asks nothing."""
    words = [sys.executable, str(settings.BASE_DIR / "manage.py"), command]
    words += ["--noinput", "--verbosity=0"] if command == "collectstatic" else []
    done = subprocess.run(
        words, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}"


def _wait_until_ready(live: Site) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{live.address}/readyz", timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise AssertionError(f"The site did not start:\n{live.log('web')[-3000:]}")


def until(true: object, what: str, within_s: float = 60) -> None:
    """Wait for the worker: poll `true()` until it holds."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"Waited in vain for: {what}"
        time.sleep(0.1)


class Page:
    """One answer: its status, text and forms."""

    def __init__(self, response: requests.Response) -> None:
        self.response = response
        self.soup = BeautifulSoup(response.text, "html.parser")

    @property
    def text(self) -> str:
        main = self.soup.find("main") or self.soup
        return " ".join(main.get_text(" ").split())

    def form(self, action: str) -> Tag:
        """Return the form whose action ends in, or contains, `action`."""
        forms = self.soup.find_all("form")
        found = [f for f in forms if action in urljoin(self.response.url, f.get("action") or "")]
        assert found, f"no form to {action!r}; there are {[f.get('action') for f in forms]}"
        return found[0]


class Browser:
    """One person at one phone, JavaScript off."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()
        # A browser asks again by itself when the server closes an idle connection just then.
        self.session.headers["Connection"] = "close"

    def open(self, path: str, expect: int = 200) -> Page:
        page = Page(self.session.get(urljoin(self.address, path), timeout=20))
        assert page.response.status_code == expect, (
            f"{path}: {page.response.status_code}\n{page.text[:1500]}"
        )
        return page

    def send(
        self,
        page: Page,
        action: str,
        values: Mapping[str, object] | None = None,
        files: list[tuple[str, tuple[str, bytes, str]]] | None = None,
        button: str | None = None,
        expect: int = 200,
    ) -> Page:
        """Fill the page's form and press its button (`name=value`), following redirects."""
        form = page.form(action)
        data = {**prefilled(form), **(values or {})}
        if button:
            name, _, value = button.partition("=")
            data[name] = value
        target = urljoin(page.response.url, form.get("action") or "")
        answer = self.session.post(
            target, data=data, files=files, timeout=30, headers={"Referer": page.response.url}
        )
        result = Page(answer)
        assert answer.status_code == expect, f"{target}: {answer.status_code}\n{result.text[:1500]}"
        return result

    def log_in(self, mail: str, password: str) -> Page:
        page = self.open("/account/login/")
        return self.send(page, "/account/login/", {"login": mail, "password": password})

    def sign_up(self, mail: str, password: str) -> Page:
        """Fill the sign-up form; the answer asks for the mailed code."""
        page = self.open("/account/signup/")
        names = {tag.get("name") for tag in page.form("/account/signup/").find_all("input")}
        values = {"email": mail, "password1": password, "terms": "on"}
        if "password2" in names:
            values["password2"] = password
        return self.send(page, "/account/signup/", values)


def prefilled(form: Tag) -> dict[str, object]:
    data: dict[str, object] = {}
    for tag in form.find_all(["input", "textarea", "select"]):
        name, kind = tag.get("name"), tag.get("type")
        if not name or kind in {"submit", "file", "button"} or tag.has_attr("disabled"):
            continue
        if kind in {"checkbox", "radio"} and not tag.has_attr("checked"):
            continue
        if tag.name == "select":
            chosen = tag.find("option", selected=True) or tag.find("option")
            data[name] = chosen.get("value", "") if chosen else ""
        elif tag.name == "textarea":
            data[name] = tag.get_text().removeprefix("\n")  # HTML drops the first line break
        else:
            data[name] = tag.get("value", "on" if kind == "checkbox" else "")
    return data
