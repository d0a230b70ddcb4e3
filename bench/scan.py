"""How many listings a second does the whole check take, and what do its workers weigh?

    python bench/scan.py [--catalogue 100000] [--listings 5000] [--references 500] [--photos DIR]

Fills a scratch database with described photos and rights holders' photos (bench/photo_market.py),
then starts Celery workers as the platform does and posts listings of four photos each, so that a
hundred wait for their check at any time. The rate is taken from the first tenth of the checks to
the last. Memory is the workers' own (PSS where the system tells it, else RSS), every two seconds.
The recall beside the speed is that of the same policy file in the same run: attacked copies of the
references, put through the same comparison. Pictures behind the listings are parts of the sources
in other colours; one picture always belongs to one shop. Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from bench import photo_attacks, photo_market

DATABASE = "bench_scan"
SEED = 20_261_123
RATE_MUST, RATE_TARGET = 6, 12
MEMORY_MUST_MB = 700
SHOPS = 40
PHOTOS = 4
# So many checks wait at any time; a listing is posted when it joins them.
LINE = 100
MEGABYTE = 1_000_000


def main() -> int:
    """Run everything; 0 when what was promised is met."""
    chosen = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EWTP_MEDIA_ROOT"] = str(Path(folder) / "media")
        from bench.ledger import scratch_database

        with scratch_database(DATABASE, rooms=()):
            figures = measure(chosen, Path(folder))
    return _say(figures)


def measure(chosen: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Stage the market, let everything be checked, and weigh the workers meanwhile."""
    from antifake.detectors.photos.comparing import POLICY_SHA256
    from antifake.references import services as references
    from marketplace.outbox.models import Job

    now = datetime.now(UTC)
    files = photo_market.sources(chosen.photos, chosen.sources, seed=SEED)
    known = files[: max(1, len(files) // 3)]
    photos = photo_market.fill(chosen.catalogue, files[len(known) :], at=now)
    holders = photo_market.rights_holders(known, chosen.references, at=now)
    # The bank was there before this market: new photos' own looks are `bench/rescan.py`'s matter.
    Job.objects.filter(kind__startswith="cases.rescan_on").delete()
    references.build(at=now)
    ids = _waiting(files[len(known) :], chosen.listings, at=now)
    with photo_market.workers(folder) as crew:
        speed = _checked(ids, crew, seconds=chosen.patience)
    return {
        "catalogue_photos": photos,
        "references": holders,
        "listings": len(ids),
        "photos_each": PHOTOS,
        **speed,
        "outcomes": _outcomes(ids),
        "policy": POLICY_SHA256[:12],
        "recall": _recall(known, chosen.copies),
    }


def _waiting(files: Sequence[Path], count: int, *, at: datetime) -> list[int]:
    """Write listings that are not posted yet; their pictures' files are shared in a shop."""
    from marketplace.listings.models import Category, Listing, Photo, Variant

    pool = _pool(files)
    open_shops = photo_market.shops(SHOPS, at=at)
    category, _made = Category.objects.get_or_create(slug="home", defaults={"name": "Home"})
    dice = random.Random(SEED)
    listings = Listing.objects.bulk_create(
        Listing(
            shop=open_shops[number % SHOPS],
            category=category,
            title=f"Woven basket {number}",
            state="draft",
            created_at=at,
        )
        for number in range(count)
    )
    Variant.objects.bulk_create(
        Variant(listing=listing, price_minor=1_900, on_hand=3) for listing in listings
    )
    photos = []
    for number, listing in enumerate(listings):
        mine = pool[number % SHOPS :: SHOPS]
        for position, source in enumerate(dice.sample(mine, PHOTOS)):
            name = uuid.uuid4().hex
            photo_market.link(source, name)
            photos.append(
                Photo(
                    listing=listing,
                    position=position,
                    sha256=name * 2,
                    name=name,
                    width=900,
                    height=900,
                    added_at=at,
                )
            )
    Photo.objects.bulk_create(photos, batch_size=2_000)
    return [listing.pk for listing in listings]


def _pool(files: Sequence[Path]) -> list[Path]:
    """Make and clean pictures: twice as many for each shop as a listing shows.

    What is made of one source belongs to one shop: else honest shops would show copies of each
    other's photos, which the check finds.
    """
    dice = random.Random(SEED + 1)
    begun = time.perf_counter()
    count = SHOPS * 2 * PHOTOS
    pool = []
    for number in range(count):
        mine = files[number % SHOPS % len(files) :: SHOPS]
        image = photo_market.another(photo_market.opened(mine[number // SHOPS % len(mine)]), dice)
        pool.append(photo_market.stored(photo_market.as_jpeg(image)))
        photo_market.show("pictures", number + 1, count, begun)
    sys.stderr.write("\n")
    return pool


def _checked(ids: Sequence[int], crew: photo_market.Workers, *, seconds: float) -> dict[str, Any]:
    from antifake.cases.models import Scan
    from antifake.cases.services.scans import SCAN
    from marketplace.listings.models import Listing
    from marketplace.outbox import services as outbox

    posted = 0
    begun = time.perf_counter()
    marks: list[tuple[float, int, float]] = []
    weights: list[float] = []
    used: dict[int, float] = {}

    def over() -> bool:
        nonlocal posted
        done = Scan.objects.filter(listing_id__gte=ids[0], state="done").count()
        some = ids[posted : done + LINE]
        Listing.objects.filter(pk__in=some).update(state="pending", posted_at=datetime.now(UTC))
        outbox.enqueue_all(
            kind=SCAN,
            payloads={f"bench:{pk}": {"listing_id": pk, "content_version": 1} for pk in some},
            run_at=datetime.now(UTC),
            queue="scan",
        )
        posted += len(some)
        marks.append((time.perf_counter() - begun, done, spent(crew, used)))
        weights.append(max((weight(one) for one in crew.all_hands()), default=0.0))
        photo_market.show("checked", done, len(ids), begun)
        return done >= len(ids)

    photo_market.wait_until(over, seconds=seconds, every=2.0)
    sys.stderr.write("\n")
    warm = [mark for mark in marks if mark[1] >= len(ids) // 10] or marks[-1:]
    (first_at, first, cpu_before), (last_at, last, cpu) = warm[0], warm[-1]
    third = len(weights) // 3
    return {
        "worker_cpu_ms_a_listing": round(1_000 * (cpu - cpu_before) / max(last - first, 1)),
        "listings_per_second": round((last - first) / max(last_at - first_at, 0.001), 2),
        "checked": last,
        # The heaviest at each look: a process is a new one from time to time and starts lighter.
        "worker_mb": {
            "most": round(max(weights)),
            "second_third": round(median(weights[third : 2 * third] or weights)),
            "last_third": round(median(weights[2 * third :])),
        },
    }


def spent(crew: photo_market.Workers, used: dict[int, float]) -> float:
    """Return the CPU seconds that all workers have used: on a busy machine the steadier figure.

    `used` remembers those that are gone, by process.
    """
    for process in crew.all_hands():
        with suppress(psutil.Error):
            times = process.cpu_times()
            used[process.pid] = times.user + times.system
    return sum(used.values())


def weight(process: psutil.Process) -> float:
    """Return what a process weighs in megabytes: its share of shared pages where that is told."""
    try:
        full = process.memory_full_info()
    except psutil.Error:
        return 0.0
    return getattr(full, "pss", full.rss) / MEGABYTE


def _outcomes(ids: Sequence[int]) -> dict[str, int]:
    from django.db.models import Count

    from marketplace.listings.models import Listing

    rows = Listing.objects.filter(pk__in=ids).values_list("state").annotate(n=Count("pk"))
    return {str(state): count for state, count in rows.order_by("state")}


def _recall(files: Sequence[Path], copies: int) -> dict[str, Any]:
    """Attack references and put the copies through the comparison that the check makes."""
    from marketplace.listings.models import Photo

    now = datetime.now(UTC)
    attacks = [name for name in photo_attacks.names("table") if name not in photo_attacks.ON_WHITE]
    strange = [photo_market.opened(file) for file in files[: photo_attacks.OTHERS]]
    [shop] = photo_market.shops(1, at=now)
    found = 0
    for number in range(copies):
        file = files[number % len(files)]
        made = photo_attacks.attacked(
            photo_market.opened(file),
            attacks[number % len(attacks)],
            photo=file.stem,
            others=strange,
        )
        upload = photo_market.as_jpeg(made)
        listing = photo_market.post(shop, f"Copy {number}", [upload], at=now)
        photo = Photo.objects.get(listing=listing)
        found += photo_market.is_known(photo.pk)
    return {"copies": copies, "found": found, "share": round(found / max(copies, 1), 3)}


def _say(figures: dict[str, Any]) -> int:
    rate, memory = figures["listings_per_second"], figures["worker_mb"]
    meets = {
        "listings_per_second": rate >= RATE_MUST,
        "target_listings_per_second": rate >= RATE_TARGET,
        "worker_mb": memory["most"] <= MEMORY_MUST_MB,
        "flat": memory["last_third"] <= 1.1 * memory["second_third"],
    }
    machine = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average": [round(value, 2) for value in os.getloadavg()],
    }
    targets = {
        "listings_per_second": {"must": RATE_MUST, "target": RATE_TARGET},
        "worker_mb": MEMORY_MUST_MB,
        "flat": "median of the last third not over a tenth more than that of the second",
    }
    result = {"bench": "scan", "machine": machine, "figures": figures, "targets": targets}
    print(json.dumps({**result, "meets": meets}))
    return 0 if all(value for name, value in meets.items() if "target" not in name) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--catalogue", type=int, default=100_000, help="described photos")
    parser.add_argument("--listings", type=int, default=5_000, help="listings to be checked")
    parser.add_argument("--references", type=int, default=500, help="rights holders' photos")
    parser.add_argument("--copies", type=int, default=62, help="attacked copies for the recall")
    parser.add_argument("--sources", type=int, default=200, help="different pictures")
    parser.add_argument("--photos", type=Path, help="a folder of pictures; the demo's if none")
    parser.add_argument("--patience", type=float, default=7_200, help="seconds to wait")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
