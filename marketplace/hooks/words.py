"""Sentences for what went wrong, by its code."""

from __future__ import annotations

from django.utils.translation import gettext as _

from marketplace.hooks.caller import CONNECT_SECONDS, WHOLE_SECONDS


def problem(code: str) -> str:
    """Return why an address cannot be used (codes of `addresses.Unfit`)."""
    return {
        "too_long": _("This address is too long."),
        "signs": _("This address holds signs, a user name or a # part that we cannot send to."),
        "scheme": _("The address must begin with https://."),
        "host": _("This is no name of a server that we understand."),
        "number": _("Give the server's name, not its number."),
        "private": _("This name belongs to a private network. We call public addresses only."),
        "port": _("We call the ports 443 and 8443 only."),
    }[code]


def not_yours() -> str:
    """Return why a webhook cannot be had for an owner."""
    return _("Only the owner may change these webhooks.")


def error(code: str) -> str:
    """Return what hindered a call (codes of `caller.Answer.error`); empty for the empty code."""
    return {
        "": "",
        "refused": _("The name leads to a private address. Nothing was sent."),
        "timeout": _("No answer in time (%(connect)d seconds to connect, %(whole)d in all).")
        % {"connect": CONNECT_SECONDS, "whole": WHOLE_SECONDS},
        "tls": _("No safe connection: the certificate does not fit the name, or is not trusted."),
        "name": _("The name of the server is not known."),
        "connection": _("The server took no connection, or broke it off."),
        "answer": _("The answer was no HTTP that we understand."),
        "address": _("The address of this endpoint is no longer allowed."),
    }[code]
