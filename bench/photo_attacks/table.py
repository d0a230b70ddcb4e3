"""The 32 attacks of the reference table, with its parameters."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from bench.photo_attacks.drawing import (
    BLACK,
    RED,
    WHITE,
    any_colour,
    as_jpeg,
    filling,
    font,
    padded,
    turned,
    under,
    warped,
    without,
)

Attack = Callable[[Image.Image, random.Random, Sequence[Image.Image]], Image.Image]
BOLD = ("DejaVuSans-Bold.ttf", "Arial Bold.ttf", "Arial_Bold.ttf", "arialbd.ttf")
PLAIN = ("DejaVuSans.ttf", "Arial.ttf", "arial.ttf")
SALE = (
    "SALE -50%",
    "FREE SHIPPING",
    "WhatsApp +1 555 0100",
    "BEST PRICE",
    "ORDER NOW",
    "TOP QUALITY",
    "NEW 2026",
    "CALL 555 0199",
    "100% ORIGINAL",
)


def lines(image: Image.Image, dice: random.Random, count: int) -> Image.Image:
    """Write bold lines from the left quarter, 6-12 % of the height, half on filled boxes."""
    drawn = image.copy()
    pen = ImageDraw.Draw(drawn)
    for _ in range(count):
        size = image.height * dice.uniform(0.06, 0.12)
        letters = font(size, *BOLD)
        place = (dice.uniform(0, image.width / 4), dice.uniform(0, image.height - size))
        words, colour = dice.choice(SALE), any_colour(dice)
        if dice.random() < 0.5:
            box = pen.textbbox(place, words, font=letters)
            pen.rectangle((box[0] - 4, box[1] - 4, box[2] + 4, box[3] + 4), any_colour(dice))
        pen.text(place, words, colour, letters)
    return drawn


def marked(image: Image.Image) -> Image.Image:
    """Tile a web address over the picture: white at 43 %, turned by 20 degrees."""
    width, height = image.size
    side = 2 * max(width, height)
    layer = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    letters = font(height / 14, *BOLD)
    for y in range(0, side, max(1, height // 5)):
        for x in range(0, side, max(1, width // 2)):
            pen.text((x, y), "shop24.net", (255, 255, 255, 110), letters)
    layer = layer.rotate(20, Image.Resampling.BICUBIC)
    left, top = (side - width) // 2, (side - height) // 2
    return under(image, layer.crop((left, top, left + width, top + height)))


def border(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    edge = round(0.10 * min(image.size))
    return ImageOps.expand(image, edge, dice.choice((WHITE, BLACK, RED)))


def square(image: Image.Image, _dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    side = round(1.3 * max(image.size))
    canvas = Image.new("RGB", (side, side), BLACK)
    canvas.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return canvas


def logo(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    drawn = image.copy()
    pen = ImageDraw.Draw(drawn)
    side = round(0.25 * min(image.size))
    x, y = dice.randint(0, image.width - side), dice.randint(0, image.height - side)
    pen.ellipse((x, y, x + side, y + side), any_colour(dice))
    middle = (x + side / 2, y + side / 2)
    pen.text(middle, "SHOP", WHITE, font(side / 4, *BOLD), anchor="mm")
    return drawn


def screenshot(
    image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]
) -> Image.Image:
    page = Image.new("RGB", (540, 960), WHITE)
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, 540, 50), (240, 240, 240))
    pen.text((20, 12), f"{dice.randrange(24):02}:{dice.randrange(60):02}", BLACK, font(22, *PLAIN))
    pen.text((440, 12), f"{dice.randrange(5, 100)} %", BLACK, font(22, *PLAIN))
    shown = image.resize((540, round(540 * image.height / image.width)), Image.Resampling.LANCZOS)
    shown = shown.crop((0, 0, 540, min(640, shown.height)))
    page.paste(shown, (0, 50))
    below = 50 + shown.height
    pen.text((20, below + 20), f"$ {dice.randrange(5, 300)}.99", RED, font(44, *BOLD))
    sold = f"{dice.randrange(10, 9000)} sold   free delivery"
    pen.text((20, below + 80), sold, (90, 90, 90), font(24, *PLAIN))
    pen.rectangle((0, 890, 540, 960), (255, 90, 0))
    pen.text((270, 925), "BUY NOW", WHITE, font(30, *BOLD), anchor="mm")
    return page


def hue(image: Image.Image, _dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    bands = image.convert("HSV").split()
    turned_hue = bands[0].point([(value + 60) % 256 for value in range(256)])
    return Image.merge("HSV", (turned_hue, *bands[1:])).convert("RGB")


def blurred_box(
    image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]
) -> Image.Image:
    width, height = image.size
    left = dice.randint(width // 8, width - width // 8 - width // 2)
    top = dice.randint(height // 8, height - height // 8 - height // 2)
    box = (left, top, left + width // 2, top + height // 2)
    drawn = image.copy()
    radius = max(4, width / 25)
    drawn.paste(image.crop(box).filter(ImageFilter.GaussianBlur(radius)), box)
    return drawn


def perspective(
    image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]
) -> Image.Image:
    width, height = image.size
    ways = ((0, 0, 1, 1), (width, 0, -1, 1), (width, height, -1, -1), (0, height, 1, -1))
    corners = [
        (x + dx * dice.uniform(0, 0.12) * width, y + dy * dice.uniform(0, 0.12) * height)
        for x, y, dx, dy in ways
    ]
    return warped(image, corners, (128, 128, 128))


def collage(image: Image.Image, dice: random.Random, others: Sequence[Image.Image]) -> Image.Image:
    tiles = [image, *others[:3]]
    dice.shuffle(tiles)
    canvas = Image.new("RGB", (512, 512), WHITE)
    for place, tile in enumerate(tiles):
        canvas.paste(padded(tile, (254, 254)), (place % 2 * 258, place // 2 * 258))
    return canvas


def in_picture(
    image: Image.Image, dice: random.Random, others: Sequence[Image.Image]
) -> Image.Image:
    canvas = filling(others[0], (512, 512))
    small = image.copy()
    small.thumbnail((300, 300), Image.Resampling.LANCZOS)
    place = (dice.randint(0, 512 - small.width), dice.randint(0, 512 - small.height))
    canvas.paste(small, place)
    return canvas


def swapped(image: Image.Image, _dice: random.Random, others: Sequence[Image.Image]) -> Image.Image:
    """Put another photo where near-white touches the edge; Raises ValueError below 15 %."""
    outside = near_white(image)
    if outside.mean() < 0.15:
        message = "too little white around the good"
        raise ValueError(message)
    mask = Image.fromarray((outside * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(3))
    return Image.composite(filling(others[0], image.size), image, mask)


def near_white(image: Image.Image) -> np.ndarray:
    """Return where the picture is near-white (min > 232, spread < 14) and reaches the edge."""
    pixels = np.asarray(image).astype(np.int16)
    least, most = pixels.min(axis=2), pixels.max(axis=2)
    pale = ((least > 232) & (most - least < 14)).astype(np.uint8)
    _count, parts = cv2.connectedComponents(pale)
    edge = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    return np.isin(parts, edge[edge > 0])


def combo1(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    return as_jpeg(lines(ImageOps.mirror(without(image, 0.20, dice)), dice, 2), 50)


def combo2(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    tilted = turned(image, dice.choice((-4, 4)))
    framed = ImageOps.expand(tilted, round(0.05 * tilted.width), WHITE)
    return as_jpeg(marked(framed), 40)


def combo3(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    part = lines(without(image, 0.30, dice), dice, 2)
    strong = ImageEnhance.Color(part).enhance(1.5)
    size = (300, max(1, round(300 * strong.height / strong.width)))
    return as_jpeg(strong.resize(size, Image.Resampling.LANCZOS), 40)


def _resized(image: Image.Image, width: float, height: float) -> Image.Image:
    return image.resize((max(1, round(width)), max(1, round(height))), Image.Resampling.LANCZOS)


ATTACKS: dict[str, Attack] = {
    "jpeg30": lambda i, _d, _o: as_jpeg(i, 30),
    "jpeg10": lambda i, _d, _o: as_jpeg(i, 10),
    "resize50": lambda i, _d, _o: _resized(i, i.width / 2, i.height / 2),
    "resize128": lambda i, _d, _o: _resized(i, 128, 128 * i.height / i.width),
    "stretch": lambda i, _d, _o: _resized(i, i.width * 1.3, i.height),
    "crop10": lambda i, d, _o: without(i, 0.10, d),
    "crop25": lambda i, d, _o: without(i, 0.25, d),
    "crop40": lambda i, d, _o: without(i, 0.40, d),
    "crop60": lambda i, d, _o: without(i, 0.60, d),
    "border10": border,
    "pad_sq": square,
    "text": lambda i, d, _o: lines(i, d, 3),
    "logo": logo,
    "watermark": lambda i, _d, _o: marked(i),
    "screenshot": screenshot,
    "mirror": lambda i, _d, _o: ImageOps.mirror(i),
    "rot5": lambda i, d, _o: turned(i, d.choice((-5, 5))),
    "rot15": lambda i, d, _o: turned(i, d.choice((-15, 15))),
    "rot90": lambda i, d, _o: turned(i, d.choice((90, 270))),
    "bright": lambda i, d, _o: ImageEnhance.Brightness(i).enhance(d.choice((0.6, 1.4))),
    "contrast": lambda i, d, _o: ImageEnhance.Contrast(i).enhance(d.choice((0.5, 1.6))),
    "gray": lambda i, _d, _o: ImageEnhance.Color(i).enhance(0),
    "hue": hue,
    "gblur": lambda i, _d, _o: i.filter(ImageFilter.GaussianBlur(max(1.5, i.width / 160))),
    "blurbox": blurred_box,
    "persp": perspective,
    "collage": collage,
    "pip": in_picture,
    "bgswap": swapped,
    "combo1": combo1,
    "combo2": combo2,
    "combo3": combo3,
}
