"""Pages of inspections: for sellers, staff and inspectors, and a public one for each result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from antifake.inspections import queries, rules, services, signing
from antifake.inspections.forms import AskForm, HandOverForm, OrderForm, ResultForm
from antifake.inspections.models import Inspection, Result, State
from antifake.inspections.services.results import file_of, storage
from marketplace.accounts.models import Role
from marketplace.accounts.queries import has_role
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError, NotAllowed
from marketplace.listings.models import Listing

PER_PAGE = 20
Made = TypeVar("Made")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def mine(request: SignedInRequest) -> HttpResponse:
    """List one's inspections, and take a seller's wish for one."""
    goods = queries.may_be_asked(request.user)
    form = AskForm(request.POST or None, listings=goods)
    if request.method == "POST" and not goods.exists():
        raise Http404
    made = None
    if request.method == "POST" and form.is_valid():
        made = _tried(
            form,
            lambda: services.ask(
                listing_id=form.cleaned_data["listing"].pk,
                by_id=request.user.pk,
                key=form.cleaned_data["key"],
                question=form.cleaned_data["question"],
                at=timezone.now(),
            ),
        )
    if made is not None:
        messages.success(request, _("Asked. An inspector takes it on, and you are told."))
        return redirect("inspections:mine")
    page = Paginator(queries.listed_for(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "form": form if goods.exists() else None}
    status = 422 if request.method == "POST" else 200
    return render(request, "inspections/mine.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def order(request: SignedInRequest, listing_id: int) -> HttpResponse:
    """Staff send goods to an inspector."""
    if not request.user.is_staff:
        raise PermissionDenied
    listing = get_object_or_404(Listing.objects.select_related("shop"), pk=listing_id)
    first = {"case_id": request.GET.get("case", "")}
    form = OrderForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        made = _tried(
            form,
            lambda: services.order(
                listing_id=listing.pk,
                by_id=request.user.pk,
                at=timezone.now(),
                **form.cleaned_data,
            ),
        )
        if made is not None:
            return redirect("inspections:detail", made.pk)
    status = 422 if request.method == "POST" else 200
    context = {"listing": listing, "form": form}
    return render(request, "inspections/order.html", context, status=status)


@require_safe
@login_required
def detail(request: SignedInRequest, inspection_id: int) -> HttpResponse:
    """Show an inspection with its chain of custody, and what one may do next."""
    return _page(request, _found(request, inspection_id))


@require_POST
@login_required
def accept(request: SignedInRequest, inspection_id: int) -> HttpResponse:
    """Take an inspection on."""
    row = _found(request, inspection_id)
    try:
        services.accept(inspection_id=row.pk, by_id=request.user.pk, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    return redirect("inspections:detail", row.pk)


@require_POST
@login_required
def hand_over(request: SignedInRequest, inspection_id: int) -> HttpResponse:
    """Write down one link of the chain."""
    row = _found(request, inspection_id)
    form = HandOverForm(request.POST)
    now = timezone.now()
    if form.is_valid():
        _tried(
            form,
            lambda: services.hand_over(
                inspection_id=row.pk,
                by_id=request.user.pk,
                happened_at=now,
                at=now,
                **form.cleaned_data,
            ),
        )
    if form.errors:
        return _page(request, row, hand_form=form, status=422)
    return redirect("inspections:detail", row.pk)


@require_POST
@login_required
def conclude(request: SignedInRequest, inspection_id: int) -> HttpResponse:
    """Take the inspector's word."""
    row = _found(request, inspection_id)
    form = ResultForm(request.POST, request.FILES)
    if form.is_valid():
        _tried(
            form,
            lambda: services.conclude(
                inspection_id=row.pk,
                by_id=request.user.pk,
                outcome=form.cleaned_data["outcome"],
                words=form.cleaned_data["words"],
                photos=[bytes(file.read()) for file in form.cleaned_data["photos"]],
                at=timezone.now(),
            ),
        )
    if form.errors:
        return _page(request, row, result_form=form, status=422)
    return redirect("inspections:detail", row.pk)


@require_safe
@login_required
def photo(request: SignedInRequest, inspection_id: int, name: str) -> FileResponse:
    """Serve a picture to whoever may open the inspection."""
    row = _found(request, inspection_id)
    found = get_object_or_404(row.photos, name=name)
    try:
        opened = storage().open(file_of(name=found.name))
    except FileNotFoundError as error:
        raise Http404 from error
    headers = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return FileResponse(opened, content_type="image/webp", headers=headers)


@require_safe
@never_cache
def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Show a result to anybody who has its code, and whether its signature is ours."""
    result = get_object_or_404(queries.results(), code=code)
    inspection = result.inspection
    context = {
        "result": result,
        "inspection": inspection,
        "links": inspection.hand_overs.all(),
        "is_signed": signing.is_signed(
            text=result.signed, signature=result.signature, public_key=result.public_key
        ),
        "is_mark": _is_mark(inspection, result),
    }
    return render(request, "inspections/verify.html", context)


def _is_mark(inspection: Inspection, result: Result) -> bool:
    listing = inspection.listing
    return bool(listing.inspected_code == result.code and listing.is_marked(timezone.now()))


def _found(request: SignedInRequest, inspection_id: int) -> Inspection:
    return get_object_or_404(queries.readable_by(request.user), pk=inspection_id)


def _page(
    request: SignedInRequest,
    row: Inspection,
    *,
    hand_form: HandOverForm | None = None,
    result_form: ResultForm | None = None,
    status: int = 200,
) -> HttpResponse:
    is_mine = row.inspector_id == request.user.pk
    running = row.state == State.ACCEPTED
    is_there = running and is_mine and rules.is_with_inspector(queries.links(row))
    links = list(row.hand_overs.select_related("by"))
    first = {"giver": links[-1].taker if links else "seller", "taker": "inspector"}
    context = {
        "inspection": row,
        "links": links,
        "photos": row.photos.order_by("pk"),
        "result": getattr(row, "result", None),
        "may_accept": row.state == State.OPEN and has_role(request.user, Role.INSPECTOR),
        "hand_form": (hand_form or HandOverForm(initial=first)) if running else None,
        "result_form": (result_form or ResultForm()) if is_there else None,
    }
    return render(request, "inspections/detail.html", context, status=status)


def _tried(form: Form, act: Callable[[], Made]) -> Made | None:
    """Do what a form asks; what is refused stands at its field, and None is returned."""
    try:
        return act()
    except NotAllowed as error:
        raise PermissionDenied(error.reason) from error
    except MarketplaceError as error:
        field = error.field if isinstance(error, BadInput) else ""
        form.add_error(field if field in form.fields else None, error.reason)
    return None
