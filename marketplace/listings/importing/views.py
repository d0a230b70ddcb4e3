"""Pages of tables: send one, name its columns, read what it would do, run, fix, undo; take out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.listings.importing import files, queries, rules, services
from marketplace.listings.importing.forms import SAMPLES, ColumnsForm, RunForm, UploadForm
from marketplace.listings.importing.resource import headers
from marketplace.listings.models import GoodsImport, Verdict
from marketplace.shops.models import Shop
from marketplace.shops.queries import shops_where
from marketplace.shops.rules import Act

IMPORTS, ERRORS, CHANGES = 20, 25, 10


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def imports(request: SignedInRequest) -> HttpResponse:
    """Show an owner's imports and the form for another; take one in."""
    shops = list(shops_where(request.user, Act.EDIT_LISTINGS))
    if not shops:
        return redirect("shops:apply")
    shop = _chosen(request, shops)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.upload(
                shop_id=shop.pk, by_id=request.user.pk, at=timezone.now(), **form.cleaned_data
            )
        except MarketplaceError as error:
            form.add_error(getattr(error, "field", "") or None, error.reason)
        else:
            return redirect("listings:import", made.pk)
    if request.method != "POST":
        form = UploadForm.blank()
    found = queries.imports_where(request.user.pk, Act.EDIT_LISTINGS).filter(shop=shop)
    page = Paginator(found, IMPORTS).get_page(request.GET.get("page"))
    context = {"shop": shop, "shops": shops, "form": form, "page": page}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "listings/imports.html", context, status=status)


@require_safe
@login_required
def show(request: SignedInRequest, import_id: int) -> HttpResponse:
    """Show where an import stands and what can be done now."""
    return _page(request, _own(request, import_id))


@require_safe
@login_required
def progress(request: SignedInRequest, import_id: int) -> HttpResponse:
    """Show how far the work is; a page that waits is told to look anew when it is done."""
    there = _own(request, import_id)
    context = {"there": there, "busy": there.state in rules.BUSY}
    answer = render(request, "listings/partials/import_progress.html", context)
    if not context["busy"]:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@login_required
def choose(request: SignedInRequest, import_id: int) -> HttpResponse:
    """Say what each column holds, and have the rows checked."""
    there = _own(request, import_id)
    form = ColumnsForm(there, _samples(there), request.POST)
    if not form.is_valid():
        return _page(request, there, columns=form)
    try:
        services.choose_columns(
            import_id=there.pk,
            by_id=request.user.pk,
            columns=form.columns(),
            at=timezone.now(),
        )
    except MarketplaceError as error:
        form.add_error(None, error.reason)
        return _page(request, there, columns=form)
    return redirect("listings:import", there.pk)


@require_POST
@login_required
def run(request: SignedInRequest, import_id: int) -> HttpResponse:
    """Write what the check has shown, or go on after a stop."""
    form = RunForm(request.POST)
    on_sale = form.is_valid() and form.cleaned_data["put_on_sale"]
    return _do(request, import_id, services.run, put_on_sale=on_sale)


@require_POST
@login_required
def stop(request: SignedInRequest, import_id: int) -> HttpResponse:
    """Stop what runs, or call off what has not begun."""
    return _do(request, import_id, services.stop)


@require_POST
@login_required
def undo(request: SignedInRequest, import_id: int) -> HttpResponse:
    """Take back what an import wrote."""
    return _do(request, import_id, services.undo)


@require_safe
@login_required
def fix(request: SignedInRequest, import_id: int, kind: str) -> HttpResponseBase:
    """Give the wrong rows back, with one more column that says what is wrong."""
    there = _own(request, import_id)
    heads = [*(rules.guarded(head) for head in there.headers), _("What is wrong")]
    rows = (row for part in ([heads], queries.fix_rows(there)) for row in part)
    return files.download(rows, name=f"fix-{there.pk}", kind=_known(kind))


@require_safe
@login_required
def template(_request: SignedInRequest, kind: str) -> HttpResponseBase:
    """Give an empty table with headings and examples."""
    shelves = (name for _pk, _slug, name in queries.shelves())
    rows = files.template_rows(shelves, headers())
    return files.download(rows, name="goods-template", kind=_known(kind))


@require_safe
@login_required
def export(request: SignedInRequest, shop_id: int, kind: str) -> HttpResponseBase:
    """Give all goods of an own shop as a table."""
    shop = get_object_or_404(shops_where(request.user, Act.EDIT_LISTINGS), pk=shop_id)
    rows = (row for part in ([headers()], queries.exported(shop)) for row in part)
    return files.download(rows, name=f"goods-{shop.slug}", kind=_known(kind))


def _own(request: SignedInRequest, import_id: int) -> GoodsImport:
    own = queries.imports_where(request.user.pk, Act.EDIT_LISTINGS)
    return get_object_or_404(own, pk=import_id)


def _chosen(request: SignedInRequest, shops: list[Shop]) -> Shop:
    chosen = request.GET.get("shop", "")
    for shop in shops:
        if not chosen or str(shop.pk) == chosen:
            return shop
    raise Http404


def _known(kind: str) -> str:
    if kind not in files.KINDS:
        raise Http404
    return kind


def _samples(there: GoodsImport) -> list[list[str]]:
    return [row.cells for row in there.rows.order_by("number")[:SAMPLES]]


def _do(
    request: SignedInRequest, import_id: int, service: Callable[..., GoodsImport], **more: Any
) -> HttpResponse:
    there = _own(request, import_id)
    try:
        service(import_id=there.pk, by_id=request.user.pk, at=timezone.now(), **more)
    except MarketplaceError as error:
        messages.error(request, error.reason)
    return redirect("listings:import", there.pk)


def _page(
    request: SignedInRequest, there: GoodsImport, *, columns: ColumnsForm | None = None
) -> HttpResponse:
    wrong = Paginator(queries.wrong_rows(there), ERRORS)
    context = {
        "there": there,
        "busy": there.state in rules.BUSY,
        "columns": columns or ColumnsForm(there, _samples(there)),
        "run_form": RunForm(initial={"put_on_sale": there.put_on_sale}),
        "counts": queries.counts(there),
        "page": wrong.get_page(request.GET.get("page")),
        "changed": there.rows.filter(verdict=Verdict.CHANGED).order_by("number")[:CHANGES],
        "noted": there.rows.exclude(note="").order_by("number")[:ERRORS],
        "may_undo": rules.may_move(there.state, "undoing"),
        "may_run": rules.may_move(there.state, "running"),
        "may_choose": rules.may_move(there.state, "checking"),
        "may_stop": there.state
        in ("reading", "mapping", "checked", "checking", "running", "finishing"),
    }
    status = 422 if columns is not None else 200
    return render(request, "listings/import.html", context, status=status)
