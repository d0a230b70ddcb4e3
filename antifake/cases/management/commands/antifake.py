"""`manage.py antifake`: try the detectors on your own data; explain and replay decisions."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from antifake.cases import queries
from antifake.cases.evaluating import photos, titles
from antifake.cases.evaluating.told import photo_lines, title_lines
from antifake.cases.models import Scan
from antifake.cases.services import replays
from marketplace.errors import MarketplaceError
from marketplace.listings.models import Listing


class Command(BaseCommand):
    help = "Try the detectors on your own photos or titles; explain and replay decisions."

    def add_arguments(self, parser: CommandParser) -> None:
        tasks = parser.add_subparsers(dest="task", required=True)
        _for_photos(tasks.add_parser("evaluate-photos", help="copies of photos: found, or not"))
        _for_titles(tasks.add_parser("evaluate-titles", help="hidden names in titles"))
        explain = tasks.add_parser("explain", help="why a listing is shown or held")
        explain.add_argument("listing", type=int, help="the listing's number")
        replay = tasks.add_parser("replay", help="run a scan again on its frozen evidence")
        replay.add_argument("scan", type=int, help="the scan's number")

    def handle(self, *args: Any, **options: Any) -> None:
        doing: dict[str, Callable[[dict[str, Any]], None]] = {
            "evaluate-photos": self._photos,
            "evaluate-titles": self._titles,
            "explain": self._explain,
            "replay": self._replay,
        }
        try:
            doing[options["task"]](options)
        except MarketplaceError as error:
            raise CommandError(error.reason) from error

    def _photos(self, options: dict[str, Any]) -> None:
        with _bar() as progress:
            found = photos.evaluate(
                references=options["references"],
                queries=options["queries"],
                truth=options["truth"],
                distractors=options["distractors"],
                progress=progress,
            )
        for sentence in found["unreadable"]:
            self.stderr.write(sentence)
        self._say(found, photo_lines(found), as_json=options["json"])

    def _titles(self, options: dict[str, Any]) -> None:
        with _bar() as progress:
            found = titles.evaluate(
                titles=options["titles"], brands=options["brands"], progress=progress
            )
        self._say(found, title_lines(found), as_json=options["json"])

    def _say(self, found: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for line in lines:
            self.stdout.write(line)

    def _explain(self, options: dict[str, Any]) -> None:
        if not Listing.objects.filter(pk=options["listing"]).exists():
            raise CommandError(_("There is no listing %(pk)s.") % {"pk": options["listing"]})
        for line in queries.explanation(options["listing"]):
            self.stdout.write(line)

    def _replay(self, options: dict[str, Any]) -> None:
        try:
            result = replays.replay(scan_id=options["scan"])
        except Scan.DoesNotExist as error:
            raise CommandError(_("There is no scan %(pk)s.") % {"pk": options["scan"]}) from error
        for change in result.changed_versions:
            self.stdout.write(
                _("Of another version now, not compared: %(what)s") % {"what": change}
            )
        if not result.same:
            raise CommandError("\n".join(result.differences))
        self.stdout.write(
            _("The same: %(count)s findings, evidence %(sha256)s.")
            % {"count": result.findings, "sha256": result.sha256}
        )


def _for_photos(parser: ArgumentParser) -> None:
    parser.add_argument("--references", type=Path, required=True, help="folder of known photos")
    parser.add_argument("--queries", type=Path, required=True, help="folder of photos to look at")
    parser.add_argument(
        "--truth", type=Path, required=True, help="CSV: query, reference or empty, attack"
    )
    parser.add_argument(
        "--distractors",
        type=Path,
        help="folder of photos that match nothing; they join the known photos, or are asked where "
        "every row of the truth has a reference",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _for_titles(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--titles", type=Path, required=True, help="CSV: title, brand or empty, kind"
    )
    parser.add_argument("--brands", type=Path, required=True, help="CSV of protected names")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


@contextmanager
def _bar() -> Iterator[photos.Progress]:
    """Show on the standard error how far it is and how long is left."""
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bars: dict[str, Any] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=total)
            progress.update(bars[what], completed=done)

        yield told
