"""The borrowers of bench/decision.py and the browsers that send their applications."""

from __future__ import annotations

import http.client
import os
import queue
import secrets
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from bench.checkout_loads import FORK, FORM

CURRENCY, COUNTRY = "EUR", "RW"
AMOUNT_MINOR = 20_000
BUYERS = 20
ORDERS_A_SHOP = 4
CHUNK = 2_000


@dataclass(frozen=True)
class Post:
    """One form that a signed-in browser sends; `after_s` counts from the start of the load."""

    path: str
    cookies: str
    token: str
    form: str
    after_s: float = 0.0


@dataclass
class Load:
    """What the clients of one run saw; latencies in seconds."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def add(self, other: Load) -> None:
        """Count another client's work as well."""
        self.times += other.times
        self.answers += other.answers

    def figures(self) -> dict[str, object]:
        """Milliseconds, and what was answered."""
        ordered = sorted(self.times) or [0.0]
        return {
            "posts": len(self.times),
            "per_second": round(len(self.times) / max(self.seconds, 1e-9), 1),
            "p50_ms": round(1_000 * ordered[len(ordered) // 2], 1),
            "p99_ms": round(1_000 * ordered[len(ordered) * 99 // 100], 1),
            "worst_ms": round(1_000 * ordered[-1], 1),
            "answers": dict(self.answers),
        }


class Work:
    """Processor time of the server's processes: web and database, of this run alone."""

    def begin(self) -> None:
        """Count from now."""
        self.before = _spent()

    def milliseconds_each(self, posts: int) -> dict[str, float]:
        """Return what each post took in all, by the kind of process; milliseconds."""
        now, before = _spent(), self.before
        return {
            kind: round(
                10
                * sum(max(0, now[kind].get(pid, 0) - before[kind].get(pid, 0)) for pid in now[kind])
                / posts,
                2,
            )
            for kind in now
        }


def _spent() -> dict[str, dict[int, int]]:
    """Return hundredths of seconds by process: below us for the web, below the postmaster."""
    from ewtp import embedded

    postmaster, _valkey = embedded.pids(os.environ["EWTP_PROFILE"])
    rows: dict[int, tuple[int, int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            rows[int(stat.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])

    def below(root: int | None) -> set[int]:
        found, wave = set(), {root}
        while wave:
            wave = {pid for pid, (parent, _) in rows.items() if parent in wave} - found
            found |= wave
        return found

    database = below(postmaster)
    return {
        "web": {pid: rows[pid][1] for pid in below(os.getpid()) - database},
        "database": {pid: rows[pid][1] for pid in database},
    }


# The borrowers ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Borrower:
    """A person who owns some shops, signed in."""

    shop_ids: tuple[int, ...]
    cookies: str
    token: str

    def post(self, shop: int, key: uuid.UUID, after_s: float = 0.0) -> Post:
        """Return an application of one of the shops."""
        values = {"key": key, "amount_minor": AMOUNT_MINOR, "parts": 3, "kind": "even"}
        path = f"/loans/apply/{self.shop_ids[shop]}/"
        return Post(path, self.cookies, self.token, urlencode(values), after_s)


def make_borrowers(count: int, label: str, now: datetime, shops: int = 1) -> list[Borrower]:
    """Verified people with shops that sold enough; written straight into the tables."""
    found: list[Borrower] = []
    while len(found) < count:
        size = min(CHUNK, count - len(found))
        found += _some(size, f"{label}{len(found)}", now, shops)
    return found


def _some(count: int, label: str, now: datetime, shops: int) -> list[Borrower]:
    from marketplace.accounts.models import TraderIdentity, User
    from marketplace.shops.models import MemberRole, Shop, ShopMember

    long_ago = now - timedelta(days=400)
    judge, _made = User.objects.get_or_create(email="judge@example.org", password="!")
    people = User.objects.bulk_create(
        User(email=f"{label}.{number}@example.org", password="!", country=COUNTRY)
        for number in range(count)
    )
    TraderIdentity.objects.bulk_create(
        TraderIdentity(
            user=person,
            legal_name_sealed="A",
            country=COUNTRY,
            street_sealed="B",
            phone_sealed=f"+2507{person.pk:08d}",
            email_sealed=f"{label}.{number}@example.org",
            payment_holder_sealed="A",
            payment_account_sealed=f"RW{person.pk:010d}",
            document_number_sealed=f"P{person.pk:010d}",
            state="verified",
            certified_version="1",
            certified_at=long_ago,
            changed_at=long_ago,
            submitted_at=long_ago,
            decided_by=judge,
            decided_at=long_ago,
        )
        for number, person in enumerate(people)
    )
    opened = Shop.objects.bulk_create(
        Shop(
            owner=person,
            name=f"{label} {person.pk} {number}",
            slug=f"{label}-{person.pk}-{number}",
            country=COUNTRY,
            currency=CURRENCY,
            payout_account_sealed=f"RW{person.pk:010d}",
            state="approved",
            applied_at=long_ago,
            decided_at=long_ago,
        )
        for person in people
        for number in range(shops)
    )
    ShopMember.objects.bulk_create(
        ShopMember(shop=shop, user_id=shop.owner_id, role=MemberRole.OWNER, since=long_ago)
        for shop in opened
    )
    _sell(opened, now)
    _score(opened, now)
    signed_in = _sign_in(people, now)
    of_person = {person.pk: [] for person in people}
    for shop in opened:
        of_person[shop.owner_id].append(shop.pk)
    return [
        Borrower(tuple(of_person[person.pk]), *cookies)
        for person, cookies in zip(people, signed_in, strict=True)
    ]


def _sell(shops: list[object], now: datetime) -> None:
    """Settled orders of the last month, to different buyers."""
    from marketplace.accounts.models import User
    from marketplace.orders.models import Cart, Order, OrderGroup

    buyers = list(User.objects.filter(display_name="Bench buyer")[:BUYERS])
    if not buyers:
        buyers = User.objects.bulk_create(
            User(email=f"bench{number}@example.org", display_name="Bench buyer", password="!")
            for number in range(BUYERS)
        )
    at = now - timedelta(days=5)
    wanted = [(shop, buyers[number]) for shop in shops for number in range(ORDERS_A_SHOP)]
    carts = Cart.objects.bulk_create(
        Cart(buyer=buyer, created_at=at, checked_out_at=at) for _shop, buyer in wanted
    )
    groups = OrderGroup.objects.bulk_create(
        OrderGroup(
            buyer=buyer,
            cart=cart,
            recipient_sealed="A",
            address_sealed="B",
            country=COUNTRY,
            placed_at=at,
            due_at=at,
        )
        for (_shop, buyer), cart in zip(wanted, carts, strict=True)
    )
    Order.objects.bulk_create(
        Order(
            group=group,
            shop=shop,
            buyer=buyer,
            currency=CURRENCY,
            goods_minor=50_000,
            shipping_minor=0,
            total_minor=50_000,
            commission_bp=300,
            commission_minor=0,
            state="settled",
            placed_at=at,
            paid_at=at,
            ship_by=at,
            shipped_at=at,
            completed_at=at,
            settled_at=at,
        )
        for (shop, buyer), group in zip(wanted, groups, strict=True)
    )


def _score(shops: list[object], now: datetime) -> None:
    """A score as the scoring room keeps it: the first shop's, worked out, for all."""
    from credit.scoring import services
    from credit.scoring.models import Score

    first = services.rescore(shop_id=shops[0].pk, cause="bench", at=now)
    fields = {
        field.attname: getattr(first, field.attname)
        for field in Score._meta.concrete_fields
        if field.attname not in ("id", "shop_id")
    }
    Score.objects.bulk_create(Score(**{**fields, "shop_id": shop.pk}) for shop in shops[1:])


def _sign_in(people: list[object], now: datetime) -> list[tuple[str, str]]:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from marketplace.accounts import sessions, terms

    rows, found, moment = [], [], now.timestamp()
    for person in people:
        store = sessions.SessionStore(secrets.token_hex(16))
        contents = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: "marketplace.accounts.backends.AccountBackend",
            HASH_SESSION_KEY: person.get_session_auth_hash(),
            sessions.SINCE: moment,
            # The form's page was opened a moment ago; a load of an hour does not change that.
            sessions.SEEN: moment + 3_600,
            "terms": terms.newest(),
        }
        store._session_cache = contents  # else it looks for a stored session of that key
        rows.append(store.create_model_instance(contents))
        token = secrets.token_hex(16)
        found.append((f"sessionid={store.session_key}; csrftoken={token}", token))
    type(rows[0]).objects.bulk_create(rows)
    return found


# The clients -----------------------------------------------------------------------------
def send(posts: list[Post], port: int, clients: int, processes: int = 2) -> Load:
    """Let so many clients send all posts: each as soon as it may, one after the other.

    A post with `after_s` is sent at that moment, and its time counts from it, whether or not a
    client was free: a queue in front of the server is part of the wait.
    """
    shares = [posts[number::processes] for number in range(processes)]
    answers, barrier = FORK.Queue(), FORK.Barrier(processes + 1)
    workers = [
        FORK.Process(target=_process, args=(share, port, clients // processes, barrier, answers))
        for share in shares
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    begun, total = time.perf_counter(), Load()
    for _ in workers:
        total.add(answers.get(timeout=1_800))
    total.seconds = time.perf_counter() - begun
    for worker in workers:
        worker.join()
    return total


def _process(
    posts: list[Post], port: int, threads: int, barrier: object, answers: queue.Queue[Load]
) -> None:
    waiting: queue.SimpleQueue[Post] = queue.SimpleQueue()
    for post in posts:
        waiting.put(post)
    seen: list[Load] = []
    barrier.wait()
    begun = time.perf_counter()
    running = [
        threading.Thread(target=lambda: seen.append(_client(waiting, port, begun)))
        for _ in range(threads)
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    total = Load()
    for one in seen:
        total.add(one)
    answers.put(total)


def _client(waiting: queue.SimpleQueue[Post], port: int, begun: float) -> Load:
    load, browser = Load(), http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    while True:
        try:
            post = waiting.get_nowait()
        except queue.Empty:
            browser.close()
            return load
        due = begun + post.after_s
        if post.after_s:
            browser.close()  # the server hangs up on whoever is idle for two seconds
            time.sleep(max(0.0, due - time.perf_counter()))
        start = due if post.after_s else time.perf_counter()
        answer = _send(browser, post)
        load.times.append(time.perf_counter() - start)
        load.answers[answer] += 1


def _send(browser: http.client.HTTPConnection, post: Post) -> str:
    headers = {**FORM, "Cookie": post.cookies, "X-CSRFToken": post.token}
    try:
        browser.request("POST", post.path, post.form, headers)
        answer = browser.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        browser.close()
        return "broken"
    if answer.status != 302:
        return str(answer.status)
    to = answer.headers.get("Location", "")
    if to.startswith("/loans/applications/"):
        return "refused"
    return "lent" if to.startswith("/loans/") else f"sent to {to}"
