"""Questions about goods: reading, asking, answering."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.models import User
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.listings.models import Listing
from marketplace.talk import forms, queries
from marketplace.talk.services import questions

A_PAGE = 20
IN_A_FRAGMENT = 3


@require_safe
def of_listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """What was asked and answered about goods; a page, and a fragment of the goods' page."""
    listing = get_object_or_404(Listing.objects.live().select_related("shop"), pk=listing_id)
    user = request.user if isinstance(request.user, User) else None
    context: dict[str, object] = {
        "listing": listing,
        "may_ask": user is None
        or queries.may_ask(user_id=user.pk, is_guest=user.guest, listing=listing),
    }
    if request.htmx:  # type: ignore[attr-defined]
        shown = queries.questions_of(listing.pk, IN_A_FRAGMENT + 1)
        context |= {"questions": shown[:IN_A_FRAGMENT], "more": len(shown) > IN_A_FRAGMENT}
        return render(request, "talk/partials/questions.html", context)
    page = Paginator(queries.answered(listing.pk), A_PAGE).get_page(request.GET.get("page"))
    context |= {"page_obj": page, "questions": list(page)}
    if user is not None:
        context["waiting"] = queries.asked_by(user_id=user.pk, listing_id=listing.pk)
    return render(request, "talk/questions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask(request: SignedInRequest, listing_id: int) -> HttpResponse:
    """Ask something that other buyers will want to know, too."""
    listing = get_object_or_404(Listing.objects.live().select_related("shop"), pk=listing_id)
    user = request.user
    if not queries.may_ask(user_id=user.pk, is_guest=user.guest, listing=listing):
        messages.error(request, _("You cannot ask about these goods."))
        return redirect("talk:questions", listing.pk)
    form = forms.QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            questions.ask(
                listing_id=listing.pk,
                by_id=user.pk,
                key=str(form.cleaned_data["key"]),
                text=form.cleaned_data["text"],
                at=timezone.now(),
            )
        except MarketplaceError as error:
            form.add_error(None, error.reason)
        else:
            messages.success(request, _("The shop has your question. We tell you of the answer."))
            return redirect("talk:questions", listing.pk)
    status = 422 if request.method == "POST" else 200
    context = {"listing": listing, "form": form}
    return render(request, "talk/ask.html", context, status=status)


@require_safe
@login_required
def received(request: SignedInRequest) -> HttpResponse:
    """What was asked about a person's goods, with a place to answer."""
    found = queries.questions_for(request.user.pk)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    rows = [
        (one, None if one.answer else forms.AnswerForm(auto_id=f"answer-{one.pk}-%s"))
        for one in page
    ]
    return render(request, "talk/received.html", {"page_obj": page, "rows": rows})


@require_POST
@login_required
def answer(request: SignedInRequest, question_id: int) -> HttpResponse:
    """The shop's one answer."""
    found = get_object_or_404(queries.questions_for(request.user.pk), pk=question_id)
    form = forms.AnswerForm(request.POST, auto_id=f"answer-{found.pk}-%s")
    if form.is_valid():
        try:
            questions.answer(
                question_id=found.pk,
                by_id=request.user.pk,
                text=form.cleaned_data["text"],
                at=timezone.now(),
            )
        except MarketplaceError as error:
            form.add_error("text", error.reason)
    if form.errors:
        context = {"rows": [(found, form)], "refused": True}
        return render(request, "talk/received.html", context, status=422)
    messages.success(request, _("Everybody can read your answer now."))
    return redirect("talk:received")
