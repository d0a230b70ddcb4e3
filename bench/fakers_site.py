"""The same small market through the real services and in memory: do both say the same?

Listings are drafted, photographed and posted by the services; outbox jobs are done by a real
Celery worker. A first wave of honest and faked goods; a person rules on every held case; then the
fakers come back, each with one or two things changed. The pipeline in memory sees the same goods
in the same order. Called by `python bench/fakers.py --level site`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import fakers_campaigns as fakers
from bench import fakers_pictures as pictures
from bench.fakers_market import PUBLISH
from bench.fakers_world import Listing, Shop, World

DATABASE = "bench_fakers"
HONEST_MOST, CAMPAIGNS_MOST = 60, 30
PATIENCE_S = 600
AGREE_MUST = 0.97
NOTE = "The goods are counterfeits of a protected brand."


def main(chosen: argparse.Namespace) -> int:
    """Run both and compare; 0 when they agree."""
    os.environ.setdefault("EWTP_PROFILE", "bench")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EWTP_MEDIA_ROOT"] = str(Path(folder) / "media")
        from bench.ledger import scratch_database

        with scratch_database(DATABASE, rooms=()):
            from bench import photo_market

            with photo_market.workers(Path(folder)):
                figures = measure(chosen)
    meets = {"agree": figures["agree"] >= AGREE_MUST}
    result = {"bench": "fakers_site", "figures": figures, "targets": {"agree": AGREE_MUST}}
    print(json.dumps({**result, "meets": meets}, ensure_ascii=False))
    return 0 if all(meets.values()) else 1


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Let both look at the same two waves."""
    from bench import fakers as bench
    from bench.fakers_pipeline import Pipeline, reads_pictures

    honest_many = min(chosen.genuine, HONEST_MOST)
    many = min(chosen.campaigns, CAMPAIGNS_MOST)
    world, honest, sellers = bench.made(chosen, genuine=honest_many, campaigns=many, number=0)
    for shop in world.shops:
        level(shop)
    site = Site(world)
    memory = Pipeline(world, read_pictures=reads_pictures() and not chosen.unread)
    begun = time.perf_counter()
    first = [*honest[:honest_many], *(_offer(world, one) for one in sellers)]
    _wave(first, site, memory)
    _rule(first, site, memory)
    second = []
    for campaign in sellers:
        _changed(world, campaign)
        second.append(_offer(world, campaign))
    _wave(second, site, memory)
    rows = [site.said(listing) | {"memory": listing.state} for listing in (*first, *second)]
    same = [row["site"] == row["memory"] for row in rows]
    kinds = [row["kinds"] == sorted(memory.kinds_of(row["listing"])) for row in rows]
    for row, is_same in zip(rows, same, strict=True):
        if not is_same:
            sys.stderr.write(f"differs: {row}; memory saw {memory.kinds_of(row['listing'])}\n")
    return {
        "listings": len(rows),
        "fakes": 2 * len(sellers),
        "agree": round(sum(same) / len(same), 4),
        "same_kinds": round(sum(kinds) / len(kinds), 4),
        "site": dict(Counter(row["site"] for row in rows)),
        "in_memory": dict(Counter(row["memory"] for row in rows)),
        "wrongly_held_on_site": sum(
            row["site"] != "live"
            for row, one in zip(rows, (*first, *second), strict=True)
            if not one.fake
        ),
        "seconds": round(time.perf_counter() - begun, 1),
    }


def level(shop: Shop) -> None:
    """Leave out what the small site does not have: orders, verified traders, shared keys."""
    shop.verified, shop.orders_a_day, shop.keys = False, 0.0, frozenset()


def _offer(world: World, campaign: fakers.Campaign) -> Listing:
    return fakers.offer(world, campaign, 0.0)


def _changed(world: World, campaign: fakers.Campaign) -> None:
    fakers.adapt(world, campaign, 0.0, removed=True)
    level(campaign.shop)


def _wave(listings: Sequence[Listing], site: Site, memory: Any) -> None:
    for number, listing in enumerate(listings):
        site.post(listing)
        seen = memory.look(listing, 0.0)
        listing.state = "live" if seen.outcome == PUBLISH else "withheld"
        memory.seen[listing.listing_id] = seen
        if seen.outcome == PUBLISH:
            memory.shown(listing, 0.0)
        sys.stderr.write(f"\rlooked at {number + 1} of {len(listings)} ")
    sys.stderr.write("\n")


def _rule(listings: Sequence[Listing], site: Site, memory: Any) -> None:
    """Let a person rule on every case, in the same order, here and there."""
    for listing in listings:
        seen = memory.seen[listing.listing_id]
        if listing.state == "withheld":
            others = memory.decided(listing, seen, removed=listing.fake, now_h=0.0)
            listing.state = "withheld" if listing.fake else "live"
            if not listing.fake:
                memory.shown(listing, 0.0)
            for other in others:
                if memory.look(other, 0.0).outcome != PUBLISH:
                    other.state = "withheld"
        site.rule(listing)
    site.settle()


