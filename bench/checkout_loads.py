"""The market of bench/checkout.py: its shops and filled carts, and the buyers who check out."""

from __future__ import annotations

import http.client
import multiprocessing
import queue
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

SHOPS = 20
GOODS_A_SHOP = 10
PLENTY = 1_000_000
COUNTRY, CURRENCY = "RW", "EUR"
ADDRESS = {"recipient": "Ada Buyer", "lines": "1 Harbour Road, Kigali", "country": COUNTRY}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Buyer:
    """One signed-in browser with a filled cart: its cookies and the form it will send."""

    cookies: str
    token: str
    form: str


@dataclass
class Rush:
    """What the clients of one run saw; latencies in seconds."""

    seconds: float = 0.0
    place: list[float] = field(default_factory=list)
    pay: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def add(self, other: Rush) -> None:
        """Count another client's work as well."""
        self.place += other.place
        self.pay += other.pay
        self.answers += other.answers

    @property
    def server_errors(self) -> int:
        """Answers of 500 and above, and connections that broke."""
        return sum(number for what, number in self.answers.items() if what in ("5xx", "broken"))

    def figures(self) -> dict[str, object]:
        """Milliseconds of each step, and of both together."""
        both = [first + second for first, second in zip(self.place, self.pay, strict=False)]
        steps = {"place": self.place, "pay": self.pay, "checkout": both}
        return {name: spent(times) for name, times in steps.items() if times}


