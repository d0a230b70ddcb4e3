"""Where a photo is put in the second family: among others, on a page, before another ground."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from bench.photo_attacks.drawing import CALLS, LETTERS, WHITE, any_colour, filling, font, padded
from bench.photo_attacks.table import near_white


def row_of_three(
    image: Image.Image, dice: random.Random, others: Sequence[Image.Image]
) -> Image.Image:
    """Three pictures side by side or one over the other, filled to the edge."""
    tiles = [image, *others[:2]]
    dice.shuffle(tiles)
    lying = dice.random() < 0.5
    box = (220, 360) if lying else (420, 240)
    canvas = Image.new("RGB", (660, 360) if lying else (420, 720))
    for place, tile in enumerate(tiles):
        part = filling(tile, box)
        canvas.paste(part, (place * box[0], 0) if lying else (0, place * box[1]))
    return canvas


def scattered(
    image: Image.Image, dice: random.Random, others: Sequence[Image.Image]
) -> Image.Image:
    """Pictures thrown on a table, tilted and lapping over each other; ours on top."""
    canvas = Image.new("RGB", (640, 640), any_colour(dice))
    tiles = [*others[:3], image]
    places = [(20, 20), (320, 30), (30, 330), (dice.randint(120, 260), dice.randint(120, 260))]
    for tile, place in zip(tiles, places, strict=True):
        small = padded(tile, (270, 330), WHITE).convert("RGBA")
        small = ImageOps.expand(small, 8, (255, 255, 255, 255))
        small = small.rotate(dice.uniform(-18, 18), Image.Resampling.BICUBIC, expand=True)
        canvas.paste(small, place, small)
    return canvas


def story(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """A phone's story: itself blurred behind, the photo in the middle, a bubble of words."""
    page = filling(image, (486, 864)).filter(ImageFilter.GaussianBlur(24))
    page = ImageEnhance.Brightness(page).enhance(0.7)
    inner = padded(image, (420, 520), (0, 0, 0))
    box = inner.getbbox() or (0, 0, 420, 520)
    inner = inner.crop(box)
    inner = inner.rotate(dice.uniform(-5, 5), Image.Resampling.BICUBIC)
    page.paste(inner, ((486 - inner.width) // 2, dice.randint(120, 220)))
    pen = ImageDraw.Draw(page)
    pen.ellipse((20, 20, 70, 70), any_colour(dice))
    pen.text((84, 34), "@bazar77  2 h", WHITE, font(20, *LETTERS[2]))
    pen.rounded_rectangle((60, 730, 426, 800), 30, WHITE)
    pen.text((243, 765), dice.choice(CALLS), (20, 20, 20), font(32, *LETTERS[0]), anchor="mm")
    return page


def window(image: Image.Image, dice: random.Random, others: Sequence[Image.Image]) -> Image.Image:
    """A shop's page on a desk screen: the photo large, small strangers below, words beside."""
    page = Image.new("RGB", (960, 600), (246, 246, 248))
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, 960, 44), (40, 44, 60))
    pen.text((24, 12), "bazar  /  new  /  today", WHITE, font(18, *LETTERS[1]))
    page.paste(padded(image, (440, 420), WHITE), (30, 70))
    for place, other in enumerate(others[:4]):
        page.paste(filling(other, (96, 80)), (30 + 110 * place, 505))
    for row in range(7):
        pen.rectangle((510, 180 + 36 * row, dice.randrange(640, 920), 194 + 36 * row), (200,) * 3)
    pen.text((510, 90), f"{dice.randrange(9, 400)},00", (20, 20, 20), font(48, *LETTERS[2]))
    return page


def swapped_far(
    image: Image.Image, dice: random.Random, others: Sequence[Image.Image]
) -> Image.Image:
    """The good cut out, smaller and tilted, on another photo out of focus."""
    behind = filling(others[0], image.size).filter(ImageFilter.GaussianBlur(2))
    good = image.convert("RGBA")
    mask = Image.fromarray((~near_white(image) * 255).astype(np.uint8))
    good.putalpha(mask.filter(ImageFilter.GaussianBlur(1)))
    tilted = good.rotate(dice.uniform(-8, 8), Image.Resampling.BICUBIC)
    scale = dice.uniform(0.75, 0.95)
    size = (round(image.width * scale), round(image.height * scale))
    small = tilted.resize(size, Image.Resampling.LANCZOS)
    place = (dice.randint(0, image.width - size[0]), dice.randint(0, image.height - size[1]))
    behind.paste(small, place, small)
    return behind


def swapped_plain(
    image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]
) -> Image.Image:
    """The white around the good becomes a coloured sweep with a shadow."""
    top, bottom = Image.new("RGB", image.size, any_colour(dice)), any_colour(dice)
    fade = Image.linear_gradient("L").resize(image.size)
    behind = Image.composite(Image.new("RGB", image.size, bottom), top, fade)
    inside = Image.fromarray((~near_white(image) * 255).astype(np.uint8))
    shadow = inside.filter(ImageFilter.GaussianBlur(14)).point([v // 2 for v in range(256)])
    behind.paste((20, 20, 20), (10, 14), shadow)
    return Image.composite(image, behind, inside.filter(ImageFilter.GaussianBlur(1)))
