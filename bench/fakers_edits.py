"""What the simulated fakers do to a stolen photo. Imports nothing of the code it is used against.

Families of this file alone, by another hand than the tables of bench/photo_attacks: bending,
uneven stretching, re-lighting, dithering, doodles, ribbons in serif and monospaced letters,
fingers over a corner, a print on a table, portrait blur, blinds, cloth, two mirrored halves.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

Edit = Callable[[Image.Image, random.Random], Image.Image]
FONTS = ("DejaVuSerif-BoldItalic.ttf", "DejaVuSansMono-Bold.ttf", "DejaVuSerif-Bold.ttf")
SHOUTS = ("NEW ARRIVAL", "best choice", "Premium", "top seller", "HOT 2026", "fast post", "№1")


def ripple(image: Image.Image, dice: random.Random) -> Image.Image:
    """Bend along a slow wave, both ways."""
    high, wide = image.height, image.width
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
    reach = dice.uniform(0.008, 0.022) * wide
    first = reach * np.sin(2 * math.pi * y / (high * dice.uniform(0.4, 1.1)) + dice.random() * 6)
    second = reach * np.sin(2 * math.pi * x / (wide * dice.uniform(0.4, 1.1)) + dice.random() * 6)
    return _mapped(image, x + first, y + second)


def barrel(image: Image.Image, dice: random.Random) -> Image.Image:
    """Look through a wide lens: bulge or pinch, corners darker."""
    high, wide = image.height, image.width
    x, y = np.meshgrid(np.linspace(-1, 1, wide), np.linspace(-1, 1, high))
    square = x**2 + y**2
    bulge = dice.choice((-1, 1)) * dice.uniform(0.05, 0.13)
    scale = (1 + bulge * square) / (1 + max(0.0, bulge) * 0.6)
    bent = _mapped(image, (x * scale + 1) * wide / 2, (y * scale + 1) * high / 2)
    dark = (1 - dice.uniform(0.1, 0.3) * square)[..., None]
    return _image(np.asarray(bent, np.float32) * dark)


def uneven(image: Image.Image, dice: random.Random) -> Image.Image:
    """Stretch the middle and squeeze the sides, or the other way round."""
    high, wide = image.height, image.width
    power = dice.choice((dice.uniform(0.8, 0.92), dice.uniform(1.08, 1.25)))
    line = np.linspace(-1, 1, wide)
    across = (np.sign(line) * np.abs(line) ** power + 1) * (wide - 1) / 2
    x, y = np.meshgrid(across, np.arange(high))
    return _mapped(image, x, y)


def relit(image: Image.Image, dice: random.Random) -> Image.Image:
    """Lift local contrast, shift the white, let a lamp shine from one side."""
    lab = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(dice.uniform(1.5, 3), (6, 6)).apply(lab[..., 0])
    pixels = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB).astype(np.float32)
    pixels *= np.array([dice.uniform(0.86, 1.14) for _ in range(3)], np.float32)
    x, y = np.meshgrid(np.linspace(0, 1, image.width), np.linspace(0, 1, image.height))
    lamp = (x - dice.random()) ** 2 + (y - dice.random()) ** 2
    return _image(pixels * (1.15 - dice.uniform(0.2, 0.5) * lamp)[..., None])


def dithered(image: Image.Image, dice: random.Random) -> Image.Image:
    """Bring to few colours, with dots for those between."""
    colours = dice.randrange(12, 40)
    small = image.resize((image.width * 3 // 4, image.height * 3 // 4))
    return small.quantize(colours, dither=Image.Dither.FLOYDSTEINBERG).convert("RGB")


def doodles(image: Image.Image, dice: random.Random) -> Image.Image:
    """Scribble arrows, circles and loops by hand over it."""
    pen = ImageDraw.Draw(image)
    for _ in range(dice.randrange(3, 7)):
        points, x, y = [], dice.random() * image.width, dice.random() * image.height
        turn = dice.random() * 6.3
        for _step in range(dice.randrange(14, 40)):
            turn += dice.uniform(-0.7, 0.9)
            x, y = x + 9 * math.cos(turn), y + 9 * math.sin(turn)
            points.append((x, y))
        pen.line(points, fill=_colour(dice), width=dice.randrange(2, 6), joint="curve")
    return image


def ribbon(image: Image.Image, dice: random.Random) -> Image.Image:
    """Lay a slanted ribbon with a line of print over it, and a star with a number."""
    wide = round(image.width * 1.5)
    high = round(image.height * dice.uniform(0.08, 0.16))
    band = Image.new("RGBA", (wide, high), (*_colour(dice), dice.randrange(170, 256)))
    text = "  ".join(dice.choice(SHOUTS) for _ in range(4))
    font = _font(dice, round(high * 0.7))
    ImageDraw.Draw(band).text((high, high * 0.1), text, font=font, fill=_colour(dice))
    turned = band.rotate(dice.uniform(-38, 38), expand=True)
    at = (round((image.width - turned.width) / 2), round(image.height * dice.uniform(-0.1, 0.5)))
    sheet = image.convert("RGBA")
    sheet.paste(turned, at, turned)
    x, y = dice.uniform(0.15, 0.85) * image.width, dice.uniform(0.15, 0.85) * image.height
    size = image.width * dice.uniform(0.07, 0.12)
    star = [
        (x + reach * math.cos(n * math.pi / 9), y + reach * math.sin(n * math.pi / 9))
        for n in range(18)
        for reach in [size if n % 2 else size * 0.7]
    ]
    ImageDraw.Draw(sheet).polygon(star, fill=_colour(dice))
    return sheet.convert("RGB")


def fingers(image: Image.Image, dice: random.Random) -> Image.Image:
    """Hold it: fingers come in from an edge."""
    layer = Image.new("L", image.size, 0)
    pen = ImageDraw.Draw(layer)
    left = dice.random() < 0.5
    for number in range(dice.randrange(2, 5)):
        top = image.height * (0.3 + 0.13 * number)
        long = image.width * dice.uniform(0.16, 0.34)
        box = (-40, top, long, top + image.height * 0.11)
        if not left:
            box = (image.width - long, top, image.width + 40, top + image.height * 0.11)
        pen.rounded_rectangle(box, radius=20, fill=255)
    tone = dice.choice(((224, 172, 105), (141, 85, 36), (255, 219, 172), (198, 134, 66)))
    skin = Image.new("RGB", image.size, tone)
    return Image.composite(skin, image, layer.filter(ImageFilter.GaussianBlur(2)))


def on_table(image: Image.Image, dice: random.Random) -> Image.Image:
    """Lay it as a print on a table of planks, a little turned, with a shadow."""
    side = 480
    y = np.arange(side)[:, None] + dice.uniform(-0.3, 0.3) * np.arange(side)[None, :]
    grain = 12 * np.sin(y / dice.uniform(2, 6)) - 45 * (y % dice.uniform(60, 120) < 3)
    tone = np.array([dice.uniform(90, 200), dice.uniform(70, 150), dice.uniform(40, 110)])
    table = _image(tone + grain[..., None])
    scale = dice.uniform(0.62, 0.8) * side / max(image.size)
    print_ = image.resize((round(image.width * scale), round(image.height * scale)))
    print_ = print_.convert("RGBA").rotate(dice.uniform(-9, 9), Image.Resampling.BICUBIC, True)
    at = ((side - print_.width) // 2, (side - print_.height) // 2)
    shadow = Image.new("RGBA", print_.size, (0, 0, 0, 120))
    table.paste(shadow, (at[0] + 8, at[1] + 10), print_.getchannel("A"))
    table.paste(print_, at, print_)
    return table


def portrait(image: Image.Image, dice: random.Random) -> Image.Image:
    """Blur all but the middle, as phones do for faces."""
    mask = Image.new("L", image.size, 0)
    inset = dice.uniform(0.12, 0.22)
    box = (image.width * inset, image.height * inset * 0.7)
    far = (image.width * (1 - inset), image.height * (1 - inset * 0.7))
    ImageDraw.Draw(mask).ellipse((*box, *far), fill=255)
    soft = mask.filter(ImageFilter.GaussianBlur(image.width / 14))
    return Image.composite(image, image.filter(ImageFilter.GaussianBlur(7)), soft)


def blinds(image: Image.Image, dice: random.Random) -> Image.Image:
    """Let the shadow of a window's blinds fall on it."""
    x, y = np.meshgrid(np.arange(image.width), np.arange(image.height))
    turn, step = dice.uniform(-0.7, 0.7), dice.uniform(24, 60)
    wave = np.sin((y * math.cos(turn) + x * math.sin(turn)) * 2 * math.pi / step)
    shade = 1 - dice.uniform(0.25, 0.5) * (1 / (1 + np.exp(-5 * wave)))
    return _image(np.asarray(image, np.float32) * shade[..., None])


