"""Finding goods by words or by a picture, to name them in one notice."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from PIL import Image

from antifake.notices.forms import PhotoForm
from antifake.notices.rules import MOST_LINKS
from antifake.notices.views.common import cards, file_bytes, for_holders, noted
from antifake.notices.views.rights import PHOTO_BYTES
from antifake.references import queries as references
from antifake.references.models import Wording
from marketplace.accounts import throttles
from marketplace.accounts.requests import SignedInRequest
from marketplace.accounts.throttles import Limit
from marketplace.errors import MarketplaceError, WrongState
from marketplace.listings.models import Listing
from marketplace.listings.queries.search import Wish
from marketplace.listings.queries.search import find as search
from marketplace.listings.services import pictures

LOOKED_FOR = Limit("notices/pictures", 60, timedelta(hours=1))


@require_http_methods(["GET", "HEAD", "POST"])
@for_holders
@never_cache
def find(request: SignedInRequest) -> HttpResponse:
    """Find goods on sale: by words with GET, by a picture with POST."""
    form = PhotoForm(request.POST, request.FILES) if request.method == "POST" else PhotoForm()
    words = request.GET.get("q", "").strip()[:200]
    goods: list[tuple[Listing, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            upload = file_bytes(form.cleaned_data["photo"], most=PHOTO_BYTES, field="photo")
            goods = _by_picture(request.user.pk, upload)
        except MarketplaceError as error:
            noted(form, error)
    elif words:
        found = search(Wish(text=words), at=timezone.now(), count=MOST_LINKS)
        goods = [(one, "") for one in cards([row.pk for row in found.rows])]
    mine = references.usable_rights(request.user.pk, at=timezone.now())
    context = {
        "words": words,
        "form": form,
        "goods": goods,
        "looked": bool(words) or (request.method == "POST" and not form.errors),
        "rights": list(mine),
        "wordings": Wording.objects.filter(right__in=mine).order_by("text"),
        "key": uuid4(),
    }
    return render(request, "notices/find.html", context, status=422 if form.errors else 200)


def _by_picture(user_id: int, upload: bytes) -> list[tuple[Listing, str]]:
    if not throttles.take(limit=LOOKED_FOR, subject=f"user:{user_id}", at=timezone.now()):
        raise WrongState(_("You have looked for a lot in a short time. Please wait an hour."))
    clean = pictures.clean(data=upload).large
    with Image.open(io.BytesIO(clean), formats=("WEBP",)) as image:
        shown = references.goods_showing(image.convert("RGB"))
    words = {one.listing_id: _how_sure(is_copy=one.is_copy) for one in shown[:MOST_LINKS]}
    return [(one, words[one.pk]) for one in cards(list(words))]


def _how_sure(*, is_copy: bool) -> str:
    return _("The same picture, or made from it.") if is_copy else _("Perhaps the same picture.")
