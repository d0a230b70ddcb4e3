"""How well copies of photos are found: on folders and a table of anybody's own."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from antifake.cases.evaluating.intervals import upper_bound, wilson
from antifake.cases.evaluating.known import MATCHER_VERSION, POLICY, Answer, KnownPhotos
from marketplace.errors import BadInput

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
MAX_PIXELS = 60_000_000
FALSE_ALARM_RATES = (0.0, 1e-3, 1e-2)
UNATTACKED = "none"
# Called with what is done, how much is done and how much there is.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Row:
    """One query of the truth: the reference it was made from (empty: none), and how."""

    query: str
    reference: str
    attack: str


@dataclass(frozen=True)
class Judged:
    """One query and what was found for it."""

    row: Row
    top: str
    copy_permille: int
    stage: str
    ms: dict[str, float]


def evaluate(
    *,
    references: Path,
    queries: Path,
    truth: Path,
    distractors: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Put the photos of two folders through the matcher and count what it finds.

    Photos of `distractors` match nothing: they join the bank. Where no row of the truth is
    without a reference, they are asked instead, as photos that match nothing.
    Unreadable pictures are named in "unreadable" and left out.
    Raises BadInput.
    """
    rows = read_truth(truth)
    owned, strange = pictures(references), pictures(distractors) if distractors else {}
    asked = _asked(rows, queries, owned)
    if all(row.reference for row, _path in asked):
        asked += [(Row(path.name, "", UNATTACKED), path) for path in strange.values()]
        strange = {}
    unreadable: list[str] = []
    told = progress or _silently
    known = {**{f"distractor {name}": path for name, path in strange.items()}, **owned}
    bank = _bank(known, unreadable, told)
    answers = list(_answers(asked, bank, unreadable, told))
    if not answers:
        raise BadInput(_("None of the queries can be opened as a picture."))
    return {**figures(answers), "bytes_per_photo": bank.bytes_per_photo(), "unreadable": unreadable}


