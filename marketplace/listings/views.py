"""A seller's goods: the list, the one form, and the pictures themselves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.listings import queries, saving, serving
from marketplace.listings.forms import CountForm, ListingForm, sent_rows, show_needed, variant_rows
from marketplace.listings.models import Category, Listing, ListingState, Photo
from marketplace.listings.queries.why import why
from marketplace.listings.services import listing as listings
from marketplace.shops.models import Shop
from marketplace.shops.queries import may, shops_where
from marketplace.shops.rules import Act

PAGE = 30


@require_safe
@login_required
def mine(request: SignedInRequest) -> HttpResponse:
    """Show a seller's own goods in every state, with the reasons where something is withheld."""
    own = queries.with_cards(Listing.objects.where_may(request.user.pk, Act.SEE_LISTINGS)).order_by(
        "-pk"
    )
    page = Paginator(own, PAGE).get_page(request.GET.get("page"))
    reasons: dict[int, list[Any]] = {}
    for row in queries.active_withholdings([listing.pk for listing in page]):
        reasons.setdefault(row.listing_id, []).append(row)
    editable = set(shops_where(request.user, Act.EDIT_LISTINGS).values_list("pk", flat=True))
    rows = [(listing, reasons.get(listing.pk, []), listing.shop_id in editable) for listing in page]
    context = {
        "rows": rows,
        "page": page,
        "may_add": bool(editable),
        "late": queries.late_in_check(page, at=timezone.now()),
    }
    return render(request, "listings/mine.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: SignedInRequest) -> HttpResponse:
    """List new goods. Whatever is wrong, the draft with its photos is kept."""
    shop = _chosen_shop(request)
    if shop is None:
        return redirect("shops:apply")
    if request.method == "POST":
        return _save(request, shop, None)
    last = Listing.objects.filter(shop=shop).order_by("-pk").first()
    first_shelf = Category.objects.first()
    shelf = last.category_id if last else getattr(first_shelf, "pk", None)
    form = ListingForm.blank(shelf)
    return _page(request, shop, None, form, variant_rows([], shop.currency))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: SignedInRequest, listing_id: int) -> HttpResponse:
    """Change own goods, or finish a draft."""
    own = Listing.objects.where_may(request.user.pk, Act.EDIT_LISTINGS).select_related("shop")
    listing = get_object_or_404(own, pk=listing_id)
    if request.method == "POST":
        return _save(request, listing.shop, listing)
    rows = variant_rows(list(listing.variants.all()), listing.shop.currency)
    return _page(request, listing.shop, listing, ListingForm.of(listing), rows)


@require_POST
@login_required
def autosave_new(request: SignedInRequest) -> HttpResponse:
    """Keep what is typed into the form for new goods: one draft for each form."""
    shop = _chosen_shop(request)
    if shop is None:
        raise Http404
    return _autosaved(request, shop, None)


@require_POST
@login_required
def autosave(request: SignedInRequest, listing_id: int) -> HttpResponse:
    """Keep what is typed into the form of an own draft."""
    own = Listing.objects.where_may(request.user.pk, Act.EDIT_LISTINGS).select_related("shop")
    listing = get_object_or_404(own, pk=listing_id)
    return _autosaved(request, listing.shop, listing)


@require_safe
@login_required
def versions(request: SignedInRequest, listing_id: int) -> HttpResponse:
    """Show staff and the listing's shop what it said at each version, and what changed."""
    listing = get_object_or_404(Listing.objects.select_related("shop"), pk=listing_id)
    if not _may_look(request, listing):
        raise Http404
    context = {"listing": listing, "rows": queries.versions_with_changes(listing)}
    return render(request, "listings/versions.html", context)


@require_safe
@login_required
def ranking(request: SignedInRequest, listing_id: int) -> HttpResponse:
    """Show the shop's own people why their goods rank where they do."""
    own = Listing.objects.where_may(request.user.pk, Act.SEE_LISTINGS).select_related("category")
    listing = get_object_or_404(own, pk=listing_id)
    asked = request.GET.get("q", "")[:200]
    context = {"listing": listing, "q": asked, "why": why(listing, text=asked, at=timezone.now())}
    return render(request, "listings/ranking.html", context)


