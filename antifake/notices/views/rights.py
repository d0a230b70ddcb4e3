"""The portal's home, rights with their photos and words, agents."""

from __future__ import annotations

import re
from uuid import uuid4

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from antifake.notices import queries
from antifake.notices.forms import AgentForm, PhotoForm, RightForm, WordingForm
from antifake.notices.views.common import cards, file_bytes, for_holders, noted
from antifake.references import queries as references
from antifake.references import services
from antifake.references.models import Right, RightState
from antifake.references.services import files
from marketplace.accounts.models import Role
from marketplace.accounts.queries import has_role
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError

PAGES = ["GET", "HEAD", "POST"]
LATEST = 10
PHOTO_BYTES = 15 * 1024 * 1024
NAME = re.compile(r"[0-9a-f]{32}")


@require_safe
@for_holders
@never_cache
def home(request: SignedInRequest) -> HttpResponse:
    """Show rights, notices, threads that run, and the record with the bar."""
    holder_id = references.acts_for(request.user.pk)[0]
    notices = queries.notices_of(request.user.pk)
    context = {
        "rights": list(references.rights_of(request.user.pk)),
        "notices": notices[:LATEST],
        "more": notices.count() > LATEST,
        "threads": queries.counters_for(request.user.pk)[:LATEST],
        "record": queries.record_of(holder_id=holder_id, by_id=request.user.pk, at=timezone.now()),
    }
    return render(request, "notices/home.html", context)


@require_http_methods(PAGES)
@for_holders
@never_cache
def new_right(request: SignedInRequest) -> HttpResponse:
    """Take a right with its proof; a form that fails keeps its words."""
    if request.method != "POST":
        return render(request, "references/new.html", {"form": RightForm(initial={"key": uuid4()})})
    form = RightForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            right = services.register_right(
                key=form.cleaned_data["key"],
                owner_id=references.acts_for(request.user.pk)[0],
                by_id=request.user.pk,
                claim=form.claim(),
                upload=file_bytes(form.cleaned_data["proof"], most=files.MOST_BYTES, field="proof"),
                at=timezone.now(),
            )
        except MarketplaceError as error:
            noted(form, error)
    if form.errors:
        return render(request, "references/new.html", {"form": form}, status=422)
    messages.success(request, _("Registered. A person looks at the proof, and you are told."))
    return redirect("notices:right", right.pk)


@require_safe
@for_holders
@never_cache
def right(request: SignedInRequest, right_id: int) -> HttpResponse:
    """Show one right: photos, words, how far the look at the catalogue is, what it found."""
    return _right(request, _mine(request, right_id))


@require_POST
@for_holders
def add_photo(request: SignedInRequest, right_id: int) -> HttpResponse:
    """Keep a reference photo; the catalogue is looked at again."""
    found, form = _mine(request, right_id), PhotoForm(request.POST, request.FILES)
    if found.brand_id is None or found.state != RightState.VERIFIED:
        messages.error(request, _("Photos are added once the right is verified."))
        return redirect("notices:right", found.pk)
    if form.is_valid():
        try:
            services.add_reference_photo(
                brand_id=found.brand_id,
                data=file_bytes(form.cleaned_data["photo"], most=PHOTO_BYTES, field="photo"),
                by_id=request.user.pk,
                at=timezone.now(),
            )
        except MarketplaceError as error:
            noted(form, error)
    if form.errors:
        return _right(request, found, photo_form=form, status=422)
    messages.success(request, _("Kept. All goods on sale are looked at again."))
    return redirect("notices:right", found.pk)


@require_POST
@for_holders
def add_wording(request: SignedInRequest, right_id: int) -> HttpResponse:
    """Keep words by which to look for goods."""
    found, form = _mine(request, right_id), WordingForm(request.POST)
    if form.is_valid():
        try:
            services.add_wording(
                right_id=found.pk,
                text=form.cleaned_data["text"],
                by_id=request.user.pk,
                at=timezone.now(),
            )
        except MarketplaceError as error:
            noted(form, error)
    if form.errors:
        return _right(request, found, wording_form=form, status=422)
    return redirect("notices:right", found.pk)


@require_safe
@for_holders
def picture(request: SignedInRequest, right_id: int, name: str) -> FileResponse:
    """Send one of the right's own reference photos."""
    found = _mine(request, right_id)
    if not NAME.fullmatch(name) or not references.photos_of(found).filter(name=name).exists():
        raise Http404
    stored = default_storage.open(references.reference_file(name))
    answer = FileResponse(stored, content_type="image/webp")
    answer["Cache-Control"] = "private, max-age=86400"
    return answer


@require_http_methods(PAGES)
@for_holders
@never_cache
def agents(request: SignedInRequest) -> HttpResponse:
    """Show who acts for whom, and name an agent."""
    form = AgentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.name_agent(
                holder_id=request.user.pk, email=form.cleaned_data["email"], at=timezone.now()
            )
        except MarketplaceError as error:
            noted(form, error)
    if request.method == "POST" and not form.errors:
        said = _("Whoever has an account with this address may file notices for you now.")
        messages.success(request, said)
        return redirect("notices:agents")
    context = {
        "form": form if has_role(request.user, Role.RIGHTS_HOLDER) else None,
        "agencies": references.agencies_of(request.user.pk),
    }
    return render(request, "references/agents.html", context, status=422 if form.errors else 200)


@require_POST
@for_holders
def end_agency(request: SignedInRequest, agency_id: int) -> HttpResponse:
    """End an agency at once."""
    mine = get_object_or_404(references.agencies_of(request.user.pk), pk=agency_id)
    services.end_agency(agency_id=mine.pk, by_id=request.user.pk, at=timezone.now())
    messages.success(request, _("Ended. What was filed stays."))
    return redirect("notices:agents" if references.acts_for(request.user.pk) else "accounts:me")


def _mine(request: SignedInRequest, right_id: int) -> Right:
    return get_object_or_404(references.rights_of(request.user.pk), pk=right_id)


def _right(
    request: SignedInRequest,
    found: Right,
    *,
    photo_form: PhotoForm | None = None,
    wording_form: WordingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    copies = queries.copies_of(found)
    sentences = {one.listing.pk: one.sentence for one in copies}
    context = {
        "right": found,
        "proofs": found.proofs.select_related("file"),
        "photos": references.photos_of(found),
        "wordings": found.wordings.order_by("pk"),
        "progress": queries.progress_of(found),
        "goods": [(one, sentences[one.pk]) for one in cards(list(sentences))],
        "photo_form": photo_form or PhotoForm(),
        "wording_form": wording_form or WordingForm(),
        "key": uuid4(),
        "verified": found.state == RightState.VERIFIED,
    }
    return render(request, "references/right.html", context, status=status)