def cloth(image: Image.Image, dice: random.Random) -> Image.Image:
    """Press a weave and grain into it, as of a photo of a canvas print."""
    x, y = np.meshgrid(np.arange(image.width), np.arange(image.height))
    step = dice.uniform(4, 8)
    weave = np.sin(2 * math.pi * x / step) * np.sin(2 * math.pi * y / step)
    noise = np.random.default_rng(dice.randrange(1 << 30)).normal(0, 9, weave.shape)
    return _image(np.asarray(image, np.float32) + (dice.uniform(9, 18) * weave + noise)[..., None])


def halves(image: Image.Image, dice: random.Random) -> Image.Image:
    """Show it twice, the second time mirrored, with a line between."""
    gap = dice.randrange(3, 14)
    sheet = Image.new("RGB", (image.width * 2 + gap, image.height), _colour(dice))
    sheet.paste(image, (0, 0))
    sheet.paste(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (image.width + gap, 0))
    return sheet


def oval(image: Image.Image, dice: random.Random) -> Image.Image:
    """Cut it to an oval or scallops on one colour."""
    mask = Image.new("L", image.size, 0)
    pen = ImageDraw.Draw(mask)
    edge = min(image.size) * dice.uniform(0.02, 0.06)
    box = (edge, edge, image.width - edge, image.height - edge)
    if dice.random() < 0.5:
        pen.ellipse(box, fill=255)
    else:
        pen.rounded_rectangle(box, radius=min(image.size) * 0.25, fill=255)
    return Image.composite(image, Image.new("RGB", image.size, _colour(dice)), mask)


