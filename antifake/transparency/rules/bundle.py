"""A bundle of evidence: files, a list of their digests, and the whole as one ZIP. Plain Python."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

SUMS = "SHA256SUMS"
# The words of one who asks: a name, a file number, what the law says.
WORDS_MIN, WORDS_MAX = 3, 300


def sha256(data: bytes) -> str:
    """Return the digest of some bytes in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return the list that `sha256sum --check SHA256SUMS` reads."""
    lines = [f"{sha256(data)}  {name}\n" for name, data in sorted(files.items())]
    return "".join(lines).encode()


def packed(files: Mapping[str, bytes], at: datetime) -> bytes:
    """Return the ZIP: the same files and moment give the same bytes."""
    moment = at.astimezone(UTC)
    date_time = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in sorted({**files, SUMS: sums(files)}.items()):
            entry = zipfile.ZipInfo(name, date_time)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            bundle.writestr(entry, data)
    return out.getvalue()
