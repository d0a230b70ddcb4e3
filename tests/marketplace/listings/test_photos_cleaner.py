"""The cleaner is shut in, and what it hands back is not taken on trust."""

import ast
import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import marketplace
from marketplace.errors import BadInput
from marketplace.listings import cleaning
from marketplace.listings.services import pictures
from tests.factories.pictures import picture

WEBP = picture(kind="WEBP")


def test_what_is_stored_is_what_the_cleaner_gave():
    data = picture()
    clean = pictures.clean(data=data)
    assert (clean.large, clean.thumb) == pictures.ask(data=data).pictures


def confined(code):
    """Run code in a process that is shut in as the cleaner is, and return how it ended."""
    start = (
        "import runpy, sys; shut = runpy.run_path(sys.argv[1]); shut['Image'].preinit();"
        "import socket, subprocess; shut['confine']();"
    )
    return subprocess.run(
        [sys.executable, "-I", "-c", start + code, cleaning.__file__],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("bytearray(257 << 20)", "MemoryError"),
        ("open('/etc/passwd')", "Too many open files"),
        ("open('/dev/null', 'w')", "Too many open files"),
        ("socket.socket()", "Too many open files"),
        ("subprocess.run(['/bin/true'])", "Too many open files"),
    ],
)
def test_the_cleaner_is_shut_in(code, error):
    ended = confined(code)
    assert ended.returncode == 1
    assert error in ended.stderr


def test_a_cleaner_that_turns_round_and_round_is_stopped_by_the_kernel():
    ended = confined("import resource; print(resource.getrlimit(resource.RLIMIT_CPU))")
    assert ended.stdout.strip() == f"({cleaning.CPU_SECONDS}, {cleaning.CPU_SECONDS})"


def test_a_cleaner_cannot_write_an_answer_without_end(tmp_path):
    long = "import os\nwhile True: os.write(1, bytes(1 << 20))"
    with (tmp_path / "answer").open("wb") as answer:
        start = "import runpy, sys; runpy.run_path(sys.argv[1])['confine']()\n"
        command = [sys.executable, "-I", "-c", start + long, cleaning.__file__]
        subprocess.run(command, stdout=answer, stderr=subprocess.DEVNULL, check=False)
    assert (tmp_path / "answer").stat().st_size == cleaning.ANSWER_BYTES


def test_the_cleaner_gets_none_of_our_secrets(monkeypatch, tmp_path):
    monkeypatch.setenv("EWTP_SECRET_KEY", "a secret")
    program = tmp_path / "tells.py"
    program.write_text(
        "import json, os; print(json.dumps({'refused': '|'.join(os.environ), 'peak_kib': 1}))"
    )
    monkeypatch.setattr(cleaning, "__file__", str(program))
    assert not set(pictures.ask(data=b"").refused.split("|")) - {"LC_CTYPE", "LD_LIBRARY_PATH"}


@pytest.mark.parametrize(
    "stored",
    [
        b"<script>alert('a page, not a picture')</script>",
        WEBP + b"<script>",
        picture(kind="WEBP", exif=b"Exif\0\0secret"),
        picture(kind="WEBP", lossless=True),
        b"RIFF" + struct.pack("<I", len(WEBP) + 4) + WEBP[8:] + b"XMP \x04\0\0\0hide",
        picture(),
        b"",
    ],
)
def test_a_cleaner_taken_over_can_store_nothing_but_a_bare_picture(monkeypatch, tmp_path, stored):
    program = tmp_path / "taken.py"
    answer = json.dumps({"sizes": [len(stored)] * 2, "peak_kib": 1}).encode() + b"\n"
    program.write_text(f"import sys; sys.stdout.buffer.write({answer + stored * 2!r})")
    monkeypatch.setattr(cleaning, "__file__", str(program))
    with pytest.raises(BadInput, match="not a picture"):
        pictures.clean(data=picture())


def test_when_all_places_are_taken_the_seller_is_asked_to_send_again(monkeypatch):
    monkeypatch.setattr(pictures, "WALL_SECONDS", 0.05)
    taken = [pictures._places.acquire(timeout=1) for _ in range(pictures.AT_ONCE)]
    try:
        with pytest.raises(BadInput, match="again"):
            pictures.clean(data=picture())
    finally:
        for _ in taken:
            pictures._places.release()


def test_only_the_cleaner_opens_pictures_in_the_marketplace():
    root = Path(marketplace.__file__).parent
    openers = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in getattr(node, "names", []) if hasattr(alias, "name")]
            if any(name.partition(".")[0] == "PIL" for name in [*names, module_of(node)]):
                openers.add(path.relative_to(root).as_posix())
    assert openers == {"listings/cleaning.py"}


def module_of(node):
    return (getattr(node, "module", None) or "") if isinstance(node, ast.ImportFrom) else ""
