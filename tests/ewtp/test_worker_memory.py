"""A worker hands memory back: what it is done with does not pile up between pictures."""

import ctypes
import subprocess
import sys

import pytest

from ewtp import celery

# Many blocks, every second of which is given up: the C library keeps their pages, unless told.
PROGRAM = """
import ctypes, sys
from pathlib import Path
from ewtp import celery

def own_mb():
    [line] = [one for one in Path("/proc/self/status").read_text().splitlines() if "RssAnon" in one]
    return int(line.split()[1]) // 1024

blocks = [ctypes.create_string_buffer(b"x" * 60_000, 60_000) for _ in range(2_000)]
del blocks[::2]
last = blocks[-1]
del blocks
before = own_mb()
for _ in range(int(sys.argv[1])):
    celery.signals.task_postrun.send(sender=None)
print(before - own_mb())
"""


def given_back_mb(tasks):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tasks)], capture_output=True, text=True, check=True
    )
    return int(done.stdout.split()[-1])


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="this C library has no malloc_trim",
)
def test_memory_goes_back_every_so_many_tasks():
    assert given_back_mb(celery.TRIM_EVERY_TASKS - 1) < 10
    assert given_back_mb(celery.TRIM_EVERY_TASKS) > 50
