"""Personal data at rest: what we must read again is encrypted, what we compare is a keyed hash.

Keys form a ring: the current one writes, it and the old one read (settings SEALING_KEY and
SEALING_KEY_OLD, PEPPER and PEPPER_OLD). Every stored value begins with the short id of its key,
so that `manage.py rotate_keys` finds what is old. docs/decisions tells why in this way.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from django.conf import settings
from django.db import models

_NONCE_BYTES = 12  # the size NIST SP 800-38D recommends for GCM
# A value that `seal` or `seal_findable` made, wherever it stands in a text.
SEALED = re.compile(r"\bk[0-9a-f]{8}:[A-Za-z0-9+/]+=*")


class KeyMissing(Exception):
    """A value was sealed with a key that is not on the ring: the settings lack it."""


@dataclass(frozen=True)
class _SealingKey:
    id: str
    gcm: AESGCM
    siv: AESSIV


@dataclass(frozen=True)
class _Pepper:
    id: str
    secret: bytes


@lru_cache(maxsize=16)
def _sealing_key(secret: str) -> _SealingKey:
    # One secret, two keys that have nothing to do with each other, and a name that tells neither.
    return _SealingKey(
        id="k" + hashlib.sha256(b"ewtp-seal-id" + secret.encode()).hexdigest()[:8],
        gcm=AESGCM(hashlib.sha256(b"ewtp-seal" + secret.encode()).digest()),
        siv=AESSIV(hashlib.sha512(b"ewtp-seal-findable" + secret.encode()).digest()),
    )


@lru_cache(maxsize=16)
def _pepper(secret: str) -> _Pepper:
    digest = hashlib.sha256(b"ewtp-pepper-id" + secret.encode()).hexdigest()
    return _Pepper(id="p" + digest[:8], secret=secret.encode())


def _sealing_ring() -> list[_SealingKey]:
    secrets = (settings.SEALING_KEY, settings.SEALING_KEY_OLD)
    return [_sealing_key(secret) for secret in secrets if secret]


def _pepper_ring() -> list[_Pepper]:
    return [_pepper(secret) for secret in (settings.PEPPER, settings.PEPPER_OLD) if secret]


def current_key_id() -> str:
    """Return the id that begins every value sealed now, such as "k1f00ba55"."""
    return _sealing_key(settings.SEALING_KEY).id


def current_pepper_id() -> str:
    """Return the id that begins every keyed hash made now, such as "p1f00ba55"."""
    return _pepper(settings.PEPPER).id


def seal(text: str, *, bound_to: str = "") -> str:
    """Encrypt `text` (AES-256-GCM); the same text seals differently each time. Empty stays empty.

    `bound_to` names the column ("table.column"): elsewhere the value does not open.
    """
    if not text:
        return ""
    key, nonce = _sealing_key(settings.SEALING_KEY), os.urandom(_NONCE_BYTES)
    sealed = nonce + key.gcm.encrypt(nonce, text.encode(), bound_to.encode())
    return f"{key.id}:{base64.b64encode(sealed).decode()}"


def unseal(sealed: str, *, bound_to: str = "") -> str:
    """Decrypt what `seal` made for the same `bound_to`.

    Raises KeyMissing if its key is not on the ring, cryptography's InvalidTag if it was altered
    or taken from another column.
    """
    if not sealed:
        return ""
    key_id, colon, body = sealed.rpartition(":")
    raw = base64.b64decode(body)
    nonce, rest = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
    if colon:
        return _key_named(key_id).gcm.decrypt(nonce, rest, bound_to.encode()).decode()
    return _unseal_unnamed(nonce, rest)


def seal_findable(text: str, *, bound_to: str) -> str:
    """Encrypt `text` so that it seals alike each time (AES-SIV, RFC 5297): it can be looked up.

    Who reads the column learns which values are equal, and nothing else but their length.
    """
    key = _sealing_key(settings.SEALING_KEY)
    return _findable(key, text, bound_to) if text else ""


def unseal_findable(sealed: str, *, bound_to: str) -> str:
    """Decrypt what `seal_findable` made for the same `bound_to`; raises as `unseal` does."""
    if not sealed:
        return ""
    key_id, _colon, body = sealed.rpartition(":")
    raw = base64.b64decode(body)
    return _key_named(key_id).siv.decrypt(raw, [bound_to.encode()]).decode()


def findable_forms(text: str, *, bound_to: str) -> list[str]:
    """Return every form in which `text` may stand in the column: one for each key of the ring."""
    return [_findable(key, text, bound_to) if text else "" for key in _sealing_ring()]


def keyed_hash(value: str, *, purpose: str) -> str:
    """Return a keyed hash of `value`: pepper id, colon, HMAC-SHA256 in base64; 53 characters.

    `purpose` keeps kinds of value apart: equal values of two purposes hash differently.
    """
    return _hashed(_pepper(settings.PEPPER), value, purpose)


def keyed_hash_forms(value: str, *, purpose: str) -> list[str]:
    """Return every keyed hash under which `value` may be stored: one for each pepper."""
    return [_hashed(pepper, value, purpose) for pepper in _pepper_ring()]


def seal_file(data: bytes) -> tuple[str, bytes]:
    """Encrypt a file under a key of its own (AES-256-GCM); return the key as text, and the file.

    The key belongs into a SealedTextField beside the file's name: keys of the ring change without
    a file being written again, and a file whose key is erased is erased wherever it was copied.
    """
    key, nonce = AESGCM.generate_key(bit_length=256), os.urandom(_NONCE_BYTES)
    return base64.b64encode(key).decode(), nonce + AESGCM(key).encrypt(nonce, data, None)


def unseal_file(key: str, sealed: bytes) -> bytes:
    """Decrypt what `seal_file` made; raises cryptography's InvalidTag if it was altered."""
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return AESGCM(base64.b64decode(key)).decrypt(nonce, rest, None)


