"""Writing a review, answering it, and reading what others wrote."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.care import forms, queries
from marketplace.care.models import Review
from marketplace.care.services import reviews
from marketplace.errors import MarketplaceError
from marketplace.listings.models import Listing
from marketplace.orders.models import OrderLine
from marketplace.shops.models import Shop

A_PAGE = 20
IN_A_FRAGMENT = 5


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def review(request: SignedInRequest, line_id: int) -> HttpResponse:
    """The buyer says what a bought line is worth."""
    mine = OrderLine.objects.filter(order__buyer=request.user)
    line = get_object_or_404(mine.select_related("order__shop", "variant__listing"), pk=line_id)
    written = Review.objects.filter(line=line).first()
    if written is None and line not in queries.reviewable_lines(line.order):
        messages.error(request, _("You can review goods once you have received them."))
        return redirect("orders:detail", order_id=line.order_id)
    form = forms.ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reviews.post(
                line_id=line.pk, by_id=request.user.pk, at=timezone.now(), **form.cleaned_data
            )
        except MarketplaceError as error:
            form.add_error(None, error.reason)
        else:
            messages.success(request, _("Thank you. Others can read it now."))
            return redirect("orders:detail", order_id=line.order_id)
    status = 422 if request.method == "POST" else 200
    context = {"line": line, "form": form, "written": written}
    return render(request, "care/review.html", context, status=status)


@require_safe
@login_required
def received(request: SignedInRequest) -> HttpResponse:
    """What buyers wrote about a person's shops, with a place to answer."""
    page = _paged(request, queries.reviews_received(request.user.pk))
    forms_of = [
        (one, None if one.answer else forms.AnswerForm(auto_id=f"answer-{one.pk}-%s"))
        for one in page
    ]
    return render(request, "care/received.html", {"page_obj": page, "rows": forms_of})


@require_POST
@login_required
def answer(request: SignedInRequest, review_id: int) -> HttpResponse:
    """The shop's one answer."""
    found = get_object_or_404(queries.reviews_received(request.user.pk), pk=review_id)
    form = forms.AnswerForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    try:
        reviews.answer(review_id=found.pk, by_id=request.user.pk, text=text, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, _("Your answer stands under the review."))
    return redirect("care:received")


@require_safe
def of_listing(request: HttpRequest, listing_id: int) -> HttpResponse:
    """What buyers say of these goods; a page, and a fragment of the goods' page."""
    listing = get_object_or_404(Listing.objects.live().select_related("shop"), pk=listing_id)
    found = queries.reviews_of_listing(listing.pk)
    stars = queries.stars_of_listing(listing.pk, at=timezone.now())
    return _reviews(request, found, stars, listing.title, {"listing": listing})


@require_safe
def of_shop(request: HttpRequest, slug: str) -> HttpResponse:
    """What buyers say of a shop's goods; a page, and a fragment of the shop's page."""
    shop = get_object_or_404(Shop.objects.open(), slug=slug)
    found = queries.reviews_of_shop(shop.pk)
    stars = queries.stars_of_shop(shop.pk, at=timezone.now())
    return _reviews(request, found, stars, shop.name, {"shop": shop})


def _reviews(
    request: HttpRequest,
    found: QuerySet[Review],
    stars: queries.Stars,
    subject: str,
    about: dict[str, object],
) -> HttpResponse:
    context = {**about, "stars": stars, "subject": subject}
    if request.htmx:  # type: ignore[attr-defined]
        rows = list(found[:IN_A_FRAGMENT])
        context |= {"rows": rows, "more": stars.count > len(rows)}
        return render(request, "care/partials/reviews.html", context)
    page = _paged(request, found)
    return render(request, "care/reviews.html", {**context, "page_obj": page, "rows": list(page)})


def _paged(request: HttpRequest, found: QuerySet[Review]):  # type: ignore[no-untyped-def]
    return Paginator(found, A_PAGE).get_page(request.GET.get("page"))
