"""Before anything is sent: what in it leads away from the market, and whether the writer knows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from marketplace.errors import BadInput
from marketplace.talk.models import Found
from marketplace.talk.rules import leaks


class LeaksFound(BadInput):
    """A text leads away from the market, and its writer has not been told so yet."""

    def __init__(self, found: Sequence[leaks.Finding]) -> None:
        super().__init__(_("Please read the warning, then send it or change it."), "text")
        self.found = found


def checked(*, text: str, accepted: Collection[str]) -> list[str]:
    """Return the kinds found in a message, each once.

    `accepted` are the kinds about which the writer was warned and still wants to send: a message
    is never dropped in silence, and its receiver reads the warning too.
    Raises LeaksFound when there is a kind that is not accepted.
    """
    found = leaks.find(text, own_host=_own_host())
    kinds = [kind for kind in leaks.KINDS if any(one.kind == kind for one in found)]
    if not set(kinds) <= set(accepted):
        raise LeaksFound(found)
    return kinds


def require_none(*, text: str, field: str = "text") -> None:
    """Refuse a public text that leads away: what everybody reads cannot be taken back."""
    found = leaks.find(text, own_host=_own_host())
    if found:
        what = ", ".join(dict.fromkeys(str(Found(one.kind).label) for one in found))
        words = ", ".join(f"“{one.words}”" for one in found[:3])
        sentence = _("Everybody reads this, so it may not hold %(what)s: %(words)s. Leave it out.")
        raise BadInput(sentence % {"what": what, "words": words}, field)


def _own_host() -> str:
    return urlsplit(settings.SITE_URL).hostname or ""
