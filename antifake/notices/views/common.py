"""What the pages of this room have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from antifake.references.queries.rights import acts_for
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError
from marketplace.listings.models import Listing
from marketplace.listings.queries import with_cards

View = Callable[..., HttpResponseBase]


def for_holders(view: View) -> View:
    """Let in rights holders and their agents; for all others the page does not exist."""

    @wraps(view)
    def only(request: SignedInRequest, *args: Any, **named: Any) -> HttpResponseBase:
        if not acts_for(request.user.pk):
            raise Http404
        return view(request, *args, **named)

    return login_required(only)


def noted(form: forms.Form, error: MarketplaceError) -> None:
    """Show an expected refusal at its field."""
    field = error.field if isinstance(error, BadInput) else ""
    form.add_error(field if field in form.fields else None, error.reason)


def file_bytes(upload: UploadedFile[bytes] | None, *, most: int, field: str) -> bytes:
    """Return an upload's bytes; a huge file is refused before it is read into memory."""
    if upload is None:
        return b""
    if (upload.size or 0) > most:
        said = _("This file is larger than %(most)d MB; choose a smaller one.")
        raise BadInput(said % {"most": most // 1_048_576}, field)
    return bytes(upload.read())


def key_of(sent: QueryDict) -> UUID:
    """Return the key of a form, a fresh one where none came."""
    try:
        return UUID(sent.get("key", ""))
    except ValueError:
        return uuid4()


def numbers(texts: Iterable[str]) -> list[int]:
    """Return the numbers among texts of a form."""
    return [int(text) for text in texts if text.isdecimal() and len(text) < 12]


def cards(listing_ids: Sequence[int]) -> list[Listing]:
    """Return goods as their cards show them, in the order of their ids."""
    rows = with_cards(Listing.objects.filter(pk__in=listing_ids)).prefetch_related("photos")
    found = rows.in_bulk()
    return [found[pk] for pk in listing_ids if pk in found]
