"""Sealing what happened, and giving evidence to authorities."""

from antifake.transparency.services.evidence import make_bundle, open_bundle
from antifake.transparency.services.seal import Sealed, note_check, seal

__all__ = ["Sealed", "make_bundle", "note_check", "open_bundle", "seal"]
