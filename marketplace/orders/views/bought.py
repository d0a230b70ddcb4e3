"""What the listing said when somebody bought from it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.listings import queries as listings
from marketplace.orders import queries
from marketplace.orders.models import OrderLine


@require_safe
@login_required
def as_bought(request: SignedInRequest, line_id: int) -> HttpResponse:
    """Show buyer and shop the version of the listing that a line was bought from."""
    lines = OrderLine.objects.filter(order__in=queries.visible_to(request.user.pk))
    line = get_object_or_404(lines.select_related("variant__listing", "order"), pk=line_id)
    row = listings.version_of(listing_id=line.variant.listing_id, version=line.listing_version)
    return render(request, "orders/as_bought.html", {"line": line, "row": row})