def _silently(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def read_truth(path: Path) -> list[Row]:
    """Read a CSV with the columns query, reference and attack. Raises BadInput."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            missing = {"query", "reference", "attack"} - set(reader.fieldnames or ())
            if missing:
                raise BadInput(
                    _("%(file)s lacks the columns: %(names)s.")
                    % {"file": path.name, "names": ", ".join(sorted(missing))}
                )
            rows = [_row(path, reader.line_num, fields) for fields in reader]
    except OSError as error:
        raise BadInput(
            _("%(file)s cannot be read: %(why)s.") % {"file": path, "why": error.strerror}
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(_("%(file)s is no CSV in UTF-8.") % {"file": path.name}) from error
    if not rows:
        raise BadInput(_("%(file)s has no rows.") % {"file": path.name})
    return rows


def _row(path: Path, line: int, fields: dict[str, str | None]) -> Row:
    query, reference = (fields["query"] or "").strip(), (fields["reference"] or "").strip()
    if not query:
        raise BadInput(
            _("%(file)s, line %(line)s: the query is empty.") % {"file": path.name, "line": line}
        )
    return Row(query, reference, (fields["attack"] or "").strip() or UNATTACKED)


def pictures(folder: Path) -> dict[str, Path]:
    """Return the pictures of a folder and those below it, by their paths in it. Raises BadInput."""
    if not folder.is_dir():
        raise BadInput(_("%(folder)s is no folder.") % {"folder": folder})
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    if not found:
        raise BadInput(_("%(folder)s holds no pictures.") % {"folder": folder})
    return {path.relative_to(folder).as_posix(): path for path in found}


def opened(path: Path) -> tuple[Image.Image, str]:
    """Return a picture, upright, and the SHA-256 of its file. Raises BadInput."""
    try:
        data = path.read_bytes()
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadInput(_("%(file)s is too large.") % {"file": path.name})
            upright = ImageOps.exif_transpose(image)
            upright.load()
    except (
        OSError,
        UnidentifiedImageError,
        Image.DecompressionBombError,
        SyntaxError,
        ValueError,
    ) as error:
        raise BadInput(
            _("%(file)s cannot be opened as a picture.") % {"file": path.name}
        ) from error
    return upright, hashlib.sha256(data).hexdigest()


def _asked(rows: Sequence[Row], folder: Path, owned: dict[str, Path]) -> list[tuple[Row, Path]]:
    there = pictures(folder)
    lost = [row.query for row in rows if row.query not in there]
    lost += [row.reference for row in rows if row.reference and row.reference not in owned]
    if lost:
        raise BadInput(
            _("%(count)s files of the truth are not in the folders, the first: %(names)s.")
            % {"count": len(lost), "names": ", ".join(lost[:3])}
        )
    return [(row, there[row.query]) for row in rows]


def _bank(paths: dict[str, Path], unreadable: list[str], progress: Progress) -> KnownPhotos:
    bank = KnownPhotos()
    for done, (name, path) in enumerate(paths.items(), 1):
        try:
            image, sha256 = opened(path)
        except BadInput as error:
            unreadable.append(error.reason)
        else:
            bank.add(name, image, sha256)
        progress(_("Describing known photos"), done, len(paths))
    return bank


def _answers(
    asked: Sequence[tuple[Row, Path]],
    bank: KnownPhotos,
    unreadable: list[str],
    progress: Progress,
) -> Iterable[Judged]:
    for done, (row, path) in enumerate(asked, 1):
        try:
            image, sha256 = opened(path)
        except BadInput as error:
            unreadable.append(error.reason)
        else:
            yield judged(row, bank.ask(image, sha256))
        progress(_("Looking at queries"), done, len(asked))


def judged(row: Row, answer: Answer) -> Judged:
    """Put what was found beside what was to be found."""
    top, copy = (answer.best.reference, answer.best.copy_permille) if answer.best else ("", 0)
    return Judged(row, top, copy, answer.stage, answer.ms)


def figures(answers: Sequence[Judged]) -> dict[str, Any]:
    """Count: recall by attack at each rate of false alarms and under the policy, and costs."""
    negatives = sorted((a.copy_permille for a in answers if not a.row.reference), reverse=True)
    made = [a for a in answers if a.row.reference]
    attacks = sorted({a.row.attack for a in made})
    by_attack = {name: [a for a in made if a.row.attack == name] for name in attacks}
    found: dict[str, Any] = {
        "version": MATCHER_VERSION,
        "queries": len(answers),
        "negatives": len(negatives),
        "policy": _at(by_attack, negatives, POLICY.copy_permille),
    }
    if negatives:
        for rate in FALSE_ALARM_RATES:
            allowed = int(rate * len(negatives))
            least = negatives[allowed] + 1 if allowed < len(negatives) else 0
            found[f"at_{rate:g}"] = _at(by_attack, negatives, max(1, least))
    found["ms_by_stage"], found["ms"] = _ms(answers)
    stages = sorted({a.stage for a in answers})
    found["stopped_by"] = {
        stage: round(sum(a.stage == stage for a in answers) / len(answers), 4) for stage in stages
    }
    return found


def _at(by_attack: dict[str, list[Judged]], negatives: Sequence[int], least: int) -> dict[str, Any]:
    """Figures when `least` thousandths and more is called a copy."""
    attacks: dict[str, dict[str, Any]] = {}
    for name, some in by_attack.items():
        hits = sum(a.top == a.row.reference and a.copy_permille >= least for a in some)
        low, high = wilson(hits, len(some))
        attacks[name] = {
            "recall": round(hits / len(some), 4),
            "interval": [round(low, 4), round(high, 4)],
            "queries": len(some),
        }
    alarms = sum(score >= least for score in negatives)
    macro = [float(one["recall"]) for one in attacks.values()]
    return {
        "copy_permille": least,
        "macro_recall": round(sum(macro) / len(macro), 4) if macro else None,
        "attacks": attacks,
        "false_alarms": alarms,
        "false_alarm_rate_upper": round(upper_bound(alarms, len(negatives)), 6)
        if negatives
        else None,
    }


def _ms(answers: Sequence[Judged]) -> tuple[dict[str, float], float]:
    """Mean CPU milliseconds over all queries, by stage and in all."""
    count = max(1, len(answers))
    stages = sorted({stage for a in answers for stage in a.ms})
    mean = {s: round(sum(a.ms.get(s, 0.0) for a in answers) / count, 2) for s in stages}
    return mean, round(sum(mean.values()), 2)
