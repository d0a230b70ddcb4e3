"""What sellers do to a photo that is not theirs, in two families.

`table` holds the 32 attacks of the field's reference bench; `second` others that nobody tunes
on. Chance comes from the photo's name and the attack's name alone: the same pair is always the
same picture. Nothing here imports what it judges.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

from PIL import Image

from bench.photo_attacks import second, table

FAMILIES = {"table": table.ATTACKS, "second": second.ATTACKS}
# These take a cut-out good on white; the others take any photo.
ON_WHITE = frozenset({"bgswap", "cutout_swap", "cutout_studio"})
OTHERS = 6  # strange photos an attack may use
SIDE_PX = 512


def names(family: str) -> tuple[str, ...]:
    """Return the attacks of a family: table, second or both."""
    chosen = FAMILIES if family == "both" else {family: FAMILIES[family]}
    return tuple(name for attacks in chosen.values() for name in attacks)


def dice_for(photo: str, attack: str) -> random.Random:
    """Return the chance of one photo under one attack."""
    digest = hashlib.sha256(f"{photo}|{attack}".encode()).digest()
    return random.Random(digest)


def fitted(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, its longer side at most 512 px."""
    plain = image.convert("RGB")
    plain.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    return plain


def attacked(
    image: Image.Image, attack: str, *, photo: str, others: Sequence[Image.Image]
) -> Image.Image:
    """Return what the attack makes of the photo called `photo`; at least OTHERS other photos."""
    dice = dice_for(photo, attack)
    strange = dice.sample(list(others), OTHERS)
    for attacks in FAMILIES.values():
        if attack in attacks:
            return attacks[attack](fitted(image), dice, [fitted(one) for one in strange])
    message = f"no attack is called {attack}"
    raise KeyError(message)
