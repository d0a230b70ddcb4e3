"""The operator's own network, if there is one: set before anything is described."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class _Slot:
    path: str = ""
    sha256: str = ""


_SLOT = _Slot()


def configure(path: str, sha256: str) -> None:
    """Use the ONNX file at `path` instead of the one that is shipped.

    It takes float32 RGB [n, 3, 224, 224] in 0..1 and gives a map [n, channels, height, width]
    or vectors [n, channels]. Its SHA-256 (hex) is checked when it is loaded, and is part of the
    descriptors' version: every photo is described anew.
    """
    _SLOT.path, _SLOT.sha256 = path, sha256.lower()


def configured() -> tuple[str, str]:
    """Return path and SHA-256 of the operator's file; two empty texts without one."""
    return _SLOT.path, _SLOT.sha256
