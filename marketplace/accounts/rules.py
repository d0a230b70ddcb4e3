"""What a telephone number and a country are, and who may give which role."""

from __future__ import annotations

import re

import phonenumbers

# ISO 3166-1 codes as libphonenumber lists them, less Ascension and Tristan da Cunha, which it
# keeps for numbering only (exceptional reservations, not official codes).
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS) - {"AC", "TA"}

# Roles that open the admin or decide about people: only a superuser gives or takes them.
GUARDED_ROLES = frozenset({"staff", "risk_officer"})


def e164(text: str) -> str:
    """Return an international telephone number as ITU-T E.164 writes it.

    "00" in front stands for "+", as most of the world dials it.

    >>> e164("+250 788 123 456")
    '+250788123456'
    >>> e164("00250-788-123456")
    '+250788123456'

    Raises ValueError if the number lacks its country code or cannot exist.
    """
    text = text.strip()
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as error:
        raise ValueError("not an international telephone number") from error
    if not phonenumbers.is_valid_number(number):
        raise ValueError("no such telephone number")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def one_line(text: str) -> str:
    """Return `text` with white space single, and without commands that turn its direction.

    >>> one_line("Basket\\r\\nBcc: all"), one_line("pay\\u202elap")
    ('Basket Bcc: all', 'paylap')
    """
    return re.sub(r"\s+", " ", re.sub("[\u202a-\u202e\u2066-\u2069]", "", text)).strip()


def may_grant(role: str, *, granter_is_staff: bool, granter_is_superuser: bool) -> bool:
    """Say whether a person may give or take `role`."""
    return granter_is_superuser or (granter_is_staff and role not in GUARDED_ROLES)
