"""Shares of what a shop sells: the owner's page, and a person's own."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.accounts.sealing import masked
from marketplace.errors import BadInput, MarketplaceError
from marketplace.money import currency_digits, scaled
from marketplace.orders.queries import member_money
from marketplace.orders.services import shares as services
from marketplace.orders.share_forms import ProposeShareForm, ShareAccountForm
from marketplace.orders.views.desk import Line, harmless
from marketplace.shops import queries as shops
from marketplace.shops import services as shop_services
from marketplace.shops.models import Share, Shop, ShopQuerySet
from marketplace.shops.rules import WHOLE_BP, Act

LINES_A_PAGE = 50


@require_safe
@login_required
def shop_shares(request: SignedInRequest) -> HttpResponse:
    """Show who gets how much of what each own shop sells, and a form to propose a share."""
    return _owners_page(request)


@never_cache
@require_POST
@login_required
def propose(request: SignedInRequest, shop_id: int) -> HttpResponse:
    """Offer somebody a share."""
    shop = get_object_or_404(_mine(request), pk=shop_id)
    form = ProposeShareForm(request.POST, prefix=f"shop-{shop.pk}")
    if not form.is_valid():
        return _owners_page(request, form, status=422)
    try:
        services.propose(shop_id=shop.pk, by_id=request.user.pk, at=timezone.now(), **form.terms())
    except MarketplaceError as error:
        field = error.field if isinstance(error, BadInput) else ""
        form.add_error(field or None, error.reason)
        return _owners_page(request, form, status=422)
    messages.success(request, _("Proposed. It counts once the person has agreed."))
    return redirect("orders:shop_shares")


@require_POST
@login_required
def withdraw(request: SignedInRequest, share_id: int) -> HttpResponse:
    """Take a proposal back."""
    share = get_object_or_404(Share, pk=share_id, shop__in=_mine(request))
    return _act(
        request,
        lambda: shop_services.withdraw_share(
            share_id=share.pk, by_id=request.user.pk, at=timezone.now()
        ),
        _("The proposal is withdrawn."),
        "orders:shop_shares",
    )


@require_POST
@login_required
def end(request: SignedInRequest, share_id: int) -> HttpResponse:
    """End a share for later orders: one's own, or one in an own shop."""
    known = Share.objects.filter(shop__in=_mine(request)) | Share.objects.filter(user=request.user)
    share = get_object_or_404(known.distinct(), pk=share_id)
    return _act(
        request,
        lambda: shop_services.end_share(
            share_id=share.pk, by_id=request.user.pk, at=timezone.now()
        ),
        _("Ended. Orders placed before still bring the share."),
        "orders:my_shares" if share.user_id == request.user.pk else "orders:shop_shares",
    )


