"""What a call makes of receivers that are slow, rude, huge or wrongly certified."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from marketplace.hooks import caller
from marketplace.hooks.addresses import Target
from marketplace.hooks.caller import Guard
from tests.factories.hooks import receiver

# Generous beside the limit given to the calls, so that a busy machine is no failure.
PATIENCE = 30
BODY = b'{"type":"x"}'


@contextmanager
def talker(speak):
    """A socket that says whatever `speak(link)` makes it say to each who connects."""
    with socket.create_server(("127.0.0.1", 0)) as ear:
        ear.settimeout(0.05)
        over = threading.Event()

        def serve():
            while not over.is_set():
                try:
                    link, _who = ear.accept()
                except TimeoutError:
                    continue
                with link:
                    try:
                        link.settimeout(PATIENCE)
                        speak(link, over)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield ear.getsockname()[1]
        finally:
            over.set()
            thread.join()


def call(port, *, host="hooks.shop.com", scheme="http", seconds=0.5, tls=None):
    guard = Guard(
        look_up=lambda *_asked: ["127.0.0.1"],
        permitted=frozenset({("127.0.0.1", port)}),
        tls=tls or ssl.create_default_context,
    )
    return caller.post(
        target=Target(scheme, host, port, "/in?a=1"),
        body=BODY,
        headers={"webhook-id": "msg_1"},
        guard=guard,
        whole_seconds=seconds,
    )


def test_a_call_is_a_plain_post_with_the_name_it_was_made_for():
    with receiver() as there:
        there.answer, there.status = b"thanks", 200
        answer = call(there.port, seconds=PATIENCE)

    (heard,) = there.heard
    assert (answer.status, answer.body, answer.accepted) == (200, b"thanks", True)
    assert (heard.path, heard.body) == ("/in?a=1", BODY)
    assert heard.headers["Host"] == f"hooks.shop.com:{there.port}"


def test_a_body_that_comes_after_the_head_is_read():
    def speak(link, _over):
        heard = b""
        while not heard.endswith(BODY) and (more := link.recv(4096)):
            heard += more
        link.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        time.sleep(0.05)
        link.sendall(b"thanks")

    with talker(speak) as port:
        assert call(port, seconds=PATIENCE).body == b"thanks"


@pytest.mark.parametrize("status", [400, 410, 500, 503])
def test_any_other_answer_is_no_acceptance(status):
    with receiver() as there:
        there.status = status
        assert not call(there.port, seconds=PATIENCE).accepted


def test_a_redirect_is_an_answer_and_is_not_followed():
    with receiver() as there, receiver() as elsewhere:
        there.status, there.extra = 302, {"Location": elsewhere.url}
        answer = call(there.port, seconds=PATIENCE)

    assert (answer.status, answer.accepted, elsewhere.heard) == (302, False, [])


def test_of_ten_megabytes_little_is_read():
    with receiver() as there:
        there.status, there.answer = 200, b"x" * 10_000_000
        answer = call(there.port, seconds=PATIENCE)

    assert (answer.status, len(answer.body)) == (200, caller.BODY_SHOWN_BYTES)


def test_a_receiver_that_says_nothing_costs_the_time_limit_and_no_more():
    with talker(lambda _link, over: over.wait(PATIENCE)) as port:
        began = time.monotonic()
        assert call(port).error == "timeout"
        assert time.monotonic() - began < PATIENCE


def test_a_drip_of_bytes_gains_no_time():
    def drip(link, over):
        link.recv(4096)
        link.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not over.wait(0.05):
            link.sendall(b"a")

    with talker(drip) as port:
        assert call(port).error == "timeout"


def test_a_drip_after_the_head_still_counts_the_status():
    def drip(link, over):
        link.recv(4096)
        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        over.wait(PATIENCE)

    with talker(drip) as port:
        answer = call(port, seconds=2)
    assert (answer.status, answer.body) == (200, b"")


def test_endless_headers_end():
    def pour(link, over):
        link.recv(4096)
        while not over.is_set():
            link.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    with talker(pour) as port:
        assert call(port, seconds=PATIENCE).error == "answer"


def test_what_is_no_http_is_said_so():
    with talker(lambda link, _over: link.sendall(b"220 smtp ready\r\n")) as port:
        assert call(port, seconds=PATIENCE).error in ("answer", "connection")


def test_nobody_at_home_and_a_name_that_is_not_known_are_told_apart():
    with socket.create_server(("127.0.0.1", 0)) as ear:
        port = ear.getsockname()[1]
    assert call(port, seconds=PATIENCE).error == "connection"

    def unknown(*_asked):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    answer = caller.post(
        target=Target("http", "no.such.name", 80, "/"),
        body=b"",
        headers={},
        guard=Guard(look_up=unknown),
    )
    assert answer.error == "name"


def test_a_resolver_that_never_answers_costs_the_time_limit():
    over = threading.Event()
    guard = Guard(look_up=lambda *_asked: [str(over.wait(PATIENCE))])
    target = Target("http", "slow.name.com", 80, "/")
    answer = caller.post(target=target, body=b"", headers={}, guard=guard, whole_seconds=0.2)
    over.set()
    assert answer.error == "timeout"


def test_a_certificate_must_fit_the_name(tmp_path):
    ours, served = _certificates(tmp_path, "hooks.shop.com")

    def greet(link, _over):
        with served.wrap_socket(link, server_side=True) as safe:
            heard = b""
            while not heard.endswith(BODY) and (more := safe.recv(4096)):
                heard += more
            safe.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with talker(greet) as port:
        fits = call(port, scheme="https", seconds=PATIENCE, tls=ours)
        other = call(port, scheme="https", host="other.shop.com", seconds=PATIENCE, tls=ours)
        unknown = call(port, scheme="https", seconds=PATIENCE)
    assert (fits.status, fits.error) == (204, "")
    assert (other.error, unknown.error) == ("tls", "tls")


def _certificates(folder, host):
    """Return what makes a client's context that trusts one certificate, and the server's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "both.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + pem
    )
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(folder / "both.pem")
    return lambda: ssl.create_default_context(cadata=pem.decode()), served
