"""What was made from a photo is known again; what only resembles it is not."""

import random
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from antifake.detectors.photos import fusion
from antifake.detectors.photos.agreement import Agreement
from antifake.detectors.photos.alignment import Seen
from antifake.detectors.photos.comparing import POLICY, compare, compare_prepared, prepare
from antifake.detectors.photos.describing import describe
from antifake.detectors.photos.looking import look
from antifake.detectors.photos.shortlist import nearest_bits, nearest_vectors

GOODS = Path(__file__).parents[4] / "ewtp/demo/pictures"
NAMES = ("basket-1", "bag-2", "abacus-1", "blanket-2", "boat-3", "bowl-2", "bird-1", "board-1")


@cache
def photo(name):
    return Image.open(GOODS / f"{name}.webp").convert("RGB")


def written_over(image):
    image = image.copy()
    pen = ImageDraw.Draw(image)
    for at in range(4):
        y = image.height * (2 * at + 1) // 10
        pen.rectangle((10, y, image.width * 3 // 5, y + image.height // 12), fill=(200, 30 * at, 9))
        pen.text((16, y + 2), "the best price of all, only today", fill="white")
    return image


def faintly_marked(image):
    layer = Image.new("L", image.size)
    for y in range(0, image.height, 40):
        for x in range(0, image.width, 130):
            ImageDraw.Draw(layer).text((x, y), "our-shop.example", fill=120)
    return Image.composite(Image.new("RGB", image.size, "white"), image, layer.rotate(30))


def seen_from_aside(image):
    width, height = image.size
    corners = (12, 20, 30, height - 8, width - 25, height - 22, width - 9, 6)
    return image.transform(image.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)


def in_a_page(image):
    page = Image.new("RGB", (540, 1000), "white")
    page.paste(image.resize((540, 540)), (0, 60))
    ImageDraw.Draw(page).rectangle((0, 930, 540, 1000), fill="orange")
    return page


def one_of_four(image):
    sheet = Image.new("RGB", (512, 512), "white")
    for at, other in enumerate(
        [image, *(photo(name) for name in ("cups-1", "chilli-1", "candle-2"))]
    ):
        sheet.paste(other.resize((250, 250)), (at % 2 * 258, at // 2 * 258))
    return sheet


def on_another(image):
    ground = photo("candle-1").resize((600, 600))
    ground.paste(image.resize((330, 330)), (210, 60))
    return ground


def middle_hidden(image):
    wide, high = image.width // 2, image.height // 2
    box = (wide // 2, high // 2, wide // 2 + wide, high // 2 + high)
    image = image.copy()
    image.paste(image.crop(box).filter(ImageFilter.GaussianBlur(18)), box)
    return image


EDITS = {
    "cropped": lambda image: image.crop((60, 40, image.width - 90, image.height - 30)),
    "framed": lambda image: ImageOps.expand(image, 40, "red"),
    "turned a little": lambda image: image.rotate(11, expand=True, fillcolor="white"),
    "mirrored": ImageOps.mirror,
    "grey": lambda image: image.convert("L"),
    "dark": lambda image: ImageEnhance.Brightness(image).enhance(0.55),
    "tiny": lambda image: image.resize((130, 130)),
    "written over": written_over,
    "faintly marked": faintly_marked,
    "seen from aside": seen_from_aside,
    "in a page": in_a_page,
    "one of four": one_of_four,
    "on another": on_another,
    "middle hidden": middle_hidden,
    "mirrored, cropped, marked": lambda image: faintly_marked(ImageOps.mirror(image)).crop(
        (50, 30, 420, 450)
    ),
}


class Bank:
    """Some goods, as a market would know them."""

    def __init__(self, names):
        self.ready = [prepare(photo(name)) for name in names]
        self.uprights = np.stack([np.frombuffer(one.pdq[0], np.uint8) for one in self.ready])
        self.vectors = np.stack([one.vector for one in self.ready])

    def nearest_bits(self, forms, limit, within):
        return nearest_bits(forms, self.uprights, limit, within)

    def nearest_vectors(self, queries, limit):
        return nearest_vectors(queries, self.vectors, limit)

    def prepared(self, row):
        return self.ready[row]

    def photo_id(self, row):
        return 100 + row


@pytest.fixture(scope="module")
def bank():
    return Bank(NAMES)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edited_photo_is_found_again(bank, edit):
    made = [edit(photo(name)) for name in NAMES[:2]]
    found = [look(describe(image), bank, lambda image=image: image).copy for image in made]
    assert [pair and pair.photo_id for pair in found] == [100, 101]


def test_other_goods_are_no_copies(bank):
    others = sorted(path.stem for path in GOODS.glob("*.webp"))
    strange = [
        name for name in others if name.split("-")[0] not in {n.split("-")[0] for n in NAMES}
    ]
    for name in random.Random(4).sample(strange, 6):
        seen = look(describe(photo(name)), bank, lambda name=name: photo(name))
        assert seen.copy is None, name
        assert seen.stage in {"regions", "points"}


def test_another_take_of_the_same_thing_is_no_copy():
    for one, other in (("basket-1", "basket-2"), ("bag-1", "bag-2"), ("bowl-1", "bowl-2")):
        assert compare(photo(one), photo(other), photo_id=1).copy_permille < POLICY.copy_permille


def test_a_saved_photo_is_stopped_by_its_hash_and_names_its_figures(bank):
    seen = look(describe(photo("bag-2").resize((300, 300))), bank)
    assert seen.stage == "hash"
    assert seen.copy.photo_id == 101
    assert seen.copy.bits_apart <= POLICY.pdq_bits
    assert seen.copy.inliers > 10
    assert seen.copy.agreement > 0.8
    assert set(seen.milliseconds) == {"hash"}


def test_a_mirrored_copy_says_so():
    assert compare(ImageOps.mirror(photo("bag-2")), photo("bag-2"), photo_id=1).mirrored
    assert not compare(photo("bag-2"), photo("bag-2"), photo_id=1).mirrored


def test_a_blank_picture_is_nobodys_copy(bank):
    blank = Image.new("RGB", (500, 500), "white")
    assert look(describe(blank), bank, lambda: blank).copy is None
    assert compare_prepared(prepare(blank), prepare(blank), photo_id=1).inliers == 0


def test_blocks_that_kept_their_colour_beside_recoloured_ones_never_make_it_surer():
    sure = Agreement(
        overlap=1,
        blocks=150,
        agreeing=150,
        joined=150,
        lower=0.97,
        median=0.99,
        upper=1,
        fine=0.99,
        detailed=1.0,
    )
    pair = {"matches": 150, "inliers": 140, "spread": 0.9}
    figure = fusion.copy_permille(Seen(**pair, agreement=sure), cosine=0.9, bits_apart=8)
    assert figure > 950
    dyed = Agreement(**{**vars(sure), "recoloured": 0.4})
    assert fusion.copy_permille(Seen(**pair, agreement=dyed), cosine=0.9, bits_apart=8) <= figure


def test_another_thing_on_the_same_floor_is_no_copy():
    floor = Agreement(
        overlap=0.9,
        blocks=150,
        agreeing=75,
        joined=60,
        lower=0.4,
        median=0.75,
        upper=0.95,
        fine=0.8,
        detailed=0.4,
        unsteady=1.5,
        torn=0.35,
    )
    seen = Seen(40, 25, 0.5, mirrored=False, agreement=floor)
    assert fusion.copy_permille(seen, cosine=0.3, bits_apart=110) < POLICY.maybe_permille


def test_more_agreement_is_never_less_sure():
    figures = []
    for step in range(11):
        share = step / 10
        seen = Agreement(
            overlap=0.9, blocks=100, agreeing=step * 10, joined=step * 9, lower=share - 0.2,
            median=share, upper=min(1, share + 0.1), fine=share,
            detailed=share,
            torn=(1 - share) / 2, unsteady=1,
        )  # fmt: skip
        figures.append(
            fusion.copy_permille(
                Seen(40, 5 + step * 3, share, False, seen), cosine=share, bits_apart=100
            )
        )
    assert figures == sorted(figures)
    assert figures[0] < 100 < 900 < figures[-1]