@require_POST
@login_required
def end(request: SignedInRequest, listing_id: int) -> HttpResponse:
    """Take own goods off for good."""
    listing = get_object_or_404(
        Listing.objects.where_may(request.user.pk, Act.EDIT_LISTINGS), pk=listing_id
    )
    try:
        listings.end(listing_id=listing.pk, by_id=request.user.pk, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, _("“%(title)s” has ended.") % {"title": listing.title})
    return redirect("listings:mine")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def stock(request: SignedInRequest, listing_id: int) -> HttpResponse:
    """Count the pieces of each choice: all that a packer changes."""
    own = Listing.objects.where_may(request.user.pk, Act.COUNT_STOCK)
    listing = get_object_or_404(own, pk=listing_id)
    variants = listing.variants.order_by("pk")
    forms = [(v.pk, CountForm.of(v, request.POST or None)) for v in variants]
    context = {"listing": listing, "forms": [form for _pk, form in forms]}
    # Each form is asked, so that each shows what is wrong with it.
    right = [form.is_valid() for _pk, form in forms]
    if request.method != "POST" or not all(right):
        status = 422 if request.method == "POST" else 200
        return render(request, "listings/stock.html", context, status=status)
    counts = {pk: (form.cleaned_data["seen"], form.cleaned_data["counted"]) for pk, form in forms}
    try:
        listings.count_stock(
            listing_id=listing.pk, counts=counts, by_id=request.user.pk, at=timezone.now()
        )
    except MarketplaceError as error:
        messages.error(request, error.reason)
        return redirect("listings:stock", listing.pk)
    messages.success(request, _("“%(title)s” is saved.") % {"title": listing.title})
    return redirect("listings:mine")


@require_safe
@login_required
def counts(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Show how many goods of an own shop are in each state; a fragment of the shop's desk."""
    shop = get_object_or_404(shops_where(request.user, Act.SEE_LISTINGS), pk=shop_id)
    return render(
        request, "listings/partials/counts.html", {"counts": queries.counts(shop.pk), "shop": shop}
    )


@require_safe
def photo(request: HttpRequest, name: str, size: str) -> FileResponse:
    """Serve a stored picture. Names are random and never reused, so it may be kept for ever.

    Goods that buyers may not see show their pictures to their shop and to staff alone.
    """
    found = get_object_or_404(Photo.objects.select_related("listing"), name=name)
    is_public = queries.photos_are_public(found.listing)
    if not is_public and not _may_look(request, found.listing):
        raise Http404
    keep = serving.FOR_EVER if is_public else serving.TO_ONE
    return serving.picture(queries.photo_file(name, size), keep=keep)


def _may_look(request: HttpRequest, listing: Listing) -> bool:
    user = request.user
    if not user.is_authenticated:
        return False
    return user.is_staff or may(user_id=user.pk, shop_id=listing.shop_id, act=Act.SEE_LISTINGS)


def _chosen_shop(request: SignedInRequest) -> Shop | None:
    shops = list(shops_where(request.user, Act.EDIT_LISTINGS))
    chosen = request.GET.get("shop", "")
    if not chosen:
        return shops[0] if shops else None
    for shop in shops:
        if str(shop.pk) == chosen:
            return shop
    raise Http404


def _save(request: SignedInRequest, shop: Shop, listing: Listing | None) -> HttpResponse:
    sent = saving.Sent(
        form=ListingForm(request.POST, request.FILES),
        rows=sent_rows(request.POST, shop.currency),
        removed=request.POST.getlist("remove_photo"),
        wants_post="post" in request.POST,
    )
    kept = saving.keep(sent, shop=shop, listing=listing, by_id=request.user.pk, at=timezone.now())
    if kept is None or not sent.is_right():
        return _page(request, shop, kept, sent.form, sent.rows)
    if kept.state == ListingState.DRAFT:
        messages.success(request, _("Draft saved. Only you see it."))
        return redirect("listings:edit", kept.pk)
    messages.success(request, _what_now(kept))
    return redirect("listings:mine")


def _autosaved(request: SignedInRequest, shop: Shop, listing: Listing | None) -> HttpResponse:
    sent = saving.Sent(
        form=ListingForm(request.POST),
        rows=sent_rows(request.POST, shop.currency),
        removed=(),
        wants_post=False,
    )
    at = timezone.now()
    kept = saving.keep_draft(sent, shop=shop, listing=listing, by_id=request.user.pk, at=at)
    context = {
        "listing": kept,
        "at": at,
        "is_right": sent.is_right(),
        "known": saving.known_choices(sent, kept) if kept else [],
    }
    return render(request, "listings/partials/autosaved.html", context)


def _what_now(listing: Listing) -> str:
    if listing.state == ListingState.PENDING:
        return _(
            "“%(title)s” is being checked: we compare title and photos with protected brands and"
            " with other makers' photos, so that nobody sells copies of your work either. This"
            " mostly takes less than a minute; then it is on sale."
        ) % {"title": listing.title}
    return _("“%(title)s” is saved.") % {"title": listing.title}


def _page(
    request: SignedInRequest, shop: Shop, listing: Listing | None, form: ListingForm, rows: Any
) -> HttpResponse:
    photos = list(listing.photos.all()) if listing else []
    show_needed(form, rows, has_photos=bool(photos))
    context = {
        "shop": shop,
        "listing": listing,
        "form": form,
        "rows": rows,
        "photos": photos,
        "is_shown": listing is not None and listing.state == ListingState.LIVE,
        "is_late": bool(listing and queries.late_in_check([listing], at=timezone.now())),
    }
    return render(request, "listings/edit.html", context)
