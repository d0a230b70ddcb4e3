"""Personal data at rest: AES-GCM for what we must read again, keyed hashes for what we compare."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

_NONCE_BYTES = 12  # the size NIST SP 800-38D recommends for GCM


def _key() -> bytes:
    return hashlib.sha256(b"ewtp-seal" + settings.SEALING_KEY.encode()).digest()


def seal(text: str) -> str:
    """Encrypt `text`; the same text seals differently each time. Empty stays empty."""
    if not text:
        return ""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_key()).encrypt(nonce, text.encode(), None)
    return base64.b64encode(nonce + sealed).decode()


def unseal(sealed: str) -> str:
    """Decrypt what `seal` made. Raises cryptography's InvalidTag when altered."""
    if not sealed:
        return ""
    raw = base64.b64decode(sealed)
    return AESGCM(_key()).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()


def keyed_hash(value: str, *, purpose: str) -> str:
    """Return a hex HMAC-SHA256 of `value`; `purpose` keeps kinds of value apart."""
    message = f"{purpose}\0{value}".encode()
    return hmac.new(settings.PEPPER.encode(), message, hashlib.sha256).hexdigest()


def masked(value: str, *, shown: int = 2) -> str:
    """Return `value` with all but the last `shown` characters hidden.

    >>> masked("+250788123456")
    '•••••••••••56'
    """
    return "•" * max(0, len(value) - shown) + value[-shown:] if value else ""


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """A text column whose contents are encrypted in the database and plain in Python."""

    def get_prep_value(self, value: Any) -> Any:
        """Seal on the way in."""
        prepared = super().get_prep_value(value)
        return seal(prepared) if isinstance(prepared, str) else prepared

    def from_db_value(self, value: Any, *_query: object) -> Any:
        """Unseal on the way out."""
        return unseal(value) if isinstance(value, str) else value
