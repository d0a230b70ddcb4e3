"""Render the demo's pictures. See README.md beside this file.

python -m studio            all that are missing
python -m studio jug mug-2  these again
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from studio import stage
from studio.catalogue import Shot, shots

FOLDER = Path(__file__).resolve().parent.parent / "ewtp" / "demo" / "pictures"
QUALITY = 90


def render(shot: Shot, folder: Path) -> int:
    """Render one picture and return its bytes; its name is the seed of every chance in it."""
    dice = random.Random(hashlib.sha256(shot.name.encode()).digest())  # noqa: S311 (a picture)
    stage.empty()
    shot.make(dice, **shot.look)
    stage.build(shot.place, dice)
    stage.light(shot.light, dice)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "shot.png"
        stage.shoot(shot.view, str(path))
        with Image.open(path) as image:
            out = io.BytesIO()
            image.convert("RGB").save(out, "WEBP", quality=QUALITY, method=6)
    target = folder / f"{shot.name}.webp"
    target.with_suffix(".part").write_bytes(out.getvalue())
    target.with_suffix(".part").rename(target)
    return len(out.getvalue())


def main() -> None:
    """Render what is missing, or what is named; print how long is left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="goods or pictures to render again")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in shots() if _is_wanted(shot.name, options.names, options.folder)]
    start = time.monotonic()
    for done, shot in enumerate(wanted, 1):
        size = render(shot, options.folder)
        each = (time.monotonic() - start) / done
        left = each * (len(wanted) - done) / 60
        sys.stderr.write(
            f"{done}/{len(wanted)} {shot.name} {size / 1000:.0f} kB,"
            f" {each:.1f} s each, {left:.1f} min left\n"
        )


def _is_wanted(name: str, names: list[str], folder: Path) -> bool:
    if names:
        return name in names or name.rpartition("-")[0] in names
    return not (folder / f"{name}.webp").exists()


if __name__ == "__main__":
    main()
