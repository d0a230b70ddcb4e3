"""What is laid over a photo in the second family: words, stickers, frames, ribbons, nets."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw

from bench.photo_attacks.drawing import CALLS, LETTERS, WHITE, any_colour, font, under, veil


def call(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """Outlined words in other letters, tilted, two to four of them."""
    drawn = image
    for _ in range(dice.randint(2, 4)):
        layer, pen = veil(image)
        size = image.height * dice.uniform(0.07, 0.15)
        place = (dice.uniform(0, image.width * 0.4), dice.uniform(0, image.height * 0.85))
        pen.text(
            place,
            dice.choice(CALLS),
            (*any_colour(dice), 255),
            font(size, *dice.choice(LETTERS)),
            stroke_width=max(1, round(size / 14)),
            stroke_fill=(*any_colour(dice), 255),
        )
        tilt = dice.uniform(-15, 15)
        drawn = under(drawn, layer.rotate(tilt, Image.Resampling.BICUBIC))
    return drawn


def stickers(
    image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]
) -> Image.Image:
    """Jagged stars with a percentage, two or three."""
    drawn = image.copy()
    pen = ImageDraw.Draw(drawn)
    for _ in range(dice.randint(2, 3)):
        radius = min(image.size) * dice.uniform(0.10, 0.18)
        x = dice.uniform(radius, image.width - radius)
        y = dice.uniform(radius, image.height - radius)
        points = [
            (
                x + radius * (1 if n % 2 else 0.8) * math.cos(n * math.pi / 14),
                y + radius * (1 if n % 2 else 0.8) * math.sin(n * math.pi / 14),
            )
            for n in range(28)
        ]
        pen.polygon(points, any_colour(dice), outline=WHITE)
        letters = font(radius / 1.6, *dice.choice(LETTERS))
        pen.text((x, y), f"{dice.randrange(10, 90)}%", WHITE, letters, anchor="mm")
    return drawn


def faces(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """Four to seven smiling blobs."""
    drawn = image.copy()
    pen = ImageDraw.Draw(drawn)
    for _ in range(dice.randint(4, 7)):
        side = min(image.size) * dice.uniform(0.09, 0.17)
        x, y = dice.uniform(0, image.width - side), dice.uniform(0, image.height - side)
        pen.ellipse((x, y, x + side, y + side), (250, dice.randrange(170, 220), 40))
        for eye in (0.28, 0.62):
            pen.ellipse(
                (x + eye * side, y + 0.3 * side, x + (eye + 0.1) * side, y + 0.45 * side),
                (60, 40, 20),
            )
        pen.arc(
            (x + 0.25 * side, y + 0.3 * side, x + 0.75 * side, y + 0.8 * side),
            20,
            160,
            (60, 40, 20),
            max(1, round(side / 15)),
        )
    return drawn


def frame(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """A coloured mount with lines, laid over the edge of the picture; corners cut round."""
    width, height = image.size
    edge = min(image.size) * dice.uniform(0.05, 0.10)
    mask = Image.new("L", image.size, 255)
    ImageDraw.Draw(mask).rounded_rectangle(
        (edge, edge, width - edge, height - edge), radius=2.5 * edge, fill=0
    )
    drawn = image.copy()
    drawn.paste(Image.new("RGB", image.size, any_colour(dice)), mask=mask)
    pen = ImageDraw.Draw(drawn)
    for part, colour in ((0.4, any_colour(dice)), (0.75, WHITE)):
        at = edge * part
        pen.rectangle(
            (at, at, width - at, height - at), outline=colour, width=max(1, int(edge / 8))
        )
    return drawn


def gradient(
    image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]
) -> Image.Image:
    """A colour that grows denser towards one side."""
    fade = Image.linear_gradient("L").rotate(dice.choice((0, 90, 180, 270))).resize(image.size)
    strength = dice.uniform(0.6, 0.85)
    mask = fade.point([round(value * strength) for value in range(256)])
    return Image.composite(Image.new("RGB", image.size, any_colour(dice)), image, mask)


def strips(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """Three opaque ribbons across the picture, the last with words."""
    layer, pen = veil(image)
    width, height = image.size
    for _ in range(3):
        thick = height * dice.uniform(0.05, 0.10)
        left, right = dice.uniform(0, height), dice.uniform(0, height)
        colour = (*any_colour(dice), 255)
        pen.polygon([(0, left), (width, right), (width, right + thick), (0, left + thick)], colour)
    pen.text((width * 0.1, height * 0.9), dice.choice(CALLS), WHITE, font(height / 14, *LETTERS[1]))
    return under(image, layer)


def banner(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """A third of the picture is hidden by a board with the seller's words."""
    drawn = image.copy()
    pen = ImageDraw.Draw(drawn)
    width, height = image.size
    top = dice.choice((0, round(height * 0.67)))
    pen.rectangle((0, top, width, top + height * 0.33), any_colour(dice))
    for row in range(2):
        place = (width * 0.06, top + height * (0.04 + 0.14 * row))
        pen.text(place, dice.choice(CALLS), WHITE, font(height / 9, *dice.choice(LETTERS)))
    return drawn


def mosaic(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """Two patches of coarse squares where a name might be."""
    drawn = image.copy()
    for _ in range(2):
        width, height = round(image.width * 0.3), round(image.height * 0.2)
        x, y = dice.randint(0, image.width - width), dice.randint(0, image.height - height)
        part = image.crop((x, y, x + width, y + height)).resize((6, 4), Image.Resampling.BOX)
        drawn.paste(part.resize((width, height), Image.Resampling.NEAREST), (x, y))
    return drawn


def netting(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """A seller's net of crossing lines and a ring in the middle, half seen through."""
    layer, pen = veil(image)
    width, height = image.size
    colour = (*any_colour(dice), 130)
    gap = max(24, round(height / dice.randint(6, 9)))
    for at in range(-height, width + height, gap):
        pen.line((at, 0, at + height, height), colour, 3)
        pen.line((at + height, 0, at, height), colour, 3)
    ring = min(image.size) * 0.3
    middle = (width / 2 - ring, height / 2 - ring, width / 2 + ring, height / 2 + ring)
    pen.ellipse(middle, outline=(*any_colour(dice), 170), width=8)
    return under(image, layer)
