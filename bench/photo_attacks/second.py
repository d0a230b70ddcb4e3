"""A second family, by another idea of what sellers do; nobody tunes on it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from bench.photo_attacks import second_overlays as overlays
from bench.photo_attacks import second_scenes as scenes
from bench.photo_attacks.drawing import WHITE, as_jpeg, turned, warped, without

Attack = Callable[[Image.Image, random.Random, Sequence[Image.Image]], Image.Image]


def printed(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """Printed, then photographed from an angle: dots, folds of light, a table around it."""
    width, height = image.size
    drawn = np.asarray(image).astype(np.float32)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch, tilt = dice.uniform(2.6, 4.5), dice.uniform(0.2, 1.3)
    wave = np.sin((xs * math.cos(tilt) + ys * math.sin(tilt)) * 2 * math.pi / pitch)
    wave *= np.sin((ys * math.cos(tilt) - xs * math.sin(tilt)) * 2 * math.pi / pitch)
    light = 0.75 + 0.5 * (xs / width * dice.choice((-1, 1)) + ys / height) / 2
    paper = (drawn * 0.82 + 28 + 12 * wave[..., None]) * light[..., None]
    page = Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8))
    tabled = ImageOps.expand(page, round(0.08 * max(image.size)), (112, 84, 60))
    return as_jpeg(_leaning(tabled, dice, 0.02, 0.07).filter(ImageFilter.GaussianBlur(0.8)), 70)


def _leaning(image: Image.Image, dice: random.Random, least: float, most: float) -> Image.Image:
    width, height = image.size
    ways = ((0, 0, 1, 1), (width, 0, -1, 1), (width, height, -1, -1), (0, height, 1, -1))
    corners = [
        (x + dx * dice.uniform(least, most) * width, y + dy * dice.uniform(least, most) * height)
        for x, y, dx, dy in ways
    ]
    return warped(image, corners, (112, 84, 60))


def lean_crop(
    image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]
) -> Image.Image:
    """A heavy perspective, then cropped so that no fill is seen."""
    width, height = image.size
    ways = ((0, 0, -1, -1), (width, 0, 1, -1), (width, height, 1, 1), (0, height, -1, 1))
    corners = [
        (x + dx * dice.uniform(0.02, 0.20) * width, y + dy * dice.uniform(0.02, 0.20) * height)
        for x, y, dx, dy in ways
    ]
    return warped(image, corners, (0, 0, 0))


def turn_crop(
    image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]
) -> Image.Image:
    """Turned by 8 to 24 degrees and cropped inside the turned picture."""
    degrees = dice.uniform(8, 24) * dice.choice((-1, 1))
    angle = math.radians(abs(degrees))
    shrink = 1 / (math.cos(angle) + math.sin(angle) * max(image.size) / min(image.size))
    whole = image.rotate(degrees, Image.Resampling.BICUBIC)
    width, height = image.width * shrink, image.height * shrink
    left, top = (image.width - width) / 2, (image.height - height) / 2
    return whole.crop((round(left), round(top), round(left + width), round(top + height)))


def toned(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """One of the filters of a phone: sepia, cold and warm, faded, dark corners."""
    kind = dice.randrange(4)
    pixels = np.asarray(image).astype(np.float32)
    if kind == 0:
        grey = ImageOps.grayscale(image)
        return ImageOps.colorize(grey, (40, 20, 0), (255, 240, 200), (150, 110, 70))
    if kind == 1:
        cold = pixels * (0.85, 1.0, 1.15) + (18, 0, -12)
        return Image.fromarray(np.clip(cold, 0, 255).astype(np.uint8))
    if kind == 2:
        return Image.fromarray(np.clip(70 + pixels * 0.6, 0, 255).astype(np.uint8))
    ys, xs = np.mgrid[-1 : 1 : image.height * 1j, -1 : 1 : image.width * 1j]
    dark = 1 - 0.4 * (xs**2 + ys**2)
    return Image.fromarray(np.clip(pixels * dark[..., None], 0, 255).astype(np.uint8))


def noisy(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """The grain of a bad camera, and dead pixels."""
    chance = np.random.default_rng(dice.getrandbits(32))
    pixels = np.asarray(image).astype(np.float32)
    pixels = pixels + chance.normal(0, dice.uniform(14, 24), pixels.shape)
    dead = chance.random(pixels.shape[:2])
    pixels[dead < 0.004], pixels[dead > 0.996] = 0, 255
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def handed_on(
    image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]
) -> Image.Image:
    """Sent on five times: smaller, shifted by some pixels, saved worse each time."""
    for quality in (60, 45, 50, 30, 40):
        scale = dice.uniform(0.8, 0.97)
        x, y = dice.randrange(1, 5), dice.randrange(1, 5)
        part = image.crop((x, y, image.width, image.height))
        size = (round(part.width * scale), round(part.height * scale))
        image = as_jpeg(part.resize(size, Image.Resampling.BILINEAR), quality)
    return image


def part_only(
    image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]
) -> Image.Image:
    """Only a piece of the thing: half of each side around the middle, made large."""
    side = dice.uniform(0.48, 0.60)
    width, height = image.width * side, image.height * side
    left = (image.width - width) * dice.uniform(0.3, 0.7)
    top = (image.height - height) * dice.uniform(0.3, 0.7)
    part = image.crop((round(left), round(top), round(left + width), round(top + height)))
    return part.resize((image.width, image.height), Image.Resampling.BICUBIC)


def lens(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """Bent by a wide lens, and shaken."""
    width, height = image.size
    strength = dice.uniform(0.12, 0.28)
    ys, xs = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    grow = (1 + strength * (xs**2 + ys**2)) / (1 + 2 * strength)
    far_x = ((xs * grow + 1) * (width - 1) / 2).astype(np.float32)
    far_y = ((ys * grow + 1) * (height - 1) / 2).astype(np.float32)
    bent = cv2.remap(np.asarray(image), far_x, far_y, cv2.INTER_LINEAR)
    length = dice.choice((3, 5))
    return Image.fromarray(cv2.filter2D(bent, -1, np.full((1, length), 1 / length)))


def glare(image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """Two soft spots of a lamp, as on a screen or on glossy paper."""
    spots = Image.new("L", image.size, 0)
    pen = ImageDraw.Draw(spots)
    for _ in range(2):
        radius = min(image.size) * dice.uniform(0.10, 0.22)
        x, y = dice.uniform(0, image.width), dice.uniform(0, image.height)
        pen.ellipse((x - radius, y - radius / 2, x + radius, y + radius / 2), 235)
    spots = spots.filter(ImageFilter.GaussianBlur(min(image.size) / 16))
    return Image.composite(Image.new("RGB", image.size, WHITE), image, spots)


def few_colours(
    image: Image.Image, dice: random.Random, _others: Sequence[Image.Image]
) -> Image.Image:
    """Saved with so few colours as an old GIF."""
    return image.quantize(dice.choice((8, 12, 16)), dither=Image.Dither.FLOYDSTEINBERG).convert(
        "RGB"
    )


def crisp(image: Image.Image, _dice: random.Random, _others: Sequence[Image.Image]) -> Image.Image:
    """Edges and contrast drawn out in every corner."""
    light, *colours = cv2.split(cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2LAB))
    light = cv2.createCLAHE(4.0, (8, 8)).apply(light)
    strong = cv2.cvtColor(cv2.merge((light, *colours)), cv2.COLOR_LAB2RGB)
    return Image.fromarray(strong).filter(ImageFilter.UnsharpMask(2, 160, 2))


def hurried(image: Image.Image, dice: random.Random, others: Sequence[Image.Image]) -> Image.Image:
    """Leaning, a filter, stickers, saved badly."""
    return as_jpeg(
        overlays.stickers(toned(lean_crop(image, dice, others), dice, others), dice, others), 45
    )


def disguised(
    image: Image.Image, dice: random.Random, others: Sequence[Image.Image]
) -> Image.Image:
    """Mirrored, turned, ribbons, less colour."""
    other_way = turn_crop(ImageOps.mirror(image), dice, others)
    return as_jpeg(ImageEnhance.Color(overlays.strips(other_way, dice, others)).enhance(0.4), 55)


def reposted(image: Image.Image, dice: random.Random, others: Sequence[Image.Image]) -> Image.Image:
    """A part of it, tilted with dark corners of the canvas, framed, words on it."""
    part = turned(without(image, 0.35, dice), dice.uniform(-9, 9), (30, 30, 34))
    return as_jpeg(overlays.call(overlays.frame(part, dice, others), dice, others), 60)


ATTACKS: dict[str, Attack] = {
    "printed": printed,
    "lean_crop": lean_crop,
    "turn_crop": turn_crop,
    "call": overlays.call,
    "stickers": overlays.stickers,
    "faces": overlays.faces,
    "frame": overlays.frame,
    "gradient": overlays.gradient,
    "strips": overlays.strips,
    "banner": overlays.banner,
    "toned": toned,
    "noisy": noisy,
    "handed_on": handed_on,
    "part_only": part_only,
    "row_of_three": scenes.row_of_three,
    "scattered": scenes.scattered,
    "story": scenes.story,
    "window": scenes.window,
    "lens": lens,
    "glare": glare,
    "few_colours": few_colours,
    "crisp": crisp,
    "mosaic": overlays.mosaic,
    "netting": overlays.netting,
    "cutout_swap": scenes.swapped_far,
    "cutout_studio": scenes.swapped_plain,
    "hurried": hurried,
    "disguised": disguised,
    "reposted": reposted,
}
