"""What is kept of a photo, so that copies of it are found and told from others.

Hashes are PDQ (Facebook, 2019: 256 bits of a 64 x 64 cosine transform, quality 0 to 100) of the
eight turned and mirrored forms; the vector is the small network's (`network`); points and a
small picture are packed by `local_features`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pdqhash
from PIL import Image

from antifake.detectors.photos import local_features, network
from antifake.detectors.photos.network import DIM, Floats
from antifake.detectors.photos.rectangles import rectangles

CODE_VERSION = "4"
PDQ_PIXELS = 512
SOURCE_PIXELS = 640
HASH_BYTES = 32
SMALL_SCALE = 400.0  # of a number in one signed byte: no cosine is wrong by more than 0.01
MIN_QUALITY = 49  # PDQ's own figure: 49 and less is too plain to compare

VERSION = (
    "photo-" + hashlib.sha256(f"{CODE_VERSION} {network.versions()}".encode()).hexdigest()[:12]
)

__all__ = [
    "DIM",
    "VERSION",
    "Described",
    "Parts",
    "Region",
    "describe",
    "describe_query",
    "glances",
    "regions",
    "unpack",
]


@dataclass(frozen=True)
class Described:
    """One photo as it is kept.

    `pdq` are eight hashes of 32 bytes, upright first; `vector`, `mirrored` and the two of
    `turned` (a quarter to either side) are float16 little-endian, DIM numbers of length one;
    `local` is what `local_features.pack` gave. A photo that asks leaves the mirrored and turned
    ones empty: those of the known photos are there, made once.
    """

    pdq: tuple[bytes, ...]
    quality: int
    vector: bytes
    mirrored: bytes
    local: bytes
    turned: bytes = b""

    @property
    def vectors(self) -> tuple[bytes, ...]:
        """All vectors that were made, the upright one first."""
        size = 2 * DIM
        turned = [self.turned[at : at + size] for at in range(0, len(self.turned), size)]
        return tuple(one for one in (self.vector, self.mirrored, *turned) if one)


@dataclass(frozen=True)
class Region:
    """A part of a picture that may be a photo itself: (left, top, right, bottom) in pixels.

    The vectors are kept like those of `Described`; both are the same where mirroring was not
    looked at. `part` is the picture of the part alone.
    """

    box: tuple[int, int, int, int]
    vector: bytes
    mirrored: bytes
    source: Image.Image | None = field(default=None, repr=False, compare=False, hash=False)

    @property
    def part(self) -> Image.Image:
        """Cut the part out of what was kept of the picture (longer side SOURCE_PIXELS or less)."""
        if self.source is None:
            raise ValueError("This region was kept without its picture.")
        return self.source.crop(self.box)


def describe(image: Image.Image) -> Described:
    """Describe a picture of any mode and size; the same picture gives the same bytes."""
    small = source(image)
    vectors = network.vectors(
        [small, small.transpose(Image.Transpose.FLIP_LEFT_RIGHT), *quarters(small)]
    ).astype("<f2")
    one, mirrored, *turned = (vector.tobytes() for vector in vectors)
    local = local_features.pack(small)
    return Described(*pdq(as_rgb(image)), one, mirrored, local, b"".join(turned))


def describe_query(
    image: Image.Image, *, points: bool = True, small: Image.Image | None = None
) -> Described:
    """Describe a picture that asks: what the known photos bring is not made again.

    Points cost as much as all else, so that they may be looked for later (`points`). `small`:
    what `source` gave for the picture, where that is there.
    """
    small = small or source(image)
    [vector] = network.vectors([small]).astype("<f2")
    local = local_features.pack(small, kept=False) if points else b""
    return Described(*pdq(as_rgb(image)), vector.tobytes(), b"", local)


def points_of(image: Image.Image) -> bytes:
    """Return a picture's packed points, as `describe_query` gives them."""
    return local_features.pack(source(image), kept=False)


def quarters(image: Image.Image) -> list[Image.Image]:
    """Return a picture turned a quarter to the left and to the right."""
    return [image.transpose(Image.Transpose.ROTATE_90), image.transpose(Image.Transpose.ROTATE_270)]


def pdq(image: Image.Image) -> tuple[tuple[bytes, ...], int]:
    """Return the eight PDQ hashes of an RGB picture, upright first, and its quality."""
    hashes, quality = pdqhash.compute_dihedral(np.asarray(_within(image, PDQ_PIXELS)))
    return tuple(np.packbits(one).tobytes() for one in hashes), int(quality)


