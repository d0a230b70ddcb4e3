"""Words drawn into a picture are read again; plain pictures hold none."""

from importlib.util import find_spec

import pytest
from PIL import Image, ImageDraw, ImageFont

from antifake.detectors import reading

pytestmark = pytest.mark.skipif(
    find_spec("rapidocr") is None,
    reason="the package rapidocr, which holds the networks, is missing",
)
FONT = ImageFont.load_default(size=44)


def picture(*lines, size=(640, 480), ground="white", ink="black"):
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((40, 60 + 110 * number), line, font=FONT, fill=ink)
    return image


def test_lines_are_read_from_top_to_bottom():
    said = [
        line.casefold().replace(" ", "") for line in reading.read(picture("Gucci", "WeChat 88"))
    ]
    assert said == ["gucci", "wechat88"]


def test_light_letters_on_dark_and_an_upright_picture_are_read():
    image = picture("CHANEL", size=(400, 700), ground="navy", ink="white")
    assert reading.read(image) == ("CHANEL",)


def test_the_same_picture_reads_the_same_twice():
    image = picture("Nike Air")
    assert reading.read(image) == reading.read(image)


def test_a_glance_reads_large_letters():
    said = reading.read(picture("Quillfarne"), closely=False)
    assert [line.casefold() for line in said] == ["quillfarne"]


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
def test_every_mode_is_read(mode):
    assert "NIKE" in reading.read(picture("NIKE").convert(mode))


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (5, 5), (900, 8), (640, 480)])
def test_a_picture_without_words_says_nothing(size):
    assert reading.read(Image.new("RGB", size, "grey")) == ()
