"""The cleaner is shut in, and what it hands back is not taken on trust."""

import ast
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import marketplace
from marketplace.errors import BadInput
from marketplace.listings import cleaning
from marketplace.listings.services import cleaner, pictures
from tests.factories.pictures import picture

REAL = cleaning.__file__
WEBP = picture(kind="WEBP")


def test_what_is_stored_is_what_the_cleaner_gave():
    data = picture()
    clean = pictures.clean(data=data)
    assert (clean.large, clean.thumb) == cleaner.ask(data=data).pictures


def confined(code, *, with_threads=False):
    """Run code in a process that is shut in as the cleaner is, and return how it ended."""
    start = (
        "import os, runpy, sys; shut = runpy.run_path(sys.argv[1]); shut['load']();"
        f"import socket, subprocess, threading; shut['confine'](with_threads={with_threads});"
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
        ("open('/etc/passwd')", "PermissionError"),
        ("open('/dev/null', 'w')", "PermissionError"),
        ("socket.socket()", "PermissionError"),
        ("subprocess.run(['/bin/true'])", "PermissionError"),
        ("os.fork()", "PermissionError"),
        ("os.execv('/bin/true', ['true'])", "PermissionError"),
        ("os.kill(os.getppid(), 0)", "PermissionError"),
        ("os.unlink('/tmp/nothing-of-that-name')", "PermissionError"),
        ("os.dup(0)", "PermissionError"),
    ],
)
@pytest.mark.parametrize("with_threads", [False, True])
def test_the_cleaner_is_shut_in(code, error, with_threads):
    ended = confined(code, with_threads=with_threads)
    assert ended.returncode == 1
    assert error in ended.stderr


def test_only_a_cleaner_of_heic_may_make_threads():
    code = "threading.Thread(target=print, args=('here',)).start()"
    assert confined(code, with_threads=True).stdout.strip() == "here"


def test_a_cleaner_that_turns_round_and_round_is_stopped_by_the_kernel():
    start = "import runpy, sys; shut = runpy.run_path(sys.argv[1])['confine']\n"
    code = "shut.__globals__['CPU_SECONDS'] = 1; shut()\nwhile True: pass"
    command = [sys.executable, "-I", "-c", start + code, cleaning.__file__]
    ended = subprocess.run(command, stderr=subprocess.DEVNULL, check=False)
    assert ended.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_a_cleaner_cannot_write_an_answer_without_end(tmp_path):
    long = "import os\nwhile True: os.write(1, bytes(1 << 20))"
    with (tmp_path / "answer").open("wb") as answer:
        start = "import runpy, sys; runpy.run_path(sys.argv[1])['confine']()\n"
        command = [sys.executable, "-I", "-c", start + long, cleaning.__file__]
        subprocess.run(command, stdout=answer, stderr=subprocess.DEVNULL, check=False)
    assert (tmp_path / "answer").stat().st_size == cleaning.ANSWER_BYTES


@pytest.fixture
def instead(monkeypatch, tmp_path):
    """Have the cleaner's children run other code in place of their work."""

    def run(code, **limits):
        lines = [f"shut['serve'].__globals__['{name}'] = {value}" for name, value in limits.items()]
        program = tmp_path / "other.py"
        program.write_text(
            f"import json, os, runpy, socket, time\nshut = runpy.run_path({REAL!r})\n"
            + "\n".join(lines)
            + f"\ndef work():\n    {code}\nshut['serve'].__globals__['work'] = work\n"
            "shut['serve'](socket.socket(fileno=0))\n"
        )
        monkeypatch.setattr(cleaning, "__file__", str(program))
        cleaner._cleaner.end()

    yield run
    monkeypatch.undo()
    cleaner._cleaner.end()


def pid():
    return cleaner._cleaner._program.pid


