"""Any picture can be described, always alike, with the weights that were named."""

import random

import numpy as np
import pytest
from PIL import Image

from antifake.detectors.photos import model_slot, network
from antifake.detectors.photos.comparing import compare, prepare
from antifake.detectors.photos.describing import (
    DIM,
    VERSION,
    describe,
    glances,
    regions,
    unpack,
)
from tests.factories.pictures import drawn

LOCAL_BYTES = 24_600
ODD_PICTURES = {
    "blank": Image.new("RGB", (400, 300), "white"),
    "one pixel": Image.new("RGB", (1, 1), "red"),
    "one line": Image.new("RGB", (900, 2), "blue"),
    "tall": drawn(3, (640, 480)).resize((40, 1600)),
    "noise": Image.effect_noise((320, 320), 90).convert("RGB"),
    "black": Image.new("RGB", (64, 64)),
    "two colours": Image.linear_gradient("L").convert("RGB"),
}


def noise(seed):
    dice = random.Random(seed)
    size = (dice.randrange(1, 90), dice.randrange(1, 90))
    return Image.frombytes("RGB", size, dice.randbytes(3 * size[0] * size[1]))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "L", "P", "1", "CMYK", "I;16", "F"])
def test_every_mode_of_picture_is_described(mode):
    image = drawn(1, (320, 240))
    if mode == "I;16":
        image = image.convert("L")
    described = describe(image.convert(mode))
    assert [len(one) for one in described.pdq] == [32] * 8
    assert len(described.vector) == len(described.mirrored) == 2 * DIM
    assert len(described.local) <= LOCAL_BYTES
    assert 0 <= described.quality <= 100


@pytest.mark.parametrize("image", ODD_PICTURES.values(), ids=ODD_PICTURES.keys())
def test_odd_pictures_are_described_and_compared_with_a_photo_and_themselves(image):
    regions(image)
    assert glances(image)
    assert compare(image, drawn(1), photo_id=1).copy_permille < 500
    assert compare(drawn(1), image, photo_id=1).copy_permille < 500
    compare(image, image, photo_id=1)


def test_random_bytes_never_raise():
    other = prepare(drawn(1))
    for seed in range(5):
        described = describe(noise(seed))
        assert np.isfinite(unpack(described.vector)).all()
        compare(noise(seed), noise(seed + 1), photo_id=1)
    assert len(other.local.points)


def test_the_same_picture_gives_the_same_bytes_twice():
    assert describe(drawn(5)) == describe(drawn(5))
    assert compare(drawn(5), drawn(6), photo_id=1) == compare(drawn(5), drawn(6), photo_id=1)


def test_vectors_are_of_length_one_and_know_their_mirror():
    described = describe(drawn(2))
    mirrored = describe(drawn(2).transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert np.linalg.norm(unpack(described.vector)) == pytest.approx(1, abs=2e-3)
    assert described.mirrored == mirrored.vector
    assert described.vector == mirrored.mirrored


def test_the_shipped_weights_are_the_ones_that_were_named():
    for name in network.SHA256:
        assert network.shipped(name)
    assert VERSION.startswith("photo-")
    assert len(VERSION) <= 20


def test_a_changed_file_of_weights_is_refused(monkeypatch):
    monkeypatch.setitem(network.SHA256, network.PROJECTION, "0" * 64)
    with pytest.raises(network.WeightsChanged):
        network.shipped(network.PROJECTION)


def test_an_operators_network_is_refused_when_its_hash_is_another(tmp_path, monkeypatch):
    file = tmp_path / "other.onnx"
    file.write_bytes(b"something else")
    monkeypatch.setattr(model_slot, "_SLOT", model_slot._Slot(str(file), "f" * 64))
    with pytest.raises(network.WeightsChanged):
        network.vectors([drawn(1)])


def test_an_operators_network_is_used_and_makes_another_version(tmp_path, monkeypatch):
    file = tmp_path / "mine.onnx"
    file.write_bytes(network.shipped(network.NETWORK))
    sha256 = network.SHA256[network.NETWORK].upper()
    before, shipped = network.versions(), network.vectors([drawn(1)])
    monkeypatch.setattr(model_slot, "_SLOT", model_slot._Slot())
    model_slot.configure(str(file), sha256)
    mine = network.vectors([drawn(1)])
    assert mine.shape == (1, DIM)
    assert not np.allclose(mine, shipped)
    assert "unprojected" in network.versions()
    assert network.versions() != before


def test_photos_drawn_in_a_picture_are_regions_and_a_plain_photo_has_few():
    sheet = Image.new("RGB", (640, 640), "white")
    places = [(10, 10), (330, 10), (10, 330), (330, 330)]
    for seed, place in enumerate(places):
        sheet.paste(drawn(seed, (300, 300)), place)
    boxes = [region.box for region in regions(sheet)]
    tiles = [(x, y, x + 300, y + 300) for x, y in places]
    near = [
        any(max(abs(a - b) for a, b in zip(box, tile, strict=True)) < 12 for box in boxes)
        for tile in tiles
    ]
    assert any(near)
    assert len(regions(drawn(1))) <= 4
