"""The made-up market is whole: goods, pictures, and a shelf that can be filled again."""

from __future__ import annotations

import io
import tomllib
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image

from antifake.detectors.photo_match import WEAK_BITS, bits_apart, describe
from ewtp.demo import photos, story, world
from marketplace.listings.models import Listing, Photo, Variant

ROOT = Path(__file__).resolve().parents[2]
GOODS = [(shop, good) for shop in world.SHOPS for good in shop.goods]
USED = [name for _, good in GOODS for name in good.photos]
FILES = sorted(photos.FOLDER.glob("*.webp"))
MOST_BYTES = 6_000_000
SMALLEST_SIDE = 480


def test_the_market_has_200_goods_in_12_shops_of_8_countries():
    assert len(GOODS) == 200
    assert len(world.SHOPS) == 12
    assert len({shop.country for shop in world.SHOPS}) == 8


def test_no_two_goods_share_a_title_and_each_is_worth_something():
    assert max(Counter(good.title for _, good in GOODS).values()) == 1
    assert min(good.price_minor for _, good in GOODS) > 0
    assert {good.category for _, good in GOODS} <= set(world.CATEGORIES)


def test_every_good_has_pictures_of_its_own_but_the_copycat_s():
    assert max(Counter(USED).values()) == 1
    assert {good.title for _, good in GOODS if not good.photos} == set(world.COPIED_GOODS)


def test_the_pictures_are_those_of_the_studio_s_catalogue_and_all_are_used():
    catalogue = tomllib.loads((ROOT / "studio" / "catalogue.toml").read_text(encoding="utf-8"))
    takes = {f"{name}-{take['n']}" for name, good in catalogue.items() for take in good["takes"]}
    assert {file.stem for file in FILES} == takes == set(USED)
    assert len(catalogue) >= 60


def test_the_pictures_are_light_enough_to_be_kept():
    assert sum(file.stat().st_size for file in FILES) <= MOST_BYTES
    for file in FILES:
        with Image.open(file) as image:
            assert (image.format, min(image.size) >= SMALLEST_SIDE) == ("WEBP", True)


def test_no_honest_shop_s_picture_looks_like_another_shop_s():
    hashes = {}
    for shop, good in GOODS:
        for name in good.photos:
            with Image.open(io.BytesIO(photos.photo(name))) as image:
                hashes[name] = (shop.name, describe(image)[0][0])
    close = [
        (one, other)
        for (one, (shop, left)), (other, (other_shop, right)) in combinations(hashes.items(), 2)
        if shop != other_shop and bits_apart(left, right) <= WEAK_BITS
    ]
    assert close == []


@pytest.mark.django_db(transaction=True)
def test_a_shelf_that_is_filled_again_stays_as_it_was(settings):
    settings.DEMO = True
    shop = next(shop for shop in world.SHOPS if shop.name == world.COPYCAT)
    wanted = {
        f"person:{shop.owner.mail}",
        f"person:{world.STAFF.mail}",
        f"shop:{shop.name}",
        f"shelf:{shop.name}",
    }
    steps = [step for step in story.steps(timezone.now()) if step.key in wanted]
    for step in steps:
        step.play(step.at)
    there = _counts()
    steps[-1].play(steps[-1].at)
    assert _counts() == there
    late = {world.FAKE_GOOD, world.WAITING_FAKE}
    early = [good for good in shop.goods if good.title not in late]
    pictures = sum(len(good.photos) or 1 for good in early)
    assert there == (len(early), len(early), pictures)


def _counts() -> tuple[int, int, int]:
    return Listing.objects.count(), Variant.objects.count(), Photo.objects.count()
