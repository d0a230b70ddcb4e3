"""A seller's door: apply for a shop, and the desk where every day starts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput
from marketplace.shops import queries, services
from marketplace.shops.forms import ApplyForm
from marketplace.shops.models import ShopState

_BEFORE_OPENING = (ShopState.APPLIED, ShopState.REFUSED)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def apply(request: SignedInRequest) -> HttpResponse:
    """Apply for a shop; goods can be prepared while staff look at it."""
    initial = {"country": getattr(request.user, "country", "")}
    form = ApplyForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            services.open_shop(owner_id=request.user.pk, at=timezone.now(), **form.details())
        except BadInput as error:
            form.add_error(error.field if error.field in form.fields else None, error.reason)
        else:
            messages.success(
                request, _("Thank you. We look at new shops within a day. Prepare your goods now.")
            )
            return redirect("shops:desk")
    return render(request, "shops/apply.html", {"form": form})


@require_safe
@login_required
def desk(request: SignedInRequest) -> HttpResponse:
    """Show a seller's shops with what waits today; without a shop, lead to opening one."""
    shops = list(queries.shops_of(request.user))
    if not shops:
        return redirect("shops:apply")
    user_id = request.user.pk
    rows = [
        (
            shop,
            queries.acts_of(user_id=user_id, shop_id=shop.pk),
            queries.missing_for_opening(shop) if shop.state in _BEFORE_OPENING else [],
        )
        for shop in shops
    ]
    return render(request, "shops/desk.html", {"rows": rows})
