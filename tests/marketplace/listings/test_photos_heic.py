"""HEIC: read once the right way up, in its colours, within its own limits."""

import io

import pytest
from PIL import Image

from marketplace.listings.services import pictures
from tests.factories import heic
from tests.factories.uploads import base


@pytest.mark.parametrize(
    ("note", "corner"),
    [(1, "1"), (2, "2"), (3, "4"), (4, "3"), (5, "1"), (6, "2"), (7, "4"), (8, "3")],
)
def test_a_heic_is_turned_once_although_box_and_exif_both_say_so(note, corner):
    image = Image.new("RGB", (640, 480), "black")
    image.paste("white", (0, 0, 200, 200))
    data = heic.plain(image, exif=heic.turned(note))
    # As phones do it, the turn is told twice.
    assert b"\x01\x12\x00\x03\x00\x00\x00\x01\x00" + bytes([note]) in data
    assert (b"irot" in data or b"imir" in data) == (note > 1)
    with Image.open(io.BytesIO(pictures.clean(data=data).large)) as upright:
        assert upright.size == ((640, 480) if note < 5 else (480, 640))
        x, y = upright.width - 20, upright.height - 20
        places = {"1": (20, 20), "2": (x, 20), "3": (20, y), "4": (x, y)}
        white = {name for name, place in places.items() if upright.getpixel(place)[0] > 200}
    assert white == {corner}


def test_a_heic_keeps_its_colours():
    for image in (Image.new("RGB", (2500, 2000), (200, 90, 30)), base(mode="RGBA")):
        with Image.open(io.BytesIO(pictures.clean(data=heic.plain(image)).large)) as found:
            seen = found.getpixel((5, 5))
        assert seen == pytest.approx(image.getpixel((5, 5))[:3], abs=6)
