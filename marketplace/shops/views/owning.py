"""What an owner alone does with a shop: where it is paid to, and when it closes."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError
from marketplace.shops import queries, services
from marketplace.shops.forms import ClosureForm, PayoutAccountForm
from marketplace.shops.models import PayoutAccountChange, Shop
from marketplace.shops.rules import Act


@never_cache
@require_safe
@login_required
def payout_account(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Show where a shop is paid to, masked, with every change of it."""
    shop = _own(request, shop_id, Act.CHANGE_PAYOUT_ACCOUNT)
    at = timezone.now()
    context = {
        "shop": shop,
        "account": queries.masked_account(shop),
        "changes": queries.account_changes(shop.pk),
        "undoable": queries.undoable_change(shop=shop, at=at),
        "waits": shop.payouts_paused_until is not None and at < shop.payouts_paused_until,
    }
    return render(request, "shops/payout_account.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_payout_account(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Pay a shop to another account; a fresh log-in is asked for first."""
    shop = _own(request, shop_id, Act.CHANGE_PAYOUT_ACCOUNT)
    answer: HttpResponse = _change(request, shop)
    return answer


@reauthentication_required
def _change(request: SignedInRequest, shop: Shop) -> HttpResponse:
    form = PayoutAccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.change_payout_account(
                shop_id=shop.pk, by_id=request.user.pk, at=timezone.now(), **form.cleaned_data
            )
        except MarketplaceError as error:
            field = error.field if isinstance(error, BadInput) else ""
            form.add_error(field or None, error.reason)
        else:
            messages.success(request, _("Saved. Every owner of the shop has been told."))
            return redirect("shops:payout_account", shop.pk)
    status = 422 if form.is_bound else 200
    context = {"shop": shop, "form": form}
    return render(request, "shops/change_payout_account.html", context, status=status)


@require_POST
@login_required
def call_off_change(request: SignedInRequest, change_id: int) -> HttpResponse:
    """Undo a change of the payout account while payouts wait; no fresh log-in, for haste."""
    mine = queries.shops_where(request.user, Act.CHANGE_PAYOUT_ACCOUNT)
    change = get_object_or_404(PayoutAccountChange, pk=change_id, shop__in=mine)
    try:
        services.call_off_change(change_id=change.pk, by_id=request.user.pk, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, _("Called off. The shop is paid to its former account."))
    return redirect("shops:payout_account", change.shop_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def closure(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Plan the end of a shop, and show how far it has come."""
    shop = _own(request, shop_id, Act.CLOSE_SHOP)
    at = timezone.now()
    initial = {"from_day": timezone.localdate(at).isoformat()}
    form = ClosureForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            services.plan_closure(
                shop_id=shop.pk, by_id=request.user.pk, from_at=form.from_at(), at=at
            )
        except MarketplaceError as error:
            field = error.field if isinstance(error, BadInput) else ""
            form.add_error(field or None, error.reason)
        else:
            messages.success(request, _("The closure is planned. Open orders end as usual."))
            return redirect("shops:closure", shop.pk)
    status = 422 if form.is_bound else 200
    return render(request, "shops/closure.html", {"shop": shop, "form": form}, status=status)


@require_POST
@login_required
def call_off_closure(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Keep the shop after all."""
    shop = _own(request, shop_id, Act.CLOSE_SHOP)
    try:
        services.call_off_closure(shop_id=shop.pk, by_id=request.user.pk, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, _("The shop stays open."))
    return redirect("shops:closure", shop.pk)


def _own(request: SignedInRequest, shop_id: int, act: Act) -> Shop:
    return get_object_or_404(queries.shops_where(request.user, act), pk=shop_id)
