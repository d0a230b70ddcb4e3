"""The heads of the chain, printed where no owner of the database can change them."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path

from django.conf import settings

from antifake.transparency.models import Block
from antifake.transparency.rules import seal as rules

logger = logging.getLogger(__name__)


def keys() -> dict[str, str]:
    """Return the keys of the seal by name: the one in use and the one before."""
    both = (settings.SEAL_KEY, settings.SEAL_KEY_OLD)
    return {rules.key_name(key): key for key in both if key}


def printed() -> list[tuple[int, str]] | None:
    """Return (number, digest) of every printed head, oldest first; None when the file is gone.

    Gone means that it should be there. Whether anything is sealed is asked before the file is
    looked for, and the file is there before the first block is: a first block that comes
    meanwhile is no alarm.
    """
    sealed = Block.objects.exists()
    path = Path(settings.SEAL_FILE)
    if not path.exists():
        return None if sealed else []
    with path.open(encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_SH)  # no line is half written
        return rules.read_heads(file)


def make_file() -> None:
    """See that the file is there, with nothing printed yet."""
    path = Path(settings.SEAL_FILE)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch()


def print_new() -> None:
    """Append the newest head to the file and say it in the log, unless it stands there.

    Called once the blocks are committed: a head that was printed must exist. Two sealers may
    come here at once: one looks and writes, then the other.
    """
    head = Block.objects.order_by("-number").first()
    if head is None:
        return
    make_file()
    with Path(settings.SEAL_FILE).open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if head.number <= max((number for number, _ in rules.read_heads(file)), default=0):
            return
        line = rules.head_line(head.number, head.digest, head.sealed_at)
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())
    logger.info("the seal's head is block %d, %s", head.number, head.digest)
