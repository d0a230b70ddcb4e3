"""No call ever reaches an address that is not public, whatever a stranger wrote or a name says."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from marketplace.hooks import caller
from marketplace.hooks.addresses import Target, Unfit, is_public, target
from marketplace.hooks.caller import Guard

HERE = Path(__file__).parent
# What people have written to get past such guards. Each leads, somewhere, to a private address.
HOSTILE_URLS = (HERE / "hostile_urls.txt").read_text(encoding="utf-8").split()

# Where names under a stranger's hand may lead.
PRIVATE = (HERE / "private_addresses.txt").read_text(encoding="utf-8").split()

NUMBER = re.compile(r"[0-9a-fx.:]+|localhost\.?")


@pytest.fixture
def ears():
    """Sockets on every local address that count who connects: no call may reach one."""
    with ExitStack() as stack:
        found = _Ears()
        for address in ("127.0.0.1", "127.0.0.2", "::1"):
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            ear = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            try:
                ear.bind((address, found.port))
            except OSError:  # no IPv6 on this machine
                continue
            found.port = ear.getsockname()[1]
            ear.listen()
            found.listen(ear)
        yield found
        found.stop()


class _Ears:
    def __init__(self):
        self.port, self.reached, self.said = 0, [], b""
        self._over, self._threads = threading.Event(), []

    def listen(self, ear):
        ear.settimeout(0.05)
        thread = threading.Thread(target=self._hear, args=(ear,), daemon=True)
        thread.start()
        self._threads.append(thread)

    def _hear(self, ear):
        while not self._over.is_set():
            try:
                link, _who = ear.accept()
            except TimeoutError:
                continue
            self.reached.append(ear.getsockname()[0])
            with link:
                link.settimeout(1)
                self.said += _whole(link)
                link.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    @property
    def count(self):
        return len(self.reached)

    def stop(self):
        """Hear all that is on its way, then end."""
        if not self._over.is_set():
            self._over.set()
            for thread in self._threads:
                thread.join()


def call(host, guard, *, port, scheme="http"):
    return caller.post(
        target=Target(scheme, host, port, "/in"),
        body=b"{}",
        headers={"webhook-id": "msg_1"},
        guard=guard,
        whole_seconds=3,
    )


def leading_to(*addresses):
    return Guard(look_up=lambda _host, _port: list(addresses))


def test_the_listener_counts_a_call_that_is_let_through(ears):
    allowed = Guard(
        look_up=lambda *_asked: ["127.0.0.1"], permitted=frozenset({("127.0.0.1", ears.port)})
    )

    answer = call("hooks.shop.com", allowed, port=ears.port)
    ears.stop()

    assert (answer.status, answer.error, ears.count) == (204, "", 1)
    assert b"Host: hooks.shop.com" in ears.said


def test_sixty_hostile_addresses_are_refused_before_anything_is_looked_up():
    assert len(HOSTILE_URLS) >= 60
    let_in = []
    for url in HOSTILE_URLS:
        try:
            let_in.append((url, target(url)))
        except Unfit:
            continue
    assert let_in == []


def test_no_hostile_number_connects_even_when_the_form_is_passed_by(ears):
    """Called straight, with the system's own resolver: what it makes of 0x7f.1 is refused too."""
    hosts = {url.split("//")[-1].split("/")[0].strip("[]").lower() for url in HOSTILE_URLS}
    numbers = [host for host in hosts if NUMBER.fullmatch(host)]
    assert len(numbers) > 30
    for host in numbers:
        assert call(host, Guard(), port=ears.port).status is None, host
    ears.stop()
    assert ears.count == 0


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_known_in_any_spelling(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a00:1450::5"])
def test_a_public_address_is_let_through(address):
    assert is_public(address)


def test_names_that_lead_to_private_addresses_never_connect(ears):
    for address in PRIVATE:
        assert call("hooks.shop.com", leading_to(address), port=ears.port).error == "refused"
    ears.stop()
    assert ears.count == 0


def test_one_private_address_among_public_ones_refuses_all(ears):
    for order in (["127.0.0.1", "93.184.215.14"], ["93.184.215.14", "127.0.0.1"]):
        assert call("hooks.shop.com", leading_to(*order), port=ears.port).error == "refused"
    ears.stop()
    assert ears.count == 0


def test_a_name_that_changes_its_mind_leads_only_to_the_address_that_was_judged(ears):
    """DNS rebinding: first an address that is let through, then the private one."""
    asked = []

    def fickle(_host, _port):
        asked.append(1)
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

    guard = Guard(look_up=fickle, permitted=frozenset({("127.0.0.2", ears.port)}))
    assert call("hooks.shop.com", guard, port=ears.port).status == 204
    assert ears.reached == ["127.0.0.2"]

    assert call("hooks.shop.com", guard, port=ears.port).error == "refused"
    ears.stop()
    assert (len(asked), ears.reached) == (2, ["127.0.0.2"])


def test_a_socket_that_ended_elsewhere_is_sent_nothing(ears):
    """A packet filter may lead a connection astray: the connected socket is asked itself."""
    once = iter([True, False])

    class Astray(Guard):
        def lets(self, address, port):
            return next(once)

    answer = call("hooks.shop.com", Astray(look_up=lambda *_a: ["127.0.0.1"]), port=ears.port)
    ears.stop()

    assert (answer.error, ears.said) == ("refused", b"")


def test_proxies_of_the_environment_are_not_asked(ears, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{ears.port}")
    assert call("hooks.shop.com", leading_to("10.0.0.1"), port=ears.port).error == "refused"
    ears.stop()
    assert ears.count == 0


def _whole(link):
    """Read a request to its end: who hangs up on unread bytes breaks the line."""
    said = b""
    while not said.endswith(b"{}") and (more := link.recv(4096)):
        said += more
    return said
