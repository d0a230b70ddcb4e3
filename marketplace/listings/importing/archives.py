"""A ZIP of photos: what may be in it, and one photo out of it. Nothing is ever unpacked to disk."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import IO

from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.listings.importing import rules
from marketplace.listings.services import pictures

MAX_ENTRIES = 3_000
# Photos hardly shrink in a ZIP: what unpacks to several times its size is no collection of photos.
MAX_UNPACKED = 3 * rules.MAX_ZIP_BYTES
# What zipfile and its unpackers raise at bytes that are damaged or made to harm.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    KeyError,
    ValueError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)
_NESTED = (".zip", ".7z", ".rar", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".jar")
# What systems add by themselves.
_LITTER = ("__MACOSX/", "Thumbs.db", ".DS_Store", "desktop.ini")


def photos_in(file: IO[bytes]) -> dict[str, str]:
    """Return the photos of a ZIP: name in small letters → name of its entry.

    Folders inside the ZIP do not matter: rows name photos by file name alone.
    Raises BadInput in words for a ZIP that is broken or that a collection of photos never is.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except _BROKEN as error:
        raise BadInput(_("The file of photos is no ZIP file that can be opened.")) from error
    if len(entries) > MAX_ENTRIES:
        raise BadInput(
            _("The ZIP holds more than %(most)d files; send it in parts.") % {"most": MAX_ENTRIES}
        )
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise BadInput(_("The ZIP unpacks to more than 300 MB; send it in parts."))
    found: dict[str, str] = {}
    for entry in entries:
        if entry.is_dir() or _is_litter(entry.filename):
            continue
        _refuse_entry(entry)
        name = PurePosixPath(entry.filename).name.casefold()
        if name in found:
            raise BadInput(
                _("Two photos in the ZIP are called “%(name)s”; rows could mean either.")
                % {"name": PurePosixPath(entry.filename).name[:80]}
            )
        found[name] = entry.filename
    return found


def photo(file: IO[bytes], entry_name: str) -> bytes:
    """Return the bytes of one entry that `photos_in` named.

    Raises BadInput when it is damaged or turns out larger than the ZIP said.
    """
    try:
        with zipfile.ZipFile(file) as archive, archive.open(entry_name) as entry:
            data = entry.read(pictures.MAX_BYTES + 1)
    except _BROKEN as error:
        raise BadInput(_("This photo is damaged inside the ZIP."), field="photos") from error
    if len(data) > pictures.MAX_BYTES:
        raise pictures.too_large()
    return data


def shown(known: Mapping[str, str]) -> dict[str, str]:
    """Return what rows may name: small letters → file name without folders."""
    return {small: PurePosixPath(entry).name for small, entry in known.items()}


def _is_litter(name: str) -> bool:
    return name.startswith(_LITTER[0]) or PurePosixPath(name).name in _LITTER[1:]


def _refuse_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    kind = entry.external_attr >> 16
    if name.startswith(("/", "\\")) or "\\" in name or ".." in PurePosixPath(name).parts:
        raise BadInput(_("The ZIP holds a name that leads out of its folder."))
    if ":" in name or any(ord(mark) < 32 for mark in name):
        raise BadInput(_("The ZIP holds a name with marks that no photo needs."))
    if kind and not stat.S_ISREG(kind) and stat.S_IFMT(kind):
        raise BadInput(_("The ZIP holds a link or a device, not only photos."))
    if name.lower().endswith(_NESTED):
        raise BadInput(_("The ZIP holds another archive; put the photos into it themselves."))
    if entry.flag_bits & 0x1:
        raise BadInput(_("The ZIP is locked with a password."))
    if entry.file_size > pictures.MAX_BYTES:
        raise BadInput(
            _("“%(name)s” is larger than 15 MB; choose a smaller one.")
            % {"name": PurePosixPath(name).name[:80]}
        )
