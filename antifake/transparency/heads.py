"""The heads of the chain, printed where no owner of the database can change them."""

from __future__ import annotations

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
    """Return (number, digest) of every printed head, oldest first; None when nothing was."""
    path = Path(settings.SEAL_FILE)
    if not path.exists():
        return None
    return rules.read_heads(path.read_text(encoding="utf-8").splitlines())


def print_new() -> None:
    """Append the newest head to the file and say it in the log, unless it stands there.

    Called once the blocks are committed: a head that was printed must exist.
    """
    head = Block.objects.order_by("-number").first()
    if head is None or head.number <= max((number for number, _ in printed() or []), default=0):
        return
    path = Path(settings.SEAL_FILE)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = rules.head_line(head.number, head.digest, head.sealed_at)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())
    logger.info("the seal's head is block %d, %s", head.number, head.digest)
