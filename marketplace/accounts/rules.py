"""What a telephone number and a country are, and who may give which role."""

from __future__ import annotations

import re
import unicodedata

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


# How a trader's identity may move on; every change after sending asks for a new decision.
IDENTITY_MOVES = frozenset(
    {
        ("draft", "draft"),
        ("draft", "submitted"),
        ("submitted", "submitted"),
        ("submitted", "verified"),
        ("submitted", "refused"),
        ("refused", "draft"),
        ("refused", "submitted"),
        ("verified", "submitted"),
    }
)

# What a trader certifies (EU Digital Services Act, article 30 (1) (e)): only to offer goods and
# services that comply with the law. A changed text gets a new name here.
CERTIFICATION_VERSION = "2026-11"

# Lengths alone; numbers.py tests check digits, whether a number exists nobody asks yet. VAT: the
# longest in use has 15 signs; IBAN (ISO 13616) has 34.
NUMBER_LENGTHS: dict[str, tuple[int, int]] = {
    "register_number": (2, 30),
    "vat_number": (4, 15),
    "payment_account": (4, 34),
    "document_number": (4, 20),
}


def plain_number(text: str) -> str:
    """Return a number as it is stored and compared: capitals and digits, nothing between them.

    >>> plain_number("de 123-456.789 ")
    'DE123456789'
    """
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign.isalnum())


def has_possible_length(kind: str, number: str) -> bool:
    """Say whether a plain number of `kind` could exist, judged by its length and nothing else.

    >>> has_possible_length("vat_number", "DE123456789"), has_possible_length("vat_number", "1")
    (True, False)
    """
    shortest, longest = NUMBER_LENGTHS[kind]
    return shortest <= len(number) <= longest


def session_is_over(
    *, since: float | None, seen: float | None, now: float, longest: float, idle: float | None
) -> bool:
    """Say whether a session has run out; all are seconds, `idle` None means no such limit.

    >>> session_is_over(since=0, seen=90, now=100, longest=100, idle=None)
    True
    >>> session_is_over(since=None, seen=None, now=100, longest=10, idle=10)
    False
    """
    if since is not None and now - since >= longest:
        return True
    return idle is not None and seen is not None and now - seen >= idle


_BROWSERS = ("Edg", "OPR", "SamsungBrowser", "Firefox", "FxiOS", "CriOS", "Chrome", "Safari")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "KAIOS", "Linux")
_NAMES = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "KAIOS": "KaiOS",
}


def device_name(user_agent: str) -> str:
    """Return browser and system as people know them; no version, nothing that tells one apart.

    >>> device_name("Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0")
    'Firefox, Android'
    """
    found = [
        next((_NAMES.get(word, word) for word in words if word in user_agent), "")
        for words in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name)
