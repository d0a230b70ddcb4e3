"""The buyer's receipts, to look at and to print."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from marketplace.orders.models import OrderGroup
from marketplace.orders.queries import receipts


@require_safe
@login_required
def receipt(request: HttpRequest, order_id: int) -> HttpResponse:
    """What one order cost, with its tax and what went back."""
    order = get_object_or_404(receipts.paid_orders(_user_id(request)), pk=order_id)
    one = receipts.receipt(order)
    context = {"group": order.group, "receipts": [one], "sums": receipts.sums([one])}
    return render(request, "orders/receipt.html", {**context, "order": order})


@require_safe
@login_required
def group_receipt(request: HttpRequest, group_id: int) -> HttpResponse:
    """What all paid orders of one checkout cost."""
    mine = get_object_or_404(OrderGroup, pk=group_id, buyer_id=_user_id(request))
    paid = [receipts.receipt(one) for one in receipts.paid_orders(mine.buyer_id).filter(group=mine)]
    if not paid:
        raise Http404
    context = {"group": mine, "receipts": paid, "sums": receipts.sums(paid)}
    return render(request, "orders/receipt.html", context)


def _user_id(request: HttpRequest) -> int:
    return int(request.user.pk or 0)