class Site:
    """The real services on a scratch database, with a worker at their jobs."""

    def __init__(self, world: World) -> None:
        from antifake.references import services as references
        from marketplace.accounts.models import User
        from marketplace.listings.models import Category

        self.now = datetime.now(UTC)
        self._shops: dict[int, Any] = {}
        self._rows: dict[int, Any] = {}
        self._brands: dict[int, int] = {}
        self._shelves = {
            slug: Category.objects.get_or_create(slug=slug, defaults={"name": slug.title()})[0]
            for slug in ("shoes", "bags", "clothing", "watches")
        }
        self._staff = User.objects.create_user(email="desk@example.org")
        User.objects.filter(pk=self._staff.pk).update(is_staff=True)
        for brand in world.brands:
            row = references.register_brand(name=brand.name, holder="Its holder", at=self.now)
            self._brands[brand.brand_id] = row.pk
            for source in brand.references:
                data = _jpeg(pictures.Shot(source))
                references.add_reference_photo(brand_id=row.pk, data=data, at=self.now)
        self.settle()

    def post(self, listing: Listing) -> None:
        """Draft, photograph and post as a seller; wait for the check."""
        from antifake.cases.models import Scan
        from bench.photo_market import wait_until
        from marketplace.listings.services import listing as listings
        from marketplace.listings.services import photos

        shop, at = self._shop(listing.shop), datetime.now(UTC)
        draft = listings.create_draft(
            shop_id=shop.pk,
            by_id=shop.owner_id,
            category_id=self._shelves[listing.shelf].pk,
            title=listing.title,
            description=listing.description,
            at=at,
        )
        price = listing.price_minor
        listings.add_variant(listing_id=draft.pk, name="", price_minor=price, on_hand=3, at=at)
        for shot in listing.shots:
            photos.add_photo(listing_id=draft.pk, data=_jpeg(shot), at=at)
        listings.post(listing_id=draft.pk, by_id=shop.owner_id, at=at)
        self._rows[listing.listing_id] = draft
        scanned = wait_until(
            lambda: Scan.objects.filter(listing=draft, state="done").exists(),
            seconds=PATIENCE_S,
            every=0.1,
        )
        if not scanned:
            raise SystemExit("The worker did not check a listing in time.")

    def rule(self, listing: Listing) -> None:
        """Claim and decide the open case of a listing, if there is one."""
        from antifake.cases import services as cases
        from antifake.cases.models import Case

        row, at = self._rows[listing.listing_id], datetime.now(UTC)
        case = Case.objects.filter(listing=row, state="open").first()
        if case is None:
            return
        cases.claim(case_id=case.pk, by_id=self._staff.pk, at=at)
        ruling = {"verdict": "remove", "policy": "counterfeit", "severity": 3}
        if not listing.fake:
            ruling = {"verdict": "allow"}
        cases.decide(case_id=case.pk, note=NOTE, by_id=self._staff.pk, at=at, **ruling)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is due any more."""
        from bench.photo_market import wait_until
        from marketplace.outbox.models import Job, JobState

        waiting = Job.objects.filter(state=JobState.PENDING)
        soon = timedelta(seconds=5)
        wait_until(
            lambda: not waiting.filter(run_at__lte=datetime.now(UTC) + soon).exists(),
            seconds=PATIENCE_S,
            every=0.2,
        )

    def said(self, listing: Listing) -> dict[str, Any]:
        """Return where a listing stands, and the kinds of findings of its last scan."""
        from antifake.cases.models import Finding, Scan

        row = self._rows[listing.listing_id]
        row.refresh_from_db()
        scan = Scan.objects.filter(listing=row, state="done").order_by("-pk").first()
        kinds = sorted(set(Finding.objects.filter(scan=scan).values_list("kind", flat=True)))
        state = "live" if row.state == "live" else "withheld"
        return {
            "listing": listing.listing_id,
            "kind": listing.kind,
            "title": listing.title,
            "how": listing.how,
            "site": state,
            "kinds": kinds,
            "risk": scan.risk_permille if scan else None,
        }

    def _shop(self, shop: Shop) -> Any:
        """Open the account of a simulated shop, once."""
        from antifake.references import services as references
        from marketplace.accounts.models import User
        from marketplace.shops.models import MemberRole, ShopMember
        from marketplace.shops.models import Shop as Account

        if shop.shop_id not in self._shops:
            opened = self.now - timedelta(days=shop.age_days(0.0))
            owner = User.objects.create_user(email=f"seller{shop.shop_id}@example.org")
            row = Account.objects.create(
                owner=owner,
                name=shop.name,
                slug=f"seller-{shop.shop_id}",
                country="GB",
                currency="GBP",
                state="approved",
                applied_at=opened,
                decided_at=opened,
            )
            ShopMember.objects.create(shop=row, user=owner, role=MemberRole.OWNER, since=opened)
            for brand_id in shop.authorised:
                references.authorise(brand_id=self._brands[brand_id], shop_id=row.pk, at=self.now)
            self._shops[shop.shop_id] = row
        return self._shops[shop.shop_id]


def _jpeg(shot: pictures.Shot) -> bytes:
    from bench.photo_market import as_jpeg

    return as_jpeg(pictures.render(shot))
