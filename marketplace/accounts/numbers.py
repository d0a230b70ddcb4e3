"""Check digits of the numbers that traders give, by python-stdnum; no register is asked.

A number that no published algorithm covers passes here: its length is tested elsewhere (rules),
and staff look at it.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from stdnum import exceptions, get_cc_module, iban, numdb
from stdnum.br import cnpj
from stdnum.cn import uscc
from stdnum.fr import siren, siret

# Registers whose numbers carry a check digit and nothing else than that number is meant.
_REGISTERS: dict[str, tuple[Any, ...]] = {
    "BR": (cnpj,),
    "CN": (uscc,),
    "FR": (siren, siret),
}
# What stdnum calls the numbers that tax offices give.
_TAX_KINDS = ("vat", "tin")


def wrong_tax_number(country: str, number: str) -> str:
    """Return a sentence on what is wrong with a VAT or tax number; empty when nothing is.

    `country` is ISO 3166-1. Any of the country's known kinds will do.
    """
    known = [get_cc_module(country.lower(), kind) for kind in _TAX_KINDS]
    return _wrong([module for module in known if module], number, country)


def wrong_register_number(country: str, number: str) -> str:
    """Return a sentence on what is wrong with a company's number; empty when nothing is known.

    Only where the country has one register whose numbers carry a check digit.
    """
    return _wrong(list(_REGISTERS.get(country, ())), number, country)


def wrong_iban(account: str) -> str:
    """Return a sentence on what is wrong with an IBAN; empty for other kinds of accounts."""
    compact = iban.compact(account)
    found = numdb.get("iban").info(compact)
    has_ibans = bool(found and found[0][1])
    if not (has_ibans and compact[2:4].isdigit()):
        return ""
    try:
        iban.validate(compact)
    except exceptions.InvalidChecksum:
        return _("The check digits of this IBAN do not fit: one sign is probably mistyped.")
    except exceptions.ValidationError:
        return _("This IBAN is too short, too long, or has a sign that cannot stand there.")
    return ""


def _wrong(modules: list[Any], number: str, country: str) -> str:
    said = ""
    for module in modules:
        try:
            module.validate(number)
        except exceptions.InvalidChecksum:
            said = _("The check digit of this number does not fit: one sign is mistyped.")
        except exceptions.ValidationError:
            said = said or _("A number of %(country)s does not look like this.") % {
                "country": country
            }
        else:
            return ""
    return said
