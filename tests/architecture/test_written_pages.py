"""READMEs and docs keep up with the code: short, dated, and every word to type exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for package in ("ewtp", "marketplace", "credit", "antifake")
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
ROOMS = sorted(
    {path.parent for path in SOURCES if len(path.relative_to(ROOT).parts) == 3}
    - set((ROOT / "ewtp").iterdir())
)


def test_every_room_has_half_a_page_that_tells_its_words():
    missing, too_long = [], []
    for room in ROOMS:
        page = room / "README.md"
        if not page.is_file():
            missing.append(room.relative_to(ROOT))
        elif len(page.read_text().splitlines()) > 40:
            too_long.append(page.relative_to(ROOT))
    assert (missing, too_long) == ([], [])


def test_every_decision_is_short_and_dated():
    wrong = []
    for page in (ROOT / "docs" / "decisions").iterdir():
        lines = page.read_text().splitlines()
        # The name begins with the day, so that the folder lists them in order.
        dated = len(lines) > 2 and page.name.startswith(f"{lines[2]}-")
        if not dated or not lines[0].startswith("# ") or len(lines) > 20:
            wrong.append(page.name)
    assert wrong == []


def test_every_variable_is_in_the_operators_page():
    page = (ROOT / "docs" / "operating.md").read_text()
    read = re.compile(r"(?:env\.(?:text|flag|listed|number)\(|environ(?:\.get\(|\[))\s*\"(\w+)\"")
    asked = {name for path in SOURCES for name in read.findall(path.read_text())}
    assert "DATABASE_URL" in asked
    assert sorted(name for name in asked if f"`{name}`" not in page) == []


def test_every_command_in_the_pages_exists():
    ours = {
        path.stem for path in SOURCES if path.parent.name == "commands" and path.stem != "__init__"
    }
    words = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.M))
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(r / "README.md" for r in ROOMS)]
    unknown = []
    for page in pages:
        text = page.read_text()
        commands = set(re.findall(r"manage\.py (\w+)", text)) - ours - {"collectstatic"}
        targets = set(re.findall(r"(?:^|`)make ([a-z0-9]+)", text, re.M)) - words
        scripts = {f for f in re.findall(r"bench/\w+\.py", text) if not (ROOT / f).is_file()}
        unknown += [f"{page.relative_to(ROOT)}: {name}" for name in commands | targets | scripts]
    assert unknown == []
