"""Saying that a fact is wrong."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from credit.scoring import queries, services, words
from credit.scoring.forms import DisputeForm
from credit.scoring.views import shown
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import BadInput, MarketplaceError
from marketplace.shops.rules import Act


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def dispute(request: SignedInRequest, shop_id: int, key: str) -> HttpResponse:
    """Show the form, or send it. The row stays where it is until a person has decided."""
    shop = shown.one_shop(request.user, shop_id, Act.APPEAL)
    kept = queries.current(shop.pk)
    if kept is None or key not in queries.features_of(kept).values() or key not in words.ROWS:
        raise Http404
    form = DisputeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.dispute_fact(
                shop_id=shop.pk,
                key=key,
                text=form.cleaned_data["text"],
                order_id=form.cleaned_data["order"],
                by_id=request.user.pk,
                at=timezone.now(),
            )
        except MarketplaceError as error:
            field = error.field if isinstance(error, BadInput) else ""
            form.add_error(field if field in form.fields else None, error.reason)
        else:
            said = _("Sent. These points stay as they are until a person has looked at it.")
            messages.success(request, said)
            return redirect(f"{reverse('scoring:score')}?shop={shop.pk}")
    value = queries.features_of(kept).values()[key]
    context = {
        "shop": shop,
        "form": form,
        "label": words.ROWS[key],
        "value": words.value(key, value),
        "points": kept.contributions.get(key, 0),
        "events": shown.events(key),
    }
    status = 422 if form.errors else 200
    return render(request, "scoring/dispute.html", context, status=status)
