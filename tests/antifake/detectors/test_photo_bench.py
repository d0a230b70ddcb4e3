"""A small slice of bench/photos.py: the demo's goods, a few attacks, nothing taken for a copy."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops

from antifake.cases.evaluating.known import POLICY, KnownPhotos
from bench import photo_attacks
from bench.intervals import clopper_pearson_upper, wilson
from bench.photo_attacks import goods
from bench.photo_figures import figures

# First takes of different goods: known, strange to them, and what collages are made of.
KNOWN = ("abacus-1", "basket-3", "chilli-1", "jacket-1", "teapot-1", "xylophone-1")
STRANGE = ("bag-1", "bowl-1", "drum-1", "hat-1", "kettle-1", "scarf-1", "tagine-1", "train-1")
OTHERS = ("bangle-1", "boat-1", "candle-1", "fan-1", "knife-1", "pinata-1")
ATTACKS = ("jpeg30", "crop25", "border10", "mirror", "rot15", "screenshot", "collage", "persp")


def opened(name: str) -> Image.Image:
    with Image.open(goods.FOLDER / f"{name}.webp") as image:
        return photo_attacks.fitted(image)


@pytest.fixture(scope="module")
def bank():
    known = KnownPhotos()
    for name in KNOWN:
        known.add(name, opened(name))
    return known


def test_most_copies_of_a_few_attacks_are_found(bank):
    others = [opened(name) for name in OTHERS] * 2
    asked = [(name, attack) for attack in ATTACKS for name in KNOWN[:3]]
    found = 0
    for name, attack in asked:
        made = photo_attacks.attacked(opened(name), attack, photo=name, others=others)
        best = bank.ask(made).best
        found += bool(
            best and best.reference == name and best.copy_permille >= POLICY.copy_permille
        )

    assert found >= 0.8 * len(asked)


def test_other_goods_are_not_taken_for_copies(bank):
    taken = {}
    for name in STRANGE:
        best = bank.ask(opened(name)).best
        if best and best.copy_permille >= POLICY.copy_permille:
            taken[name] = best

    assert taken == {}


def test_the_same_file_is_known_before_it_is_opened():
    known = KnownPhotos()
    known.add("abacus-1", opened("abacus-1"), sha256="a" * 64)

    answer = known.ask(Image.new("RGB", (1, 1)), sha256="a" * 64)

    assert (answer.best.reference, answer.stage) == ("abacus-1", "exact")


def test_an_attack_on_a_photo_is_always_the_same_picture():
    others = [opened(name) for name in OTHERS] * 2
    image = opened(KNOWN[0])
    for attack in ("text", "combo1", "printed", "noisy", "scattered"):
        once, again = (
            photo_attacks.attacked(image, attack, photo="one", others=others) for _ in range(2)
        )
        assert ImageChops.difference(once, again).getbbox() is None, attack


def test_every_attack_gives_a_picture_of_a_photo_or_of_a_good_on_white():
    assert len(photo_attacks.names("table")) == 32
    others = [opened(name) for name in OTHERS] * 2
    photo, white = opened(KNOWN[1]), goods.on_white(opened(KNOWN[1]))
    for attack in photo_attacks.names("both"):
        image = white if attack in photo_attacks.ON_WHITE else photo
        made = photo_attacks.attacked(image, attack, photo="one", others=others)
        assert made.mode == "RGB", attack
        assert min(made.size) >= 100, attack


def row(truth: str, top: str, score: int, **more: object) -> dict:
    peer = {"top": top, "score": 256 - score % 100, "ms": 1.0}
    return {
        "key": f"{truth}|{more.get('attack', '')}",
        "truth": truth,
        "attack": "",
        "top": top,
        "score": score,
        "stage": "points",
        "ms": {"describe": 2.0},
        "peers": {"pdq": peer, "pdq8": peer},
        **more,
    }


def test_a_hit_is_the_right_photo_strictly_above_all_strangers():
    rows = [
        row("", "a", 400),
        row("", "", 0),
        row("a", "a", 401, attack="mirror"),
        row("b", "b", 400, attack="mirror"),
        row("c", "a", 999, attack="mirror"),
        row("d", "d", 999, attack="mirror"),
    ]

    found = figures(rows, policy=900)

    assert found["matcher_free"]["zero_alarms"]["least_score"] == 401
    assert found["matcher_free"]["zero_alarms"]["attacks"]["mirror"][0] == 0.5
    assert found["policy"]["attacks"]["mirror"][0] == 0.25
    assert found["policy"]["false_alarms"] == 0


def test_the_judge_s_intervals_are_those_of_the_books():
    assert clopper_pearson_upper(0, 500) == pytest.approx(0.0073507, abs=1e-6)
    assert wilson(45, 50) == pytest.approx((0.78640, 0.95652), abs=1e-4)