def test_the_cleaner_gets_none_of_our_secrets(monkeypatch, instead):
    monkeypatch.setenv("EWTP_SECRET_KEY", "a secret")
    instead("os.write(1, json.dumps({'refused': '|'.join(os.environ), 'peak_kib': 1}).encode())")
    told = set(cleaner.ask(data=b"").refused.split("|"))
    assert not told - {"LC_CTYPE", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX"}


def test_a_child_has_no_files_but_its_own_three(instead):
    said = "{'refused': '|'.join(os.listdir('/proc/self/fd')), 'peak_kib': 1}"
    instead(f"os.write(1, json.dumps({said}).encode())")
    # The fourth is the look itself.
    assert cleaner.ask(data=b"").refused.split("|") == ["0", "1", "2", "3"]


def test_the_program_starts_once_for_many_photos():
    cleaner.ask(data=picture())
    first = pid()
    cleaner.ask(data=picture(2))
    assert pid() == first


def test_after_its_orders_another_takes_its_place(monkeypatch):
    monkeypatch.setattr(cleaner, "LASTS", 1)
    seen = set()
    for seed in range(3):
        assert cleaner.ask(data=picture(seed + 1)).pictures
        seen.add(pid())
    assert len(seen) == 3


def test_a_program_that_was_killed_is_started_again():
    cleaner.ask(data=picture())
    killed = pid()
    os.kill(killed, signal.SIGKILL)
    cleaner._cleaner._program.wait()
    assert cleaner.ask(data=picture()).pictures
    assert pid() != killed


def test_a_child_that_dies_harms_nobody_else(instead):
    instead("os.kill(os.getpid(), 11)")
    with pytest.raises(BadInput, match="too long"):
        pictures.clean(data=picture())
    first = pid()
    assert cleaner.ask(data=picture()).refused == cleaner.KILLED
    assert pid() == first


def test_a_child_that_breaks_is_a_file_we_cannot_read(instead, caplog):
    instead("raise RuntimeError('words of a stranger')")
    with pytest.raises(BadInput, match="not a picture"):
        pictures.clean(data=picture())
    assert "RuntimeError" in caplog.text
    assert "stranger" not in caplog.text


def test_a_child_that_sleeps_is_ended_by_its_warden(instead):
    instead("time.sleep(60)", WALL_SECONDS=1)
    began = time.monotonic()
    assert cleaner.ask(data=picture()).refused == cleaner.KILLED
    assert time.monotonic() - began < 15


def test_threads_share_the_program_and_get_each_its_own_picture():
    sizes = {}

    def send(width):
        clean = pictures.clean(data=picture(width=width))
        sizes[width] = clean.width

    threads = [threading.Thread(target=send, args=(width,)) for width in range(300, 306)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == {width: width for width in range(300, 306)}


def test_a_fork_of_us_gets_a_program_of_its_own():
    cleaner.ask(data=picture())
    ours = pid()
    child = os.fork()
    if child == 0:
        there = cleaner.ask(data=picture()).pictures and pid() != ours
        cleaner._cleaner.end()
        os._exit(0 if there else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert cleaner.ask(data=picture()).pictures
    assert pid() == ours


def test_the_program_ends_with_the_process_that_started_it(tmp_path):
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from marketplace.listings.services.cleaner import _cleaner, ask\n"
        "ask(data=b''); print(_cleaner._program.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    root = Path(marketplace.__file__).parents[1]
    ended = subprocess.run(
        [sys.executable, "-c", code, root], capture_output=True, text=True, check=False
    )
    program = Path(f"/proc/{int(ended.stdout)}")
    for _moment in range(100):
        if not program.exists() or "Z" in (program / "stat").read_text().split()[2]:
            return
        time.sleep(0.1)
    pytest.fail("the cleaner outlived us")


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
def test_a_cleaner_taken_over_can_store_nothing_but_a_bare_picture(instead, stored):
    answer = json.dumps({"sizes": [len(stored)] * 2, "peak_kib": 1}).encode() + b"\n"
    instead(f"os.write(1, {answer + stored * 2!r})")
    with pytest.raises(BadInput, match="not a picture"):
        pictures.clean(data=picture())


def test_when_all_places_are_taken_the_seller_is_asked_to_send_again(monkeypatch):
    monkeypatch.setattr(cleaner, "PATIENCE_SECONDS", 0.05)
    taken = [cleaner._places.acquire(timeout=1) for _ in range(cleaner.AT_ONCE)]
    try:
        with pytest.raises(BadInput, match="again"):
            pictures.clean(data=picture())
    finally:
        for _ in taken:
            cleaner._places.release()


def test_only_the_cleaner_opens_pictures_in_the_marketplace():
    root = Path(marketplace.__file__).parent
    openers = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in getattr(node, "names", []) if hasattr(alias, "name")]
            if any(
                name.partition(".")[0] in {"PIL", "pillow_heif"}
                for name in [*names, module_of(node)]
            ):
                openers.add(path.relative_to(root).as_posix())
    assert openers == {"listings/cleaning.py"}


def module_of(node):
    return (getattr(node, "module", None) or "") if isinstance(node, ast.ImportFrom) else ""
