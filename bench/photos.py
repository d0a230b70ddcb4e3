"""Are copies of photos found, whatever their takers did to them, and is nothing else taken for one?

    python bench/photos.py [--photos DIR] [--family table|second|both] [--originals 100] [--jobs 2]

Of photos whose names begin with a number only odd ones are used (even ones are for tuning);
--all takes every one. Their rendered goods on white stand beside them in bank and negatives, for
the attacks that swap a background. Bank, negatives and the strange photos that collages are made
of are three disjoint sets; takes of one good stay in one of them.

The rate of false alarms is per unattacked photo against the whole bank. "Free" thresholds are set
on the negatives of this run (strictly above so many of them); "policy" is what the market does.
Beside it, on the same pictures: PDQ and PDQ in eight orientations, each by its own free
thresholds. Milliseconds are of one processor. Results are kept in --work: a stopped run goes on.
Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

import cv2
import numpy as np
import pdqhash
from PIL import Image
from rich.console import Console
from rich.progress import track

from antifake.cases.evaluating.known import MATCHER_VERSION, POLICY, KnownPhotos
from bench import photo_attacks, photo_figures
from bench.photo_attacks import goods

SEED = "photos 6"
STRANGE = 60
# How many of a large folder, and of the rendered goods that a newcomer has.
MANY = {"references": 180, "negatives": 520, "originals": 100}
FEW = {"references": 60, "negatives": 120, "originals": 8}
ALIKE = 0.985  # correlation of 32 x 32 grey thumbnails from which two photos are one


@dataclass(frozen=True, slots=True)
class Source:
    """One original: a file; on white when it is a good that was cut out."""

    name: str
    path: Path
    on_white: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """One query: an original, and what is done to it (empty: nothing, it is a negative)."""

    source: Source
    attack: str

    @property
    def key(self) -> str:
        """Return the name under which the result is kept."""
        return f"{self.source.name}|{self.attack}"


@dataclass(frozen=True, slots=True)
class Sets:
    """Three disjoint sets of originals; `shown` are those of the bank that are attacked."""

    bank: list[Source]
    negatives: list[Source]
    others: list[Source]


# Choosing ----------------------------------------------------------------------------------
def chosen(options: argparse.Namespace) -> Sets:
    """Choose bank, negatives and strange photos; twins are left out."""
    photos = [Source(path.name, path) for path in _files(options.photos, every=options.all)]
    cut = _cut_goods(options.work)
    if options.photos == goods.FOLDER:
        photos = [Source(path.name, path) for path in goods.files()]
    photos = _without_twins(_shuffled(photos))
    bank, rest = _split(photos, options.references)
    negatives, others = _split(rest, options.negatives)
    others = others[:STRANGE]
    if len(others) < 2 * photo_attacks.OTHERS:
        others = negatives[-3 * photo_attacks.OTHERS :]
        negatives = negatives[: -len(others)]
    in_bank = {_kind(one) for one in bank}
    white = [one for one in _shuffled(cut) if _kind(one) not in {_kind(o) for o in others}]
    if options.photos != goods.FOLDER:
        kinds = sorted({_kind(one) for one in white}, key=_chance)
        in_bank = set(kinds[: len(kinds) // 2])
    bank += [one for one in white if _kind(one) in in_bank]
    negatives += [one for one in white if _kind(one) not in in_bank]
    return Sets(bank, negatives, others)


def _files(folder: Path, *, every: bool) -> list[Path]:
    endings = {".jpg", ".jpeg", ".png", ".webp"}
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in endings)
    numbers = [path.name.split("-")[0].split(".")[0] for path in paths]
    if every or not all(number.isdigit() for number in numbers):
        return paths
    return [path for path, number in zip(paths, numbers, strict=True) if int(number) % 2]


def _cut_goods(work: Path) -> list[Source]:
    """Cut the rendered goods out once and keep them on white."""
    folder = work / "white"
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for path in _bar(goods.files(), "cutting goods out"):
            with Image.open(path) as image:
                white = goods.on_white(image)
            if white is not None:
                white.save(folder / f"{path.stem}.png")
        (folder / "done").touch()
    return [Source(f"white {p.stem}", p, on_white=True) for p in sorted(folder.glob("*.png"))]


def _kind(source: Source) -> str:
    """Takes of one good are of one kind; a photo is a kind of its own."""
    rendered = source.on_white or source.path.parent == goods.FOLDER
    return goods.good_of(source.path) if rendered else source.name


def _chance(name: str) -> str:
    return hashlib.sha256(f"{SEED}|{name}".encode()).hexdigest()


def _shuffled(sources: Iterable[Source]) -> list[Source]:
    return sorted(sources, key=lambda one: (_chance(_kind(one)), one.name))


def _split(sources: Sequence[Source], count: int) -> tuple[list[Source], list[Source]]:
    """Take the first `count`, and what is of the kind of the last."""
    while 0 < count < len(sources) and _kind(sources[count]) == _kind(sources[count - 1]):
        count += 1
    return list(sources[:count]), list(sources[count:])


def _without_twins(sources: Sequence[Source]) -> list[Source]:
    """Leave out photos that are one with an earlier one, told by thumbnails alone."""
    rows = np.stack([_thumbnail(source) for source in sources])
    mirrored = rows.reshape(-1, 32, 32)[:, :, ::-1].reshape(len(rows), -1)
    alike = np.maximum(rows @ rows.T, rows @ mirrored.T)
    twins = [n for n in range(len(sources)) if n and alike[n, :n].max() > ALIKE]
    for n in twins:
        sys.stderr.write(f"twins: {sources[n].name}, {sources[int(alike[n, :n].argmax())].name}\n")
    return [source for n, source in enumerate(sources) if n not in set(twins)]


def _thumbnail(source: Source) -> np.ndarray:
    with Image.open(source.path) as image:
        small = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.BOX), np.float32)
    flat = small.ravel() - small.mean()
    return flat / max(float(np.linalg.norm(flat)), 1e-6)


# Asking ------------------------------------------------------------------------------------
class Desk:
    """What a process needs to answer: the bank, the peers' bank and the strange photos."""

    def __init__(self, sets: Sets) -> None:
        self.known = KnownPhotos()
        self.names: list[str] = []
        hashes = []
        for source in _bar(sets.bank, "describing the bank"):
            image = opened(source)
            self.known.add(source.name, image)
            bits, _quality = pdqhash.compute(np.asarray(image))
            self.names.append(source.name)
            hashes.append(np.packbits(bits))
        self.hashes = np.stack(hashes)
        self.others = [opened(source) for source in sets.others]

    def answer(self, task: Task) -> dict[str, Any]:
        """Make the query and put it to the matcher and its peers."""
        image = opened(task.source)
        if task.attack:
            name = task.source.name
            try:
                image = photo_attacks.attacked(image, task.attack, photo=name, others=self.others)
            except ValueError:
                return {"key": task.key, "skipped": True}
        found = self.known.ask(image)
        best = found.best
        return {
            "key": task.key,
            "truth": task.source.name if task.attack else "",
            "attack": task.attack,
            "top": best.reference if best else "",
            "score": best.copy_permille if best else 0,
            "stage": found.stage,
            "ms": {stage: round(ms, 2) for stage, ms in found.ms.items()},
            "peers": self._peers(image),
        }

    def _peers(self, image: Image.Image) -> dict[str, Any]:
        begun = time.process_time()
        pixels = np.asarray(image)
        one, _quality = pdqhash.compute(pixels)
        middle = time.process_time()
        eight, _quality = pdqhash.compute_dihedral(pixels)
        ended = time.process_time()
        found = {}
        for peer, forms in (("pdq", [one]), ("pdq8", list(eight))):
            asked = np.packbits(np.stack(forms), axis=1)
            apart = np.bitwise_count(asked[:, None, :] ^ self.hashes[None]).sum(axis=2).min(axis=0)
            at = int(apart.argmin())
            found[peer] = {"top": self.names[at], "score": 256 - int(apart[at])}
        found["pdq"]["ms"] = round(1_000 * (middle - begun), 2)
        found["pdq8"]["ms"] = round(1_000 * (ended - middle), 2)
        return found


