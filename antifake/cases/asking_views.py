"""The seller's side: questions about photos, documents, and the check while typing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from antifake.cases.asking_forms import OWN, DocumentForm, PhotoAnswerForm
from antifake.cases.models import ANSWERED, PhotoQuestion, QuestionState
from antifake.cases.queries import asking as queries
from antifake.cases.services import documents, drafts, questions
from antifake.references.models import Brand
from antifake.references.services.files import MOST_BYTES
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError, WrongState
from marketplace.listings.models import Listing
from marketplace.listings.queries import photo_url
from marketplace.shops.models import Shop
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act

PER_PAGE = 20
# A worker looks within seconds; whoever still waits then is told with the posting.
TURNS = 8


@require_safe
@login_required
def question_list(request: SignedInRequest) -> HttpResponse:
    """List the questions about the photos of one's shops, those that wait first."""
    page = Paginator(queries.questions_for(request.user), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "cases/questions.html", {"page_obj": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def question(request: SignedInRequest, question_id: int) -> HttpResponse:
    """Show one question and take its answer; a form that fails keeps its words."""
    found = get_object_or_404(queries.questions_for(request.user), pk=question_id)
    if request.method != "POST":
        return _question(request, found, PhotoAnswerForm())
    form = PhotoAnswerForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            questions.answer(
                question_id=found.pk,
                by_id=request.user.pk,
                own=form.cleaned_data["whose"] == OWN,
                words=form.cleaned_data["words"],
                upload=_bytes(form.cleaned_data["document"]),
                at=timezone.now(),
            )
        except MarketplaceError as error:
            _note(form, error)
    if form.errors:
        return _question(request, found, form, status=422)
    messages.success(request, _("Thank you. Your answer is kept; nothing else to do."))
    return redirect("cases:question", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def document_list(request: SignedInRequest) -> HttpResponse:
    """Show what one's shops may sell of protected names, and take a new document."""
    shop = _shop(request)
    if request.method != "POST":
        known = Brand.objects.filter(pk=_number(request.GET.get("brand"))).first()
        return _documents(request, shop, DocumentForm(initial={"brand": known}))
    if shop is None:
        raise Http404
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            documents.send_claim(
                shop_id=shop.pk,
                brand_id=form.cleaned_data["brand"].pk,
                by_id=request.user.pk,
                words=form.cleaned_data["words"],
                upload=_bytes(form.cleaned_data["document"]),
                at=timezone.now(),
            )
        except MarketplaceError as error:
            _note(form, error)
    if form.errors:
        return _documents(request, shop, form, status=422)
    messages.success(request, _("Sent. A person looks at it, and you are told."))
    return redirect("cases:documents")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def check(request: SignedInRequest, listing_id: int) -> HttpResponse:
    """Say what the check sees in goods before they are put on sale.

    GET is a page about the words as saved; POST the card for the form, about those as typed.
    """
    mine = Listing.objects.where_may(request.user.pk, Act.EDIT_LISTINGS).select_related("shop")
    listing = get_object_or_404(mine, pk=listing_id)
    if request.method == "POST":
        return _card(request, listing.shop, listing)
    context = _look(request, listing.shop, listing, listing.title, listing.description)
    return render(request, "cases/check.html", {**context, "turn": TURNS})


@require_POST
@login_required
@never_cache
def check_new(request: SignedInRequest) -> HttpResponse:
    """Say what the check sees in goods whose form was opened anew; its draft goes by the key."""
    shop = _shop(request)
    if shop is None:
        raise Http404
    key = _uuid(request.POST.get("key"))
    drafts_here = (
        Listing.objects.filter(shop=shop, draft_key=key) if key else Listing.objects.none()
    )
    return _card(request, shop, drafts_here.first())


def _card(request: SignedInRequest, shop: Shop, listing: Listing | None) -> HttpResponse:
    title, description = (request.POST.get(name, "")[:20_000] for name in ("title", "description"))
    context = _look(request, shop, listing, title, description)
    turn = _number(request.POST.get("turn")) + 1
    here = {"turn": turn, "again": turn < TURNS, "address": request.get_full_path()}
    return render(request, "cases/partials/card.html", {**context, **here})


def _look(
    request: SignedInRequest, shop: Shop, listing: Listing | None, title: str, description: str
) -> dict[str, Any]:
    try:
        card = drafts.card(
            shop_id=shop.pk,
            shop_name=shop.name,
            by_id=request.user.pk,
            listing=listing,
            title=title,
            description=description,
            at=timezone.now(),
        )
    except WrongState as error:
        return {"listing": listing, "shop": shop, "card": None, "reason": error.reason}
    waiting = queries.waiting_questions(request.user)
    asked = list(waiting.filter(listing=listing)) if listing and listing.posted_at else []
    return {"listing": listing, "shop": shop, "card": card, "asked": asked}


def _question(
    request: HttpRequest, found: PhotoQuestion, form: PhotoAnswerForm, status: int = 200
) -> HttpResponse:
    open_ = found.state in (QuestionState.OPEN, QuestionState.EXPIRED)
    context = {
        "question": found,
        "photo_url": photo_url(found.photo, "large") if found.photo else "",
        "form": form if open_ else None,
        "answered": found.state in ANSWERED,
    }
    return render(request, "cases/question.html", context, status=status)


def _documents(
    request: SignedInRequest, shop: Shop | None, form: DocumentForm, status: int = 200
) -> HttpResponse:
    shops = list(shops_where(request.user, Act.EDIT_LISTINGS).order_by("pk"))
    context = {
        "shop": shop,
        "shops": shops,
        "claims": queries.claims_for(request.user),
        "form": form if shop and form.fields["brand"].queryset.exists() else None,  # type: ignore[attr-defined]
    }
    return render(request, "cases/documents.html", context, status=status)


def _shop(request: SignedInRequest) -> Shop | None:
    """Return the chosen shop, or the first in which the person edits goods."""
    shops = list(shops_where(request.user, Act.EDIT_LISTINGS).order_by("pk"))
    chosen = request.GET.get("shop", "")
    if not chosen:
        return shops[0] if shops else None
    for shop in shops:
        if str(shop.pk) == chosen:
            return shop
    raise Http404


def _bytes(upload: UploadedFile[bytes] | None) -> bytes:
    if upload is None:
        return b""
    if (upload.size or 0) > MOST_BYTES:  # before a huge file is read into memory
        raise BadInput(_("This file is larger than 5 MB; choose a smaller one."), "document")
    return bytes(upload.read())


def _note(form: forms.Form, error: MarketplaceError) -> None:
    field = error.field if isinstance(error, BadInput) else ""
    form.add_error(field if field in form.fields else None, error.reason)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
