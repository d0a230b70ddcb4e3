"""How long a decision takes to make goods invisible everywhere, with the broker frozen, no worker.

    python bench/takedown.py [--times 20]

Runs on a scratch database of its own. Valkey is stopped (SIGSTOP) before the first decision and
nothing works on jobs. Each listing is on sale, in a cart and in an unpaid checkout; a member of
staff decides over HTTP; then every place that could show it is asked, each by a fresh visitor.
The time is from pressing the button to the last place that says it is gone. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from bench.ledger import scratch_database

MUST_S = 1.0
DECISION = {
    "verdict": "remove",
    "policy": "counterfeit",
    "act": "knowing",
    "note": "The name is disguised and the photo is the holder's.",
}


def where_seen(get: Callable[[str], Any], listing: Any) -> list[str]:
    """Return the public addresses at which goods can be seen; `get` answers as a test client."""
    title = listing.title
    places = {
        f"/l/{listing.pk}/": "",
        "/": title,
        f"/search?q={title}": f"/l/{listing.pk}/",
        f"/c/{listing.category.slug}/": f"/l/{listing.pk}/",
        f"/s/{listing.shop.slug}/": f"/l/{listing.pk}/",
        f"/sitemaps/goods-{listing.pk // 10_000}.xml": f"/l/{listing.pk}/",
        f"/api/v1/catalogue/listings?q={title}": title,
        f"/api/v1/catalogue/listings/{listing.pk}": "",
        f"/reports/goods/{listing.pk}/": "",
    }
    return [at for at, words in places.items() if _is_there(get(at), words)]


def kept_by_others(get: Callable[[str], Any], listing: Any) -> list[str]:
    """Return the addresses whose answer a shared cache may keep, so that it would outlive us."""
    pages = (f"/l/{listing.pk}/", "/", f"/search?q={listing.title}", f"/s/{listing.shop.slug}/")
    pages += (f"/c/{listing.category.slug}/", f"/api/v1/catalogue/listings/{listing.pk}")
    return [page for page in pages if "public" in get(page).headers.get("Cache-Control", "")]


def _is_there(answer: Any, words: str) -> bool:
    if answer.status_code != 200:
        return False
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return words in body.decode()


def main() -> int:
    """Take listings down one after another; 0 when each was gone everywhere in time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    os.environ.setdefault("EWTP_DEBUG", "1")  # pages without collected static files
    with scratch_database("bench_takedown", rooms=()), tempfile.TemporaryDirectory() as folder:
        from django.conf import settings

        settings.MEDIA_ROOT = Path(folder) / "media"
        settings.ALLOWED_HOSTS = ["testserver"]
        figures = _measure(times, Path(folder))
    meets = {"gone_everywhere_in_time": figures["invisible_s_max"] <= MUST_S}
    meets["all_gone"] = figures["still_seen"] == 0
    print(json.dumps({"bench": "takedown", "figures": figures, "meets": meets}))
    return 0 if all(meets.values()) else 1


def _measure(times: int, folder: Path) -> dict[str, Any]:
    from django.conf import settings
    from django.test import Client

    from ewtp import web
    from tests.factories.broker import OwnBroker, ringing_at

    web.load_addresses()  # as every web process does before its first visitor
    rounds = [_goods() for _ in range(times)]
    broker = OwnBroker(folder / "broker")
    decided, gone, still = [], [], 0
    try:
        with ringing_at(settings, broker.url):
            broker.freeze()
            for listing, send in rounds:
                start = time.perf_counter()
                send()
                decided.append(time.perf_counter() - start)
                still += len(where_seen(Client(raise_request_exception=False).get, listing))
                gone.append(time.perf_counter() - start)
    finally:
        broker.close()
    return {
        "takedowns": times,
        "decision_ms_p50": round(1000 * statistics.median(decided)),
        "decision_ms_max": round(1000 * max(decided)),
        "invisible_s_p50": round(statistics.median(gone), 3),
        "invisible_s_max": round(max(gone), 3),
        "still_seen": still,
        "load": round(os.getloadavg()[0], 1),
    }


def _goods() -> tuple[Any, Callable[[], Any]]:
    """Goods on sale, in a cart and a checkout, reported; and the button that takes them down."""
    from django.test import Client
    from django.utils import timezone

    from antifake.cases import services as cases
    from tests import conftest as _signed_in  # noqa: F401 - past the second factor and the terms
    from tests.factories.accounts import make_staff
    from tests.factories.listings import make_listing, make_variant
    from tests.factories.orders import make_group
    from tests.factories.reports import make_report
    from tests.factories.shops import make_shop

    # No title is a part of another, or goods still on sale would be taken for those removed.
    shop = make_shop(payout_account_sealed="IBAN 1")
    listing = make_listing(shop=shop, title=f"Basket {uuid.uuid4().hex}")
    variant = make_variant(listing=listing)
    make_group(variant, at=timezone.now())
    report = make_report(variant.listing, at=timezone.now())
    staff = make_staff()
    cases.claim(case_id=report.case_id, by_id=staff.pk, at=timezone.now())
    client = Client()
    client.force_login(staff)
    address = f"/admin/cases/case/{report.case_id}/decide/"
    return variant.listing, lambda: client.post(address, DECISION)


if __name__ == "__main__":
    sys.exit(main())
