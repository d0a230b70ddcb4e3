"""Contact strings in words: how to reach somebody off the market. Kept as keyed hashes alone."""

from __future__ import annotations

import re
import unicodedata

from antifake.references.models import RememberedContact
from marketplace.accounts.sealing import keyed_hash_forms

CONTACT = "references.contact"  # what keyed hashes of contact strings are made for
_MAIL = re.compile(r"[\w.+-]{2,}@[\w-]+(?:\.[\w-]+)+")
# At least eight digits with the usual separators: no price, size or year is as long.
_PHONE = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){7,14}")
_HANDLE = re.compile(
    r"(?:whats\s?app|we\s?chat|weixin|telegram|instagram|yupoo|t\.me)"
    r"\s*(?:id\s*)?[:@/]\s*@?([a-z][\w.-]{4,})"
)


def contacts_in(text: str) -> frozenset[str]:
    """Return the contact strings in a text, written one way: mail, digits of a phone, names.

    >>> sorted(contacts_in("WhatsApp: +44 20 7946 0958, wechat: fine_bags88"))
    ['handle:fine_bags88', 'phone:442079460958']
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    mails = {f"mail:{found}" for found in _MAIL.findall(plain)}
    phones = {f"phone:{re.sub(r'[^0-9]', '', found)}" for found in _PHONE.findall(plain)}
    handles = {f"handle:{found.strip('._-')}" for found in _HANDLE.findall(plain)}
    return frozenset(mails | phones | handles)


def contact_is_remembered(text: str, *, but_shop: int) -> bool:
    """Say whether a removed seller other than this shop had written one of these contacts."""
    hashes = {
        form for word in contacts_in(text) for form in keyed_hash_forms(word, purpose=CONTACT)
    }
    remembered = RememberedContact.objects.filter(keyed_hash__in=hashes, forgotten_at__isnull=True)
    return bool(hashes) and remembered.exclude(shop_id=but_shop).exists()