def reseal(sealed: str, *, bound_to: str = "") -> str:
    """Return what `seal` made under any key of the ring, sealed with the current one."""
    return seal(unseal(sealed, bound_to=bound_to), bound_to=bound_to)


def masked(value: str, *, shown: int = 2) -> str:
    """Return `value` with all but the last `shown` characters hidden.

    >>> masked("+250788123456")
    '•••••••••••56'
    """
    return "•" * max(0, len(value) - shown) + value[-shown:] if value else ""


def masked_email(address: str | None) -> str:
    """Return an e-mail address with all of its name but the first letter hidden.

    >>> masked_email("chipo@demo.example"), masked_email(None)
    ('c•••@demo.example', '')
    """
    name, _at, domain = (address or "").partition("@")
    return f"{name[:1]}•••@{domain}" if domain else ""


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """A text column whose contents are encrypted in the database and plain in Python."""

    @property
    def bound_to(self) -> str:
        """Return the place to which every value of this column is bound."""
        return f"{self.model._meta.db_table}.{self.column}"

    def get_prep_value(self, value: Any) -> Any:
        """Seal on the way in."""
        prepared = super().get_prep_value(value)
        return seal(prepared, bound_to=self.bound_to) if isinstance(prepared, str) else prepared

    def from_db_value(self, value: Any, *_query: object) -> Any:
        """Unseal on the way out."""
        return unseal(value, bound_to=self.bound_to) if isinstance(value, str) else value

    def opened(self, stored: str) -> str:
        """Return the plain text of a stored value."""
        return unseal(stored, bound_to=self.bound_to)

    def closed(self, text: str) -> str:
        """Return what is stored for `text`."""
        return seal(text, bound_to=self.bound_to)


@dataclass(frozen=True)
class SealedFragments:
    """A column of any kind, text or JSON, in which values made by `seal` stand."""

    model: type[models.Model]
    column: str
    bound_to: str


_fragments: dict[tuple[str, str], SealedFragments] = {}


def also_rotate(model: type[models.Model], column: str, *, bound_to: str = "") -> None:
    """Have `manage.py rotate_keys` renew what `seal` made inside this column, JSON or text.

    For code that calls `seal` itself; call it in an AppConfig's ready. Safe to repeat.
    """
    _fragments[model._meta.label_lower, column] = SealedFragments(model, column, bound_to)


def columns_with_fragments() -> Iterable[SealedFragments]:
    """Return what `also_rotate` was told."""
    return list(_fragments.values())


def _key_named(key_id: str) -> _SealingKey:
    for key in _sealing_ring():
        if key.id == key_id:
            return key
    raise KeyMissing(f"no sealing key {key_id}: set EWTP_SEALING_KEY_OLD to the key before")


def _unseal_unnamed(nonce: bytes, rest: bytes) -> str:
    """Open a value from before keys had names and values had places."""
    for key in _sealing_ring():
        try:
            return key.gcm.decrypt(nonce, rest, None).decode()
        except InvalidTag:
            continue
    raise KeyMissing("no sealing key opens this value")


def _findable(key: _SealingKey, text: str, bound_to: str) -> str:
    sealed = key.siv.encrypt(text.encode(), [bound_to.encode()])
    return f"{key.id}:{base64.b64encode(sealed).decode()}"


def _hashed(pepper: _Pepper, value: str, purpose: str) -> str:
    message = f"{purpose}\0{value}".encode()
    digest = hmac.digest(pepper.secret, message, "sha256")
    return f"{pepper.id}:{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