def opened(source: Source) -> Image.Image:
    """Return the original, fitted to 512 px."""
    with Image.open(source.path) as image:
        return photo_attacks.fitted(image)


def tasks(sets: Sets, attacks: Sequence[str], originals: int) -> list[Task]:
    """Return every query: all negatives, and `originals` of the bank under each attack."""
    plain = [one for one in sets.bank if not one.on_white][:originals]
    white = [one for one in sets.bank if one.on_white][:originals]
    made = [
        Task(source, attack)
        for attack in attacks
        for source in (white if attack in photo_attacks.ON_WHITE else plain)
    ]
    return [Task(source, "") for source in sets.negatives] + made


_desk: list[Desk] = []


def _begin(desk: Desk) -> None:
    cv2.setNumThreads(1)
    _desk[:] = [desk]


def _answer(task: Task) -> dict[str, Any]:
    return _desk[0].answer(task)


def answers(desk: Desk, asked: Sequence[Task], *, jobs: int, kept: Path) -> list[dict[str, Any]]:
    """Answer what is not kept yet, in so many processes; return everything."""
    known = {row["key"]: row for row in _kept(kept)}
    left = [task for task in asked if task.key not in known]
    with kept.open("a", encoding="utf-8") as out:
        for row in _bar(_spread(desk, left, jobs), "looking", total=len(left)):
            out.write(json.dumps(row) + "\n")
            known[row["key"]] = row
    rows = [known[task.key] for task in asked]
    return [row for row in rows if not row.get("skipped")]