@never_cache
@require_safe
@login_required
def my_shares(request: SignedInRequest) -> HttpResponse:
    """Show the shares offered to and held by the signed-in person, and what they brought."""
    user_id, at = request.user.pk, timezone.now()
    account = shops.share_account(user_id=user_id, at=at)
    purses = member_money.purses(user_id=user_id)
    found = list(shops.shares_for(user_id))
    lines = member_money.MemberStatement(
        user_id=user_id, shops_had=[purse.shop for purse in purses]
    )
    context = {
        "offered": [share for share in found if share.state == "proposed"],
        "held": [share for share in found if share.is_running(at)],
        "past": [share for share in found if share.is_over(at)],
        "purses": purses,
        "account": masked(account.account_sealed) if account else "",
        "waits_until": account.paused_until if account and account.paused_until > at else None,
        "page_obj": Paginator(lines, LINES_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "orders/my_shares.html", context)


@require_POST
@login_required
def agree(request: SignedInRequest, share_id: int) -> HttpResponse:
    """Consent to a share."""
    share = get_object_or_404(Share, pk=share_id, user=request.user)
    return _act(
        request,
        lambda: services.agree(share_id=share.pk, user_id=request.user.pk, at=timezone.now()),
        _("Agreed. You find here what each order brings you."),
        "orders:my_shares",
    )


@require_POST
@login_required
def decline(request: SignedInRequest, share_id: int) -> HttpResponse:
    """Refuse a share."""
    share = get_object_or_404(Share, pk=share_id, user=request.user)
    return _act(
        request,
        lambda: shop_services.decline_share(
            share_id=share.pk, user_id=request.user.pk, at=timezone.now()
        ),
        _("Declined. The shop has been told."),
        "orders:my_shares",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account(request: SignedInRequest) -> HttpResponse:
    """Say where one's shares are paid to; a fresh log-in is asked for first."""
    answer: HttpResponse = _account(request)
    return answer


@reauthentication_required
def _account(request: SignedInRequest) -> HttpResponse:
    form = ShareAccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            shop_services.set_share_account(
                user_id=request.user.pk, at=timezone.now(), **form.cleaned_data
            )
        except MarketplaceError as error:
            field = error.field if isinstance(error, BadInput) else ""
            form.add_error(field or None, error.reason)
        else:
            messages.success(request, _("Saved. Your shares go there with the next payout."))
            return redirect("orders:my_shares")
    status = 422 if form.is_bound else 200
    return render(request, "orders/share_account.html", {"form": form}, status=status)


@require_safe
@login_required
def my_shares_file(request: SignedInRequest) -> StreamingHttpResponse:
    """Everything one's shares ever brought, as CSV, written line by line as the ledger is read."""
    purses = member_money.purses(user_id=request.user.pk)
    lines = member_money.MemberStatement(
        user_id=request.user.pk, shops_had=[purse.shop for purse in purses]
    )
    writer = csv.writer(Line())
    answer = StreamingHttpResponse(
        (writer.writerow(map(harmless, row)) for row in _rows(lines)),
        content_type="text/csv; charset=utf-8",
    )
    answer.headers["Content-Disposition"] = 'attachment; filename="shares.csv"'
    return answer


def _rows(lines: member_money.MemberStatement) -> Iterator[tuple[object, ...]]:
    """The heads, then every line in the books' order; amounts in the currency's major unit."""
    yield (
        _("When (UTC)"),
        _("Shop"),
        _("What"),
        _("Order"),
        _("Payout"),
        _("In"),
        _("Out"),
        _("Balance"),
        _("Currency"),
        _("Reference"),
    )
    for line in lines.oldest_first():
        digits = currency_digits(line.shop.currency)
        yield (
            line.at.isoformat(timespec="seconds"),
            line.shop.name,
            line.what,
            line.order_id or "",
            line.payout_id or "",
            scaled(max(0, line.amount_minor), digits),
            scaled(max(0, -line.amount_minor), digits),
            scaled(line.balance_minor, digits),
            line.shop.currency,
            line.key,
        )


def _mine(request: SignedInRequest) -> ShopQuerySet:
    return shops.shops_where(request.user, Act.SHARE_PROCEEDS)


def _owners_page(
    request: SignedInRequest, sent: ProposeShareForm | None = None, status: int = 200
) -> HttpResponse:
    rows = [_owners_row(shop, sent) for shop in _mine(request)]
    if not rows:
        raise Http404
    return render(request, "orders/shop_shares.html", {"rows": rows}, status=status)


def _owners_row(shop: Shop, sent: ProposeShareForm | None) -> dict[str, object]:
    at, prefix = timezone.now(), f"shop-{shop.pk}"
    found = list(shops.shares_of(shop.pk))
    brought = member_money.brought(shop_id=shop.pk)
    shown = shops.shares_shown(shop.pk, at=at)
    running = [share for share in found if share.is_running(at)]
    return {
        "shop": shop,
        "running": [(share, brought.get(share.user_id or 0, 0)) for share in running],
        "proposed": [share for share in found if share.state == "proposed"],
        "past": [share for share in found if share.is_over(at)],
        "shown": shown,
        "kept_percent": f"{(WHOLE_BP - (shown.total_bp if shown else 0)) / 100:g}",
        "gate": member_money.farm_gate(shop_id=shop.pk, at=at),
        "form": sent if sent and sent.prefix == prefix else ProposeShareForm(prefix=prefix),
    }


def _act(request: SignedInRequest, act: Callable[[], object], done: str, back: str) -> HttpResponse:
    """Call one service and say how it went."""
    try:
        act()
    except MarketplaceError as error:
        messages.error(request, error.reason)
    else:
        messages.success(request, done)
    return redirect(back)
