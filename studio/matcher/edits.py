"""What people do to a photo that is not theirs: one random edit of each kind, for training.

Strengths are drawn from wide ranges, so that nothing is learned about one strength, and kinds
are mixed, so that nothing is learned about one kind.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Photos = Sequence[Image.Image]
Edit = Callable[[Image.Image, random.Random, Photos], Image.Image]
FONTS = tuple(sorted(Path("/usr/share/fonts").glob("**/Noto*S*-*Bold*.ttf")))[:60] + tuple(
    sorted(Path("/usr/share/fonts").glob("**/Liberation*.ttf"))
)
WORDS = (
    "best offer", "call now", "new in", "1 + 1", "free post", "last pieces", "only today",
    "grade one", "from our shop", "ask for size", "chat us", "cheap", "-70%", "0155 889 312",
    "top line", "in stock", "hot", "mega deal", "original look", "summer", "vip price",
)  # fmt: skip


def _colour(dice: random.Random) -> tuple[int, int, int]:
    return dice.randrange(256), dice.randrange(256), dice.randrange(256)


def _font(dice: random.Random, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(dice.choice(FONTS)), max(6, size))


def saved(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Save it again, well or badly."""
    buffer = io.BytesIO()
    form = dice.choice(["JPEG", "JPEG", "WEBP"])
    image.save(buffer, form, quality=round(5 + 75 * dice.random() ** 1.5))
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def resized(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Make it smaller or larger."""
    side = dice.choice([110, 140, 180, 240, 300, 600])
    factor = side / max(image.size)
    return image.resize((max(8, int(image.width * factor)), max(8, int(image.height * factor))))


def stretched(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Change the ratio of the sides."""
    factor = dice.choice([dice.uniform(0.65, 0.9), dice.uniform(1.1, 1.5)])
    return image.resize((int(image.width * factor), image.height))


def cropped(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Keep a part, at times of another shape."""
    area = 0.3 + 0.68 * dice.random()
    skew = dice.choice([1.0, dice.uniform(0.8, 1.25)])
    wide = min(1.0, area**0.5 * skew)
    high = min(1.0, area / wide)
    width, height = int(image.width * wide), int(image.height * high)
    x, y = dice.randint(0, image.width - width), dice.randint(0, image.height - height)
    return image.crop((x, y, x + width, y + height))


def bordered(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Put a frame around it, of one width or not."""
    sides = tuple(int(max(image.size) * dice.uniform(0.02, 0.22)) for _ in range(4))
    if dice.random() < 0.5:
        sides = (sides[0],) * 4
    return ImageOps.expand(image, border=sides, fill=_colour(dice))


def padded(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Set it on a plain sheet."""
    side = int(max(image.size) * dice.uniform(1.05, 1.6))
    sheet = Image.new("RGB", (side, int(side * dice.uniform(0.9, 1.2))), _colour(dice))
    x = dice.randint(0, sheet.width - image.width)
    sheet.paste(image, (x, dice.randint(0, max(0, sheet.height - image.height))))
    return sheet


def written(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Write lines over it, some on boxes."""
    image = image.copy()
    pen = ImageDraw.Draw(image)
    for _ in range(dice.randint(1, 5)):
        font = _font(dice, int(image.height * dice.uniform(0.04, 0.15)))
        words = dice.choice(WORDS)
        words = words.upper() if dice.random() < 0.4 else words
        place = (
            dice.randint(-image.width // 10, image.width // 2),
            dice.randint(0, int(image.height * 0.92)),
        )
        if dice.random() < 0.5:
            box = pen.textbbox(place, words, font=font)
            pen.rectangle((box[0] - 6, box[1] - 4, box[2] + 6, box[3] + 4), fill=_colour(dice))
        pen.text(place, words, font=font, fill=_colour(dice))
    return image


def stamped(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Put badges on it."""
    image = image.copy()
    pen = ImageDraw.Draw(image)
    for _ in range(dice.randint(1, 3)):
        size = int(min(image.size) * dice.uniform(0.12, 0.35))
        x, y = dice.randint(0, image.width - size), dice.randint(0, image.height - size)
        box = (x, y, x + size, int(y + size * dice.uniform(0.4, 1)))
        dice.choice([pen.ellipse, pen.rectangle])(box, fill=_colour(dice))
        pen.text(
            (x + size * 0.1, y + size * 0.2),
            dice.choice(WORDS).split()[0],
            font=_font(dice, size // 4),
            fill=_colour(dice),
        )
    return image


def watermarked(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Lay faint words over all of it."""
    side = int(max(image.size) * 1.5)
    layer = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(layer)
    size = int(image.height * dice.uniform(0.04, 0.12))
    font = _font(dice, size)
    words = dice.choice(["myshop.example", "(c) ann & co", "order 24h", "sample", "do not copy"])
    step = int(size * dice.uniform(1.4, 4))
    gap = int(pen.textlength(words, font=font) * dice.uniform(1.05, 1.6))
    for row, y in enumerate(range(0, side, step)):
        for x in range(-gap // 2 * (row % 2), side, gap):
            pen.text((x, y), words, font=font, fill=int(255 * dice.uniform(0.2, 0.6)))
    layer = layer.rotate(dice.uniform(-50, 50))
    x, y = (side - image.width) // 2, (side - image.height) // 2
    mask = layer.crop((x, y, x + image.width, y + image.height))
    ink = dice.choice([(255, 255, 255), (255, 255, 255), (0, 0, 0), _colour(dice)])
    return Image.composite(Image.new("RGB", image.size, ink), image, mask)


def screened(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Show it on a page of a telephone."""
    paper = dice.choice([(255, 255, 255), (246, 246, 248), (18, 18, 20), (250, 245, 235)])
    width = dice.choice([480, 600, 720])
    page = Image.new("RGB", (width, int(width * dice.uniform(1.5, 2.2))), paper)
    pen = ImageDraw.Draw(page)
    top = int(page.height * dice.uniform(0.03, 0.14))
    inset = dice.choice([0, 0, width // 24])
    shown = ImageOps.contain(image, (width - 2 * inset, int(page.height * 0.7)))
    page.paste(shown, ((width - shown.width) // 2, top))
    ink = (20, 20, 20) if paper[0] > 128 else (235, 235, 235)
    y = top + shown.height + 12
    while y < page.height - 40:
        size = dice.randint(14, 38)
        line = " ".join(dice.sample(WORDS, dice.randint(1, 3)))
        pen.text((14, y), line, font=_font(dice, size), fill=dice.choice([ink, _colour(dice)]))
        y += size + dice.randint(6, 30)
    if dice.random() < 0.7:
        pen.rectangle((0, page.height - 60, width // 2, page.height), fill=_colour(dice))
    pen.text((10, 6), "10:41", font=_font(dice, 18), fill=ink)
    return page


def mirrored(image: Image.Image, _dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Swap left and right."""
    return ImageOps.mirror(image)


def turned(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Turn it a little, with a plain ground behind."""
    angle = dice.choice([-1, 1]) * dice.uniform(2, 22)
    return image.rotate(
        angle,
        expand=dice.random() < 0.7,
        fillcolor=_colour(dice),
        resample=Image.Resampling.BICUBIC,
    )


def quartered(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Turn it by a quarter or a half."""
    return image.transpose(
        dice.choice(
            [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270]
        )
    )


def lit(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Change light and contrast."""
    image = ImageEnhance.Brightness(image).enhance(dice.uniform(0.5, 1.55))
    return ImageEnhance.Contrast(image).enhance(dice.uniform(0.45, 1.8))


def coloured(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Turn colours, drain or deepen them."""
    if dice.random() < 0.3:
        return ImageEnhance.Color(image).enhance(dice.choice([0, dice.uniform(0.2, 2.2)]))
    hue, saturation, value = image.convert("HSV").split()
    by = dice.randint(10, 246)
    turned_hue = hue.point([(level + by) % 256 for level in range(256)])
    return Image.merge("HSV", (turned_hue, saturation, value)).convert("RGB")


def blurred(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Blur all of it."""
    return image.filter(
        ImageFilter.GaussianBlur(dice.uniform(0.8, 2.2) * max(1, image.width / 250))
    )


def smeared(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """Blur or fill one part beyond recognition."""
    wide, high = (int(side * dice.uniform(0.3, 0.62)) for side in image.size)
    x, y = dice.randint(0, image.width - wide), dice.randint(0, image.height - high)
    box = (x, y, x + wide, y + high)
    image = image.copy()
    part = image.crop(box).filter(ImageFilter.GaussianBlur(dice.uniform(6, 25)))
    if dice.random() < 0.25:
        part = Image.new("RGB", part.size, _colour(dice))
    image.paste(part, box)
    return image


def slanted(image: Image.Image, dice: random.Random, _others: Photos = ()) -> Image.Image:
    """See it from aside."""
    width, height = image.size
    pull = dice.uniform(0.04, 0.16)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    amount = np.array(
        [[dice.uniform(0, pull), dice.uniform(0, pull)] for _ in range(4)], np.float32
    )
    moved = corners + inward * amount * np.array([width, height], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    out = cv2.warpPerspective(np.asarray(image), matrix, image.size, borderValue=_colour(dice))
    return Image.fromarray(out)


def rephotographed(image: Image.Image, dice: random.Random, others: Photos = ()) -> Image.Image:
    """Print it, bend it and take a photo of the print."""
    width, height = image.size
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = width * dice.uniform(0.005, 0.02)
    xs += bend * np.sin(ys / height * dice.uniform(2, 5) + dice.random() * 6)
    ys += bend * np.sin(xs / width * dice.uniform(2, 5) + dice.random() * 6)
    bent = cv2.remap(np.asarray(image), xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    shade = np.linspace(dice.uniform(0.6, 1), dice.uniform(0.8, 1.15), width)[None, :, None]
    noise = np.random.default_rng(dice.randrange(1 << 30)).normal(0, dice.uniform(2, 9), bent.shape)
    shot = Image.fromarray(np.clip(bent * shade + noise, 0, 255).astype(np.uint8))
    return saved(slanted(shot, dice, others), dice)


def tiled(image: Image.Image, dice: random.Random, others: Photos = ()) -> Image.Image:
    """One of several photos on a sheet."""
    columns, rows = dice.choice([(2, 2), (2, 1), (1, 2), (3, 2), (2, 3), (3, 3)])
    cell = dice.choice([150, 200, 260])
    gap = dice.choice([0, 2, 6, 14])
    size = (columns * (cell + gap) + gap, rows * (cell + gap) + gap)
    sheet = Image.new("RGB", size, dice.choice([(255, 255, 255), (0, 0, 0), _colour(dice)]))
    mine = dice.randrange(columns * rows)
    cuts = dice.random() < 0.5
    for at in range(columns * rows):
        one = image if at == mine else dice.choice(others)
        one = ImageOps.fit(one, (cell, cell)) if cuts else ImageOps.contain(one, (cell, cell))
        x, y = gap + (at % columns) * (cell + gap), gap + (at // columns) * (cell + gap)
        sheet.paste(one, (x + (cell - one.width) // 2, y + (cell - one.height) // 2))
    return sheet


def inset(image: Image.Image, dice: random.Random, others: Photos = ()) -> Image.Image:
    """Lay it on another photo."""
    ground = ImageOps.fit(dice.choice(others), (520, dice.choice([390, 520, 650])))
    share = dice.uniform(0.42, 0.75)
    small = ImageOps.contain(image, (int(ground.width * share), int(ground.height * share)))
    if dice.random() < 0.4:
        small = ImageOps.expand(small, border=dice.randint(2, 8), fill=_colour(dice))
    x, y = (
        dice.randint(0, ground.width - small.width),
        dice.randint(0, ground.height - small.height),
    )
    ground.paste(small, (x, y))
    return ground


def regrounded(image: Image.Image, dice: random.Random, others: Photos = ()) -> Image.Image:
    """Cut the thing out (here: roughly its middle) and lay it on another ground."""
    mask = blob(image.size, dice)
    ground = ImageOps.fit(dice.choice(others), image.size)
    return Image.composite(image, ground, mask)


def blob(size: tuple[int, int], dice: random.Random) -> Image.Image:
    """Return a soft-edged mask of one thing in the middle."""
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = 0.36 + 0.08 * np.sin(turn * dice.randint(1, 4) + dice.random() * 6)
    radius = radius * dice.uniform(0.8, 1.2)
    xs = size[0] * (0.5 + radius * np.cos(turn))
    ys = size[1] * (0.5 + radius * np.sin(turn))
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).polygon(list(zip(xs, ys, strict=True)), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(dice.uniform(0.5, 3)))


ALONE: dict[str, Edit] = {
    edit.__name__: edit
    for edit in (
        saved, resized, stretched, cropped, bordered, padded, written, stamped, watermarked,
        screened, mirrored, turned, quartered, lit, coloured, blurred, smeared, slanted,
        rephotographed, tiled, inset, regrounded,
    )
}  # fmt: skip
_MIXABLE = (
    cropped, bordered, written, stamped, watermarked, mirrored, turned, lit, coloured, resized,
    stretched, slanted, blurred,
)  # fmt: skip


def mixed(image: Image.Image, dice: random.Random, others: Photos = ()) -> Image.Image:
    """Do two to four of them, and save."""
    for edit in dice.sample(_MIXABLE, dice.randint(2, 4)):
        image = edit(image, dice, others)
    return saved(image, dice)


ALL: dict[str, Edit] = {**ALONE, "mixed": mixed}


def edited(name: str, image: Image.Image, seed: str, others: Photos) -> Image.Image:
    """Return the photo after the edit `name`; the same seed gives the same picture."""
    return ALL[name](image.convert("RGB"), random.Random(f"{name} {seed}"), others)  # noqa: S311