def spent(seconds: Sequence[float]) -> dict[str, float]:
    """Return median and 99th percentile in milliseconds."""
    ordered = sorted(seconds)
    return {
        "p50_ms": round(1_000 * ordered[len(ordered) // 2], 1),
        "p99_ms": round(1_000 * ordered[len(ordered) * 99 // 100], 1),
    }


# The market ------------------------------------------------------------------------------
def make_shops(now: datetime) -> list[list[int]]:
    """Open shops with goods, ladders, a discount and ways of sending; variant ids by shop."""
    from marketplace.accounts.models import User
    from marketplace.listings.models import Category, Listing, PriceTier, Variant
    from marketplace.shops.models import Discount, MemberRole, ShippingMethod, Shop, ShopMember

    long_ago = now - timedelta(days=400)
    shelf = Category.objects.create(slug="bench", name="Bench")
    found = []
    for number in range(SHOPS):
        owner = User.objects.create(email=f"seller{number}@example.org", password="!")
        shop = Shop.objects.create(
            owner=owner,
            name=f"Shop {number}",
            slug=f"shop-{number}",
            # Every other one at home with the buyers: its prices hold a tax.
            country=COUNTRY if number % 2 else "KE",
            currency=CURRENCY,
            state="approved",
            applied_at=long_ago,
            decided_at=long_ago,
        )
        ShopMember.objects.create(shop=shop, user=owner, role=MemberRole.OWNER, since=long_ago)
        for name, first in (("Letter", 300), ("Courier", 900)):
            ShippingMethod.objects.create(
                shop=shop, name=name, first_minor=first, each_further_minor=50
            )
        Discount.objects.create(shop=shop, percent_bp=500, from_minor=3_000, since=long_ago)
        found.append([])
        for piece in range(GOODS_A_SHOP):
            listing = Listing.objects.create(
                shop=shop,
                category=shelf,
                title=f"Basket {number}-{piece}",
                state="live",
                created_at=long_ago,
                posted_at=long_ago,
                published_at=long_ago,
                checked_version=1,
            )
            variant = Variant.objects.create(
                listing=listing, price_minor=1_000 + 7 * piece, on_hand=PLENTY
            )
            PriceTier.objects.create(variant=variant, from_quantity=3, price_minor=950 + piece)
            found[-1].append(variant.pk)
    return found


def mixed_carts(goods: list[list[int]], count: int) -> list[list[tuple[int, int]]]:
    """Return lines (variant, pieces) for so many carts: two or three lines over two shops."""
    chance, found = random.Random(7), []
    for number in range(count):
        one, other = chance.sample(goods, 2)
        lines = [(chance.choice(one), chance.randint(1, 4)), (chance.choice(other), 1)]
        if number % 2:
            lines.append((chance.choice([pk for pk in one if pk != lines[0][0]]), 2))
        found.append(lines)
    return found


def make_buyers(carts: list[list[tuple[int, int]]], label: str, now: datetime) -> list[Buyer]:
    """Sign a person in for each cart and fill it; written straight into the tables."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from marketplace.accounts import sessions, terms
    from marketplace.accounts.models import User
    from marketplace.orders.models import Cart, CartLine
    from marketplace.orders.queries import baskets

    people = User.objects.bulk_create(
        User(email=f"{label}{number}@example.org", password="!", country=COUNTRY)
        for number in range(len(carts))
    )
    made = Cart.objects.bulk_create(Cart(buyer=one, created_at=now) for one in people)
    CartLine.objects.bulk_create(
        CartLine(cart=cart, variant_id=variant, quantity=pieces)
        for cart, lines in zip(made, carts, strict=True)
        for variant, pieces in lines
    )
    rows, buyers = [], []
    for person, cart in zip(people, made, strict=True):
        store = sessions.SessionStore(secrets.token_hex(16))
        moment = now.timestamp()
        contents = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: "marketplace.accounts.backends.AccountBackend",
            HASH_SESSION_KEY: person.get_session_auth_hash(),
            sessions.SINCE: moment,
            sessions.SEEN: moment,
            "terms": terms.newest(),
        }
        store._session_cache = contents  # else it looks for a stored session of that key
        rows.append(store.create_model_instance(contents))
        seen = baskets.basket(cart_id=cart.pk, country=COUNTRY, at=now).seen
        token = secrets.token_hex(16)
        cookies = f"sessionid={store.session_key}; csrftoken={token}"
        form = urlencode({**ADDRESS, "cart": cart.pk, "seen": seen, "later": "1"})
        buyers.append(Buyer(cookies, token, form))
    type(rows[0]).objects.bulk_create(rows)
    return buyers


# The clients -----------------------------------------------------------------------------
def rush(buyers: list[Buyer], port: int, clients: int, processes: int) -> Rush:
    """Let so many clients check out all the carts: each carries one after the other."""
    shares = [buyers[number::processes] for number in range(processes)]
    answers, barrier = FORK.Queue(), FORK.Barrier(processes + 1)
    workers = [
        FORK.Process(target=_process, args=(share, port, clients // processes, barrier, answers))
        for share in shares
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    begun = time.perf_counter()
    total = Rush()
    for _ in workers:
        total.add(answers.get(timeout=900))
    total.seconds = time.perf_counter() - begun
    for worker in workers:
        worker.join()
    return total


def _process(
    buyers: list[Buyer], port: int, threads: int, barrier: object, answers: queue.Queue[Rush]
) -> None:
    waiting: queue.SimpleQueue[Buyer] = queue.SimpleQueue()
    for buyer in buyers:
        waiting.put(buyer)
    seen: list[Rush] = []
    running = [
        threading.Thread(target=lambda: seen.append(_client(waiting, port))) for _ in range(threads)
    ]
    barrier.wait()
    for thread in running:
        thread.start()
    total = Rush()
    for thread in running:
        thread.join()
    for one in seen:
        total.add(one)
    answers.put(total)


def _client(waiting: queue.SimpleQueue[Buyer], port: int) -> Rush:
    load, browser = Rush(), http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    while True:
        try:
            buyer = waiting.get_nowait()
        except queue.Empty:
            browser.close()
            return load
        group = _send(browser, buyer, "/checkout/", buyer.form, load, load.place)
        if not group.startswith("/checkout/"):
            load.answers[f"turned away to {group or 'nowhere'}"] += 1
            continue
        page = _send(browser, buyer, f"{group}pay/", "card=tok_ok", load, load.pay)
        load.answers["paid" if page == group else "not paid"] += 1


def _send(
    browser: http.client.HTTPConnection,
    buyer: Buyer,
    path: str,
    body: str,
    load: Rush,
    spent_on: list[float],
) -> str:
    """Post a form; return where the answer leads, an empty text when nowhere."""
    headers = {**FORM, "Cookie": buyer.cookies, "X-CSRFToken": buyer.token}
    begun = time.perf_counter()
    try:
        browser.request("POST", path, body, headers)
        answer = browser.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        browser.close()
        load.answers["broken"] += 1
        return ""
    if answer.status >= 500:
        load.answers["5xx"] += 1
    elif answer.status != 302:
        load.answers[str(answer.status)] += 1
    if answer.status == 302:
        spent_on.append(time.perf_counter() - begun)
    return answer.headers.get("Location", "") if answer.status == 302 else ""


def utc_now() -> datetime:
    """The wall clock: the servers run by it."""
    return datetime.now(UTC)