def closer(image: Image.Image, dice: random.Random) -> Image.Image:
    """Go closer, turn a little, sharpen, another proportion."""
    turned = image.rotate(dice.uniform(-7, 7), Image.Resampling.BICUBIC)
    cut = dice.uniform(0.09, 0.16)
    left, top = image.width * cut * dice.uniform(0.8, 1.2), image.height * cut
    part = turned.crop((round(left), round(top), image.width - round(left), image.height - 20))
    sharp = part.filter(ImageFilter.UnsharpMask(3, 160, 2))
    return sharp.resize((round(part.width * dice.uniform(0.9, 1.15)), part.height))


def film(image: Image.Image, dice: random.Random) -> Image.Image:
    """Fade it like an old film, with a leak of light."""
    faded = ImageEnhance.Color(image).enhance(dice.uniform(0.3, 0.7))
    pixels = 38 + np.asarray(faded, np.float32) * 0.78
    x = np.linspace(0, 1, image.width)[None, :, None]
    leak = np.exp(-(((x - dice.random()) / 0.15) ** 2)) * np.array([90, 45, 10])
    return _image(pixels + leak)


_ALL = (ripple, barrel, uneven, relit, dithered, doodles, ribbon, fingers, on_table, portrait)
EDITS: dict[str, Edit] = {
    edit.__name__: edit for edit in (*_ALL, blinds, cloth, halves, oval, closer, film)
}


def recoloured(image: Image.Image, dice: random.Random) -> Image.Image:
    """Show the goods in another colour, as an honest maker does; no faker's edit."""
    hue, rest, light = image.convert("HSV").split()
    turn = dice.randrange(256)
    return Image.merge("HSV", (hue.point(lambda value: (value + turn) % 256), rest, light)).convert(
        "RGB"
    )


def labelled(image: Image.Image, name: str, dice: random.Random) -> Image.Image:
    """Write a name into the picture, as a label on the goods would show it."""
    size = round(image.height * dice.uniform(0.07, 0.11))
    font = _font(dice, size)
    pen = ImageDraw.Draw(image)
    wide = pen.textlength(name, font=font)
    if wide > image.width * 0.9:
        font = _font(dice, round(size * image.width * 0.9 / wide))
        wide = pen.textlength(name, font=font)
    x = dice.uniform(0.02, 1) * max(1.0, image.width - wide - 4)
    y = image.height * dice.uniform(0.1, 0.8)
    if dice.random() < 0.5:
        pen.rectangle((x - 5, y - 3, x + wide + 5, y + size * 1.25), fill=(245, 243, 238))
        pen.text((x, y), name, font=font, fill=(30, 30, 36))
    else:
        pen.text((x, y), name, font=font, fill=(250, 250, 250), stroke_width=2, stroke_fill="black")
    return image


def _font(dice: random.Random, size: int) -> Any:
    try:
        return ImageFont.truetype(dice.choice(FONTS), max(10, size))
    except OSError:  # not on this machine: the one that comes with Pillow
        return ImageFont.load_default(max(10, size))


def _colour(dice: random.Random) -> tuple[int, int, int]:
    return dice.randrange(256), dice.randrange(256), dice.randrange(256)


def _mapped(image: Image.Image, x: NDArray[Any], y: NDArray[Any]) -> Image.Image:
    bent = cv2.remap(
        np.asarray(image),
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    return Image.fromarray(bent)


def _image(pixels: NDArray[Any]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
