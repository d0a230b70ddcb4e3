"""`make screens`: a picture of every page for docs/screens, with an index that links them all.

Run by pytest for its fixtures: the demo's market behind real servers, and everybody signed in.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import time
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.e2e.people import People
from tests.e2e.stops import stops_of
from tests.e2e.tour import Tour, Width, options_of
from tests.live import Site
from tests.walks.test_crawl import ROLES

FOLDER = Path(settings.BASE_DIR) / "docs" / "screens"
SCHEMES = ("light", "dark")
HEIGHT_PX = 1300  # of the longest picture; what is below looks like what is above
QUALITY = 32
MOST_BYTES = 16_000_000
# Shown smaller than they are, so that the folder stays light with every page in it.
SHOWN_WIDTH_PX = {Width.PHONE: 280, Width.DESK: 440}
# Pages that look the same whoever opens them are kept once, under the first role to come by.
EVERY_ROLE_S = {"accounts:me"}
ALL_PHOTOS = """
async () => {
  document.querySelectorAll('img[loading=lazy]').forEach((one) => { one.loading = 'eager'; });
  await Promise.all([...document.images].map((one) => one.decode().catch(() => null)));
}
"""
INTRODUCTION = """# Every page, as people see it

Drawn by `make screens` from the demo's market with Debian's Chromium: on a phone (390 px) and on
a desk (1280 px), both shown smaller, in the light and in the dark scheme. A page stands under the
first role that meets it; a word behind its name is the state of what it shows.
"""


@dataclass
class Album:
    """The pictures taken so far, by role and page."""

    started: float = field(default_factory=time.monotonic)
    pages: dict[str, dict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    waiting: list[Future[None]] = field(default_factory=list)

    def owner_of(self, role: str, label: str) -> str:
        """Return the role under which a page is kept."""
        if label in EVERY_ROLE_S:
            return role
        return next((one for one, pages in self.pages.items() if label in pages), role)

    def say(self, what: str) -> None:
        """Show how far we are, on one line."""
        taken = sum(len(files) for pages in self.pages.values() for files in pages.values())
        seconds = time.monotonic() - self.started
        sys.stderr.write(f"\r\033[K{taken:4} pictures, {seconds:3.0f} s  {what}")
        sys.stderr.flush()


def file_of(label: str, width: Width, scheme: str) -> str:
    """Return "orders-detail-shipped-390-dark.webp"."""
    return f"{re.sub(r'[^a-z0-9]+', '-', label.lower())}-{width.value}-{scheme}.webp"


def keep(png: bytes, target: Path, width_px: int) -> None:
    """Write a picture small: the top of the page, in the width that the index links."""
    with Image.open(io.BytesIO(png)) as opened:
        image = opened.convert("RGB")
    if image.width > width_px:
        image = image.resize(
            (width_px, round(image.height * width_px / image.width)), Image.Resampling.LANCZOS
        )
    image.save(target, "WEBP", quality=QUALITY, method=6)


def shoot(page: Page) -> bytes:
    """Take the page in a window as tall as itself, so that the bar at the thumb stays below."""
    size = page.viewport_size
    height = min(page.evaluate("document.documentElement.scrollHeight"), HEIGHT_PX)
    page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    page.evaluate(ALL_PHOTOS)
    png = page.screenshot(animations="disabled")
    page.set_viewport_size(size)
    return png


def test_draw_every_page(browser: Browser, market: Site, people: People) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    album = Album()
    with ThreadPoolExecutor(2) as writers:
        for width in Width:
            for role in ROLES:
                _draw(album, role, width, browser, market, people, writers)
        for written in album.waiting:
            written.result()
    (FOLDER / "README.md").write_text(index(album), encoding="utf-8")
    size = sum(file.stat().st_size for file in FOLDER.rglob("*.webp"))
    album.say(f"{size / 1e6:.1f} MB in {FOLDER.relative_to(settings.BASE_DIR)}\n")
    assert size <= MOST_BYTES


def _draw(
    album: Album,
    role: str,
    width: Width,
    browser: Browser,
    market: Site,
    people: People,
    writers: ThreadPoolExecutor,
) -> None:
    mail = ROLES[role]
    known = {"storage_state": people.signed_in(mail)} if mail else {}
    context = browser.new_context(base_url=market.address, **options_of(width), **known)

    def look(page: Page, label: str) -> list[str]:
        # A visitor who follows a link to a page of one's own meets the log-in there.
        at_the_door = "/account/login/" in page.url and label != "account_login"
        if not at_the_door and album.owner_of(role, label) == role:
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.evaluate("document.getAnimations().forEach((one) => one.finish())")
                target = FOLDER / role.replace(" ", "-") / file_of(label, width, scheme)
                target.parent.mkdir(parents=True, exist_ok=True)
                png = shoot(page)
                album.waiting.append(writers.submit(keep, png, target, SHOWN_WIDTH_PX[width]))
                album.pages[role][label].add(target.name)
            album.say(f"{role}, {width.value}: {label}")
        return []

    Tour(context, stops_of(role, people), look).run()
    context.close()


def index(album: Album) -> str:
    """Return the page that links every picture, a table for each role."""
    lines = [INTRODUCTION]
    for role, pages in album.pages.items():
        lines += [f"\n## {role.capitalize()}\n", "| page | phone | | desk | |", "|-|-|-|-|-|"]
        for label in sorted(pages):
            cells = [_cell(role, label, width, pages[label]) for width in Width]
            lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(role: str, label: str, width: Width, taken: set[str]) -> str:
    shown = 90 if width is Width.PHONE else 180
    cells = []
    for scheme in SCHEMES:
        name = file_of(label, width, scheme)
        path = f"{role.replace(' ', '-')}/{name}"
        image = f'<a href="{path}"><img src="{path}" width="{shown}" alt="{label}, {scheme}"></a>'
        cells.append(image if name in taken else "")
    return " | ".join(cells)