class Parts:
    """The parts of a picture that may be photos themselves; the network looks at it once."""

    def __init__(self, image: Image.Image) -> None:
        self.picture = source(image)
        self._boxes = rectangles(self.picture)
        self._glances: tuple[Region, ...] | None = None

    @property
    def composite(self) -> bool:
        """Whether photos seem drawn in it. Of 22 copies found by parts alone 21 had such."""
        return bool(self._boxes)

    def regions(self) -> tuple[Region, ...]:
        """Return the photos that seem drawn in it: tiles, insets. None of a plain photo."""
        return self.glances()[: len(self._boxes)] if self._boxes else ()

    def windows(self) -> tuple[Region, ...]:
        """Return what `glances` adds to `regions`: a grid. None of a plain photo."""
        return self.glances()[len(self._boxes) :] if self._boxes else ()

    def glances(self) -> tuple[Region, ...]:
        """Return all parts worth a look: `regions` and a grid of windows."""
        if self._glances is None:
            boxes = [*self._boxes, *_grid(self.picture)]
            seen = network.windows(self.picture, network.map_of(self.picture), boxes)
            self._glances = tuple(
                Region(box, vector.tobytes(), vector.tobytes(), self.picture)
                for box, vector in zip(boxes, seen.astype("<f2"), strict=False)
            )
        return self._glances


def regions(image: Image.Image) -> tuple[Region, ...]:
    """Return the photos that seem drawn in a picture (`Parts.regions`)."""
    return Parts(image).regions()


def glances(image: Image.Image) -> tuple[Region, ...]:
    """Return all parts of a picture worth a look (`Parts.glances`)."""
    return Parts(image).glances()


def source(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, its longer side SOURCE_PIXELS at most; may be the picture."""
    return _within(as_rgb(image), SOURCE_PIXELS)


def _within(image: Image.Image, side: int) -> Image.Image:
    """Return the picture with its longer side `side` at most, as `thumbnail` makes it.

    `thumbnail` needs a copy of the picture as it is, and a photo's weighs megabytes.
    """
    if max(image.size) <= side:
        return image
    aspect = image.width / image.height
    if aspect <= 1:
        width = _rounded(side * aspect, lambda n: abs(aspect - n / side))
        size = (width, side)
    else:
        size = (side, _rounded(side / aspect, lambda n: abs(aspect - side / n) if n else 0))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _rounded(exact: float, wrong: Callable[[int], float]) -> int:
    """Return the whole number beside `exact` that is less wrong, 1 at least."""
    return max(min(math.floor(exact), math.ceil(exact), key=wrong), 1)


def _grid(image: Image.Image) -> list[tuple[int, int, int, int]]:
    """Return nine overlapping windows of half the sides, and nine of a third side by side."""
    boxes = []
    for part, step in ((2, 4), (3, 3)):
        wide, high = image.width // part, image.height // part
        places = [(image.width * at // step, image.height * at // step) for at in range(3)]
        boxes += [(x, y, x + wide, y + high) for _x, y in places for x, _y in places]
    return boxes


def packed_small(vectors: Sequence[bytes]) -> bytes:
    """Return kept vectors with a byte a number: half as long, for a first choice alone."""
    numbers = np.stack([unpack(vector) for vector in vectors]) * SMALL_SCALE
    return bytes(np.clip(np.rint(numbers), -127, 127).astype(np.int8))


def unpacked_small(packed: bytes) -> Floats:
    """Return what `packed_small` kept, [n, DIM]; lengths are about one."""
    numbers = np.frombuffer(packed, dtype=np.int8).reshape(-1, DIM)
    return numbers.astype(np.float32) / np.float32(SMALL_SCALE)


def unpack(vector: bytes) -> Floats:
    """Return the numbers of a kept vector."""
    return np.frombuffer(vector, dtype="<f2").astype(np.float32)


def as_rgb(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, itself if it is; see-through parts stand on white."""
    if image.mode == "RGB":
        return image
    if image.mode in {"RGBA", "LA", "PA"} or (image.mode == "P" and "transparency" in image.info):
        front = image.convert("RGBA")
        sheet = Image.new("RGBA", front.size, "white")
        return Image.alpha_composite(sheet, front).convert("RGB")
    return image.convert("RGB")
