"""Writes the pairs of different photos that look most alike: same floor, same thing, same place.

    python -m studio.matcher.lookalikes PHOTOS 0246 lookalikes.jsonl

Every photo is compared with its nearest by vector; pairs whose points agree are kept as lessons.
Pairs in `SAME` are one scene photographed twice within a breath: nobody could tell, nor need to.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

from antifake.detectors.photos.alignment import MIN_INLIERS
from antifake.detectors.photos.shortlist import nearest_vectors
from studio.matcher.projecting import training_photos
from studio.matcher.tables import Bank, measured

NEAREST = 15
# Pixels that agree so well all over are the same scene.
SAME_MEDIAN, SAME_SHARE = 0.9, 0.9


def main(folder: Path, endings: str, target: Path) -> None:
    """Write one line for each pair of different photos whose points agree."""
    bank = Bank(dict(enumerate(training_photos(folder, endings))))
    with target.open("w") as out:
        for number, query in bank.ready.items():
            whole = query.vectors
            for row, _cosine in nearest_vectors(whole, bank.table, NEAREST + 1):
                if row == number:
                    continue
                found = measured(query, bank.ready[row])
                same = found["median"] > SAME_MEDIAN and found["share"] > SAME_SHARE
                if found["inliers"] < math.log1p(MIN_INLIERS):
                    continue
                edit = "same scene" if same else ""
                out.write(
                    json.dumps(
                        {"edit": edit, "photo": number, "known": row, "copy": False, **found}
                    )
                    + "\n"
                )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