def _spread(desk: Desk, left: Sequence[Task], jobs: int) -> Iterator[dict[str, Any]]:
    if jobs == 1:
        _begin(desk)
        yield from map(_answer, left)
        return
    context = multiprocessing.get_context("fork")
    with context.Pool(jobs, initializer=_begin, initargs=(desk,)) as pool:
        yield from pool.imap_unordered(_answer, left, chunksize=8)


def _kept(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue  # the last line of a run that was stopped
    return found


def fingerprint(sets: Sets) -> str:
    """Name what results depend on: the matcher, the attacks and the bank."""
    digest = hashlib.sha256(MATCHER_VERSION.encode())
    for folder in ("antifake/detectors/photos", "bench/photo_attacks", "antifake/cases/evaluating"):
        for path in sorted((PROJECT / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.read_bytes())
    for source in (*sets.bank, *sets.others):
        digest.update(source.name.encode())
    return digest.hexdigest()[:12]


def _bar(items: Iterable[Any], what: str, *, total: int | None = None) -> Iterable[Any]:
    return track(items, what, total=total, console=Console(stderr=True), transient=True)


# The bench ---------------------------------------------------------------------------------
def main() -> int:
    """Run everything; 0 when what was promised is met."""
    options = _arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    sets = chosen(options)
    asked = tasks(sets, photo_attacks.names(options.family), options.originals)
    desk = Desk(sets)
    kept = options.work / f"{fingerprint(sets)}.jsonl"
    rows = answers(desk, asked, jobs=options.jobs, kept=kept)
    figures = photo_figures.figures(rows, policy=POLICY.copy_permille)
    figures |= {
        "matcher": MATCHER_VERSION,
        "bank": len(sets.bank),
        "strange": len(sets.others),
        "bytes_per_photo": desk.known.bytes_per_photo(),
    }
    photo_figures.tell(figures, sys.stderr)
    needed = 0 if options.photos == goods.FOLDER else photo_figures.TARGETS["negatives"]["must"]
    meets = photo_figures.meets(figures, negatives=needed)
    result = {
        "bench": "photos",
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load_average": [round(value, 2) for value in os.getloadavg()],
        },
        "figures": figures,
        "targets": photo_figures.TARGETS,
    }
    print(json.dumps({**result, "meets": meets}))
    return 0 if all(value for name, value in meets.items() if "target" not in name) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--photos", type=Path, default=goods.FOLDER, help="a folder of photos")
    parser.add_argument("--all", action="store_true", help="even-numbered photos too")
    parser.add_argument("--family", choices=("table", "second", "both"), default="table")
    parser.add_argument("--references", type=int, help="photos in the bank (180; few of ours)")
    parser.add_argument("--negatives", type=int, help="unattacked photos (520; few of ours)")
    parser.add_argument("--originals", type=int, help="photos under each attack (100; few of ours)")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--work", type=Path, default=Path(tempfile.gettempdir()) / "ewtp_bench_photos"
    )
    options = parser.parse_args()
    sizes = FEW if options.photos == goods.FOLDER else MANY
    for name, size in sizes.items():
        if getattr(options, name) is None:
            setattr(options, name, size)
    return options


if __name__ == "__main__":
    sys.exit(main())
