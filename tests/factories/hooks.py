"""Webhooks with the least that is valid, and receivers that really listen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

from django.db import transaction

from marketplace.hooks import services
from marketplace.hooks.models import Endpoint
from marketplace.outbox import services as outbox
from tests.factories.shops import make_shop


@dataclass
class Heard:
    """One request as a receiver got it."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A server on loopback. `status`, `answer` and `extra` are what it says to each call."""

    port: int
    heard: list[Heard] = field(default_factory=list)
    status: int = 204
    answer: bytes = b""
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    @property
    def permit(self) -> tuple[str, int]:
        return "127.0.0.1", self.port


@contextmanager
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.heard.append(Heard(self.path, dict(self.headers), body))
            self.send_response(found.status)
            for name, value in found.extra.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.answer)))
            self.end_headers()
            self.wfile.write(found.answer)

        def log_message(self, *_words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_who: None  # who hangs up early is part of the test
    found = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_endpoint(
    *, at, shop=None, url="https://hooks.shop.com/in", types=("order.paid",), **facts
):
    shop = shop or make_shop()
    return services.add(
        owner_ref=facts.pop("owner_ref", shop.ref),
        url=url,
        types=list(types),
        key=facts.pop("key", uuid4()),
        by_id=facts.pop("by_id", shop.owner_id),
        at=at,
        **facts,
    )


def reload(endpoint) -> Endpoint:
    return Endpoint.objects.get(pk=endpoint.pk)


def pay(shop, *, at, order_id=41, **more):
    with transaction.atomic():
        data = {"order_id": order_id, "shop_id": shop.pk, **more}
        return outbox.emit("order.paid", subject=f"order:{order_id}", data=data, at=at)


def one_of_each(shop, at):
    """An endpoint of a shop with one delivery; the ids of both."""
    endpoint = make_endpoint(shop=shop, at=at)
    (delivery,) = services.fan_out(event=pay(shop, at=at), at=at)
    return {"webhook": endpoint.pk, "hook_delivery": delivery.pk}
