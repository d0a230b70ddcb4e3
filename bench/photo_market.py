"""A market full of photos for benches of finding copies, and workers that may be killed.

Distractors are made by mixing and shaking the descriptors of real pictures and are written by
COPY; each has a real picture's file behind it. Real listings go through the services.
"""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import numpy as np
import psutil
from PIL import Image, ImageOps

PROJECT = Path(__file__).resolve().parent.parent
PICTURES = PROJECT / "ewtp" / "demo" / "pictures"
BATCH = 10_000
A_LISTING = 4
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER = b"\xff\xff"
# The part of a distractor's vector that no real picture has, and of its bits that are turned.
SHAKE, TURNED = 0.7, 0.35


def sources(folder: Path | None, count: int, *, seed: int) -> list[Path]:
    """Return picture files, always the same: odd numbers alone where names are numbered."""
    files = sorted(
        file
        for file in (folder or PICTURES).rglob("*")
        if file.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"}
    )
    odd = [file for file in files if not file.name[:4].isdigit() or int(file.name[:4]) % 2]
    random.Random(seed).shuffle(odd)
    return odd[:count]


def opened(file: Path) -> Image.Image:
    """Return a picture in RGB."""
    with Image.open(file) as image:
        return image.convert("RGB")


def another(image: Image.Image, dice: random.Random) -> Image.Image:
    """Return a picture that is not the same: a part of it in other colours, otherwise turned."""
    width, height = image.size
    left, top = dice.randrange(width // 3), dice.randrange(height // 3)
    part = image.crop((left, top, left + width * 2 // 3, top + height * 2 // 3))
    hue, saturation, value = part.convert("HSV").split()
    step = dice.randrange(256)
    shifted = Image.merge(
        "HSV", (hue.point([(tone + step) % 256 for tone in range(256)]), saturation, value)
    ).convert("RGB")
    # Not inverted: negatives look alike to the network, whatever they show.
    return dice.choice((ImageOps.flip, ImageOps.mirror, _turned))(shifted)


def _turned(image: Image.Image) -> Image.Image:
    return image.transpose(Image.Transpose.ROTATE_180)


def as_jpeg(image: Image.Image) -> bytes:
    """Return the picture as it is uploaded."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


# Distractors -------------------------------------------------------------------------------
def fill(photos: int, files: Sequence[Path], *, at: datetime) -> int:
    """Put listings with so many described photos on sale; return how many photos there are."""
    from django.db import connection

    from bench import catalogue
    from marketplace.listings.models import Photo

    listings = max(1, photos // A_LISTING)
    catalogue.write(catalogue.items(listings), count=listings, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO listings_photo"
            " (listing_id, position, sha256, name, width, height, added_at)"
            " SELECT listing_id, n, md5(name || n) || md5(n || name), md5(name || n), width,"
            " height, added_at FROM listings_photo, generate_series(1, %s) AS n",
            [A_LISTING - 1],
        )
    rows = list(Photo.objects.order_by("pk").values_list("pk", "name"))
    seen = _seen(files)
    begun = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        _describe([pk for pk, _name in some], seen, seed=start)
        for number, (_pk, name) in enumerate(some):
            link(seen[(start + number) % len(seen)][0], name)
        show("described", start + len(some), len(rows), begun)
    sys.stderr.write("\n")
    return len(rows)


def _seen(files: Sequence[Path]) -> list[tuple[Path, Any]]:
    """Clean and describe the pictures; the stored files and what was seen in them."""
    from antifake.references import pictures

    places = [stored(file.read_bytes()) for file in files]
    return [(place, pictures.seen(str(place))) for place in places]


def stored(data: bytes) -> Path:
    """Clean an upload and return where its large form is stored."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from marketplace.listings.services import pictures as cleaner

    large = ContentFile(cleaner.clean(data=data).large)
    return Path(default_storage.path(default_storage.save(f"bench/{uuid.uuid4().hex}.webp", large)))


def rights_holders(files: Sequence[Path], count: int, *, at: datetime) -> int:
    """Add rights holders' photos: the pictures themselves, then others made of them."""
    from antifake.references import services as references
    from marketplace.errors import BadInput

    brand = references.register_brand(name="Quillfarne", holder="Quillfarne Ltd", at=at)
    dice = random.Random(count)
    begun = time.perf_counter()
    added = 0
    for number in range(count):
        image = opened(files[number % len(files)])
        if number >= len(files):
            image = another(image, dice)
        with suppress(BadInput):  # too plain
            references.add_reference_photo(brand_id=brand.pk, data=as_jpeg(image), at=at)
            added += 1
        show("references", number + 1, count, begun)
    sys.stderr.write("\n")
    return added


def is_known(photo_id: int) -> bool:
    """Say whether the check's own comparison finds the photo among references and fakes."""
    from antifake.detectors.photos.comparing import POLICY
    from antifake.references import queries, services

    services.describe_photo(photo_id=photo_id)
    pairs = queries.compared_with(queries.queries_for([photo_id]))
    return any(pair.copy_permille >= POLICY.copy_permille for _known, pair in pairs)


def link(source: Path, name: str) -> None:
    """Put a stored file behind the photo of this name, without a copy."""
    from django.core.files.storage import default_storage

    from marketplace.listings.queries import photo_file

    place = Path(default_storage.path(photo_file(name, "large")))
    place.parent.mkdir(parents=True, exist_ok=True)
    os.link(source, place)


def _describe(photo_ids: Sequence[int], stored: Sequence[tuple[Path, Any]], *, seed: int) -> None:
    """Write shaken descriptors as a binary COPY (PostgreSQL manual, COPY)."""
    from django.db import connection

    from antifake.detectors.photos.describing import VERSION, unpack
    from antifake.references.fields import column_type

    dice = np.random.default_rng(seed)
    vectors = np.stack([unpack(seen.vector) for _file, seen in stored])
    bits = np.stack([np.frombuffer(seen.pdq[0], dtype=np.uint8) for _file, seen in stored])
    count, dim = len(photo_ids), vectors.shape[1]
    chosen = dice.integers(0, len(vectors), (count, 3))
    mixed = (vectors[chosen] * dice.dirichlet((1, 1, 1), count)[:, :, None]).sum(axis=1)
    noise = dice.normal(size=(count, dim)) / np.sqrt(dim)
    mixed = mixed / np.linalg.norm(mixed, axis=1, keepdims=True) * (1 - SHAKE) + noise * SHAKE
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    turned = np.packbits(dice.random((count, 256)) < TURNED, axis=1)
    uprights = bits[chosen[:, 0]] ^ turned
    half = column_type(connection, "references_photodescriptor", "vector") == "halfvec"
    rows = _rows(photo_ids, VERSION, uprights, mixed, half=half)
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(
            "COPY references_photodescriptor (photo_id, version, region, descriptor, upright,"
            " quality, vector) FROM STDIN (FORMAT binary)",
            io.BytesIO(_COPY_HEADER + rows.tobytes() + _COPY_TRAILER),
        )


def _rows(
    photo_ids: Sequence[int],
    version: str,
    uprights: np.ndarray[Any, Any],
    vectors: np.ndarray[Any, Any],
    *,
    half: bool,
) -> np.ndarray[Any, Any]:
    dim = vectors.shape[1]
    head: list[Any] = [("dimensions", ">i2"), ("unused", ">i2")] if half else []
    vector = np.dtype([*head, ("numbers", ">f2" if half else "<f2", (dim,))])
    kinds: dict[str, Any] = {
        "photo_id": np.dtype(">i8"),
        "version": np.dtype(f"S{len(version)}"),
        "region": np.dtype(">i2"),
        "descriptor": np.dtype(("u1", (256,))),
        "upright": np.dtype([("bits", ">i4"), ("bytes", "u1", (32,))]),
        "quality": np.dtype(">i2"),
        "vector": vector,
    }
    fields = [("fields", ">i2")]
    for name, kind in kinds.items():
        fields += [(f"{name}_length", ">i4"), (name, kind)]
    rows = np.zeros(len(photo_ids), dtype=fields)
    rows["fields"] = len(kinds)
    for name, kind in kinds.items():
        rows[f"{name}_length"] = kind.itemsize
    rows["photo_id"], rows["version"], rows["quality"] = photo_ids, version.encode(), 90
    rows["descriptor"] = np.tile(uprights, 8)
    rows["upright"]["bits"], rows["upright"]["bytes"] = 256, uprights
    rows["vector"]["numbers"] = vectors
    if half:
        rows["vector"]["dimensions"] = dim
    return rows


# Real listings -----------------------------------------------------------------------------
def shops(count: int, *, at: datetime) -> list[Any]:
    """Open shops, each with an owner of its own."""
    from marketplace.accounts.models import User
    from marketplace.shops.models import MemberRole, Shop, ShopMember

    since = at - timedelta(days=400)
    made = []
    for number in range(count):
        mark = uuid.uuid4().hex[:12]
        owner = User.objects.create_user(email=f"seller-{mark}@example.org")
        shop = Shop.objects.create(
            owner=owner,
            name=f"Seller {number} {mark}",
            slug=f"seller-{mark}",
            country="GB",
            currency="GBP",
            state="approved",
            applied_at=since,
            decided_at=since,
        )
        ShopMember.objects.create(shop=shop, user=owner, role=MemberRole.OWNER, since=since)
        made.append(shop)
    return made


def post(shop: Any, title: str, uploads: Sequence[bytes], *, at: datetime) -> Any:
    """Draft a listing with its pictures and put it on sale, as sellers do."""
    from marketplace.listings.models import Category
    from marketplace.listings.services import listing as listings
    from marketplace.listings.services import photos

    category, _made = Category.objects.get_or_create(slug="home", defaults={"name": "Home"})
    draft = listings.create_draft(
        shop_id=shop.pk,
        by_id=shop.owner_id,
        category_id=category.pk,
        title=title,
        description="",
        at=at,
    )
    listings.add_variant(listing_id=draft.pk, name="", price_minor=1_900, on_hand=3, at=at)
    for data in uploads:
        photos.add_photo(listing_id=draft.pk, data=data, at=at)
    return listings.post(listing_id=draft.pk, by_id=shop.owner_id, at=at)


# Workers -----------------------------------------------------------------------------------
class Workers:
    """Celery's worker, the sweeper and the scheduler, as the platform starts them.

    The scheduler has the index of photos built anew when many are newer, as a market does.
    """

    def __init__(self, log: IO[bytes]) -> None:
        self._log = log
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.kills = 0
        for name in ("worker", "sweeper", "scheduler"):
            self._start(name)

    def _start(self, name: str) -> None:
        from ewtp.programs import programs

        environment = {**os.environ, "EWTP_LOG_LEVEL": "WARNING", "OMP_NUM_THREADS": "1"}
        known = {program.name: program.command for program in programs("127.0.0.1", 0, {})}
        self.running[name] = subprocess.Popen(
            known[name], cwd=PROJECT, env=environment, stdout=self._log, stderr=self._log
        )

    def processes(self) -> list[psutil.Process]:
        """Return the worker's children: those that do the work."""
        try:
            return psutil.Process(self.running["worker"].pid).children()
        except psutil.NoSuchProcess:
            return []

    def all_hands(self) -> list[psutil.Process]:
        """Return all that do jobs: the worker's children and the sweeper's own hands."""
        try:
            hands = psutil.Process(self.running["sweeper"].pid).children()
        except psutil.NoSuchProcess:
            hands = []
        return [*self.processes(), *hands]

    def kill(self) -> None:
        """Kill the worker and its children at once (SIGKILL); another takes its place."""
        parent = self.running["worker"]
        for pid in [*(child.pid for child in self.processes()), parent.pid]:
            os.kill(pid, signal.SIGKILL)
        parent.wait()
        self.kills += 1
        self._start("worker")

    def stop(self) -> None:
        """End them, politely."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def workers(folder: Path) -> Iterator[Workers]:
    """Start the workers on an empty broker; end them."""
    import redis

    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()
    with (folder / "workers.log").open("wb") as log:
        crew = Workers(log)
        try:
            yield crew
        finally:
            crew.stop()


def wait_until(true: Callable[[], bool], *, seconds: float, every: float = 0.5) -> bool:
    """Wait until something is true; False when it did not become so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(every)
    return true()


def show(what: str, done: int, count: int, begun: float) -> None:
    """Draw a bar."""
    part = done / max(count, 1)
    rate = done / max(time.perf_counter() - begun, 0.001)
    sys.stderr.write(f"\r[{'#' * round(30 * part):<30}] {done:,}/{count:,} {what}, {rate:,.0f}/s ")
    sys.stderr.flush()
