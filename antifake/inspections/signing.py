"""The platform's signature under results (Ed25519, RFC 8032); anybody can check it.

The key follows from EWTP_SEAL_KEY, so that nothing more has to be kept. A result carries the
public key it was signed with: it stays checkable when the key is changed, and our page says
whether the key is still ours.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

PURPOSE = b"inspections.result.1"


def sign(text: str) -> tuple[str, str]:
    """Return the signature under a text and the public key, both hexadecimal."""
    key = _key(settings.SEAL_KEY)
    return key.sign(text.encode()).hex(), _public(key)


def is_signed(*, text: str, signature: str, public_key: str) -> bool:
    """Say whether a signature fits a text and a key that is, or was, ours."""
    if public_key not in our_public_keys():
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def our_public_keys() -> list[str]:
    """Return the public keys of the present key and of the one before."""
    keys = (settings.SEAL_KEY, settings.SEAL_KEY_OLD)
    return [_public(_key(key)) for key in keys if key]


def _key(secret: str) -> Ed25519PrivateKey:
    seed = hmac.new(secret.encode(), PURPOSE, hashlib.sha256).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()
