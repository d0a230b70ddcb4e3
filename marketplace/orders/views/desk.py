"""The seller's pages: orders by where they stand, the money, the month's statement, the sales."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplace.money import currency_digits, scaled
from marketplace.orders import queries
from marketplace.orders.queries import desk as piles
from marketplace.orders.queries import sales as selling
from marketplace.orders.queries import shop_money
from marketplace.shops.models import Shop
from marketplace.shops.queries import acts_of, shops_where
from marketplace.shops.rules import Act

PAGE_SIZE = 20
LINES_A_PAGE = 50
SHORT_LIST = 12  # of held orders and payouts on the money page; the desk and the pager have all
# How a spreadsheet is told that a cell is a formula (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@require_safe
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """The seller's orders in piles, what runs low, and the ways to money and sales."""
    user_id = _user_id(request)
    tabs = piles.tabs(user_id)
    chosen = next((tab for tab in tabs if tab.key == request.GET.get("state")), tabs[0])
    payout_id = _whole(request.GET.get("payout"))
    found = (
        piles.carried_by(payout_id, user_id=user_id)
        if payout_id
        else piles.orders_in(chosen, user_id=user_id)
    )
    page_obj = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    books, packed = (
        {shop.pk: shop for shop in shops_where(request.user, act)}
        for act in (Act.SEE_MONEY, Act.SHIP)
    )
    context = {
        "tabs": tabs,
        "chosen": None if payout_id else chosen,
        "payout_id": payout_id,
        "page_obj": page_obj,
        "refunds": piles.refunds_of(list(page_obj)),
        "low_stock": piles.low_stock(user_id),
        "now": timezone.now(),
        "books": books,
        "packed": packed,
    }
    return render(request, "orders/desk.html", context)


@require_safe
@login_required
def figures(request: HttpRequest, shop_id: int) -> HttpResponse:
    """What waits in one shop today, and its money; a fragment of the shop's desk."""
    shop = get_object_or_404(shops_where(request.user, Act.SEE_ORDERS), pk=shop_id)
    acts = acts_of(user_id=request.user.pk, shop_id=shop.pk)
    now = timezone.now()
    context = {
        "waiting": queries.waiting(shop.pk, at=now),
        "book": shop_money.book(shop, at=now) if Act.SEE_MONEY in acts else None,
    }
    return render(request, "orders/partials/figures.html", context)


@require_safe
@login_required
def money(request: HttpRequest) -> HttpResponse:
    """One shop's money from the ledger: held, due, kept back, owed, claimed, paid out."""
    shops = list(shops_where(request.user, Act.SEE_MONEY))
    wanted = _whole(request.GET.get("shop"))
    shop = next((one for one in shops if one.pk == wanted), shops[0] if shops else None)
    if wanted and (shop is None or shop.pk != wanted):
        raise Http404
    if shop is None:
        return render(request, "orders/money.html", {"shops": [], "book": None})
    now = timezone.now()
    month = _month(request.GET.get("month")) or shop_money.month_of(now)
    held = Paginator(shop_money.held_orders(shop), SHORT_LIST).get_page(1)
    context = {
        "shops": shops,
        "book": shop_money.book(shop, at=now),
        "held": held,
        "payouts": shop_money.payouts_of(shop)[:SHORT_LIST],
        "claims": shop_money.claims_of(shop),
        "month": month,
        "is_this_month": month == shop_money.month_of(now),
        "page_obj": _lines(request, shop, month),
        "paused": bool(shop.payouts_paused_until and now < shop.payouts_paused_until),
    }
    return render(request, "orders/money.html", context)


def _lines(request: HttpRequest, shop: Shop, month: shop_money.Month) -> Page[shop_money.MoneyLine]:
    statement = shop_money.ShopStatement(shop, month)
    return Paginator(statement, LINES_A_PAGE).get_page(request.GET.get("page"))


@require_safe
@login_required
def sales(request: HttpRequest, shop_id: int) -> HttpResponse:
    """How one shop sold in the last twelve weeks."""
    shop = get_object_or_404(shops_where(request.user, Act.SEE_MONEY), pk=shop_id)
    found = selling.sales(shop.pk, at=timezone.now())
    context = {
        "shop": shop,
        "sales": found,
        "revenue_bars": selling.bars([week.revenue_minor for week in found.weeks]),
        "refund_bars": selling.bars([week.refunded_minor for week in found.weeks]),
    }
    return render(request, "orders/analytics.html", context)


@require_safe
@login_required
def statement(
    request: HttpRequest, shop_id: int, year: int, month: int
) -> HttpResponse | StreamingHttpResponse:
    """One month of a shop's money as CSV, written line by line as the ledger is read."""
    shop = get_object_or_404(shops_where(request.user, Act.SEE_MONEY), pk=shop_id)
    chosen = _month(f"{year:04}-{month:02}")
    if chosen is None:
        raise Http404
    rows = _rows(shop_money.ShopStatement(shop, chosen))
    writer = csv.writer(Line())
    answer = StreamingHttpResponse(
        (writer.writerow(map(harmless, row)) for row in rows),
        content_type="text/csv; charset=utf-8",
    )
    name = f"{shop.slug}-{year:04}-{month:02}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


class Line:
    """What the csv writer writes to: it gives each line back."""

    def write(self, line: str) -> str:
        """Give it back."""
        return line


def harmless(cell: object) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    >>> harmless("=HYPERLINK(1)"), harmless("12.50")
    ("'=HYPERLINK(1)", '12.50')
    """
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _rows(statement: shop_money.ShopStatement) -> Iterator[tuple[object, ...]]:
    """The opening line, every line in the books' order, and what they leave.

    Amounts are in the currency's major unit and never negative: money comes in or goes out, is
    there or is owed.
    """
    shop = statement.shop
    yield (
        _("When (UTC)"),
        _("Shop"),
        _("What"),
        _("Order"),
        _("Payout"),
        _("Account"),
        _("In"),
        _("Out"),
        _("Balance"),
        _("Debt"),
        _("Currency"),
        _("Reference"),
    )

    def plain(amount_minor: int) -> str:
        return str(scaled(amount_minor, currency_digits(shop.currency)))

    def state(balance: int, debt: int) -> tuple[str, str, str]:
        return plain(balance), plain(-debt), shop.currency

    balance, debt = statement.opening_minor, statement.opening_debt_minor
    since, until = statement.month.since.isoformat(), statement.month.until.isoformat()
    yield (since, shop.name, _("Before"), "", "", "", "", "", *state(balance, debt), "")
    for line in statement.oldest_first():
        if line.of_debt:
            debt = line.balance_minor
        else:
            balance = line.balance_minor
        yield (
            line.at.isoformat(timespec="seconds"),
            shop.name,
            line.what,
            line.order_id or "",
            line.payout_id or "",
            _("Debt") if line.of_debt else _("Balance"),
            plain(line.in_minor),
            plain(line.out_minor),
            *state(balance, debt),
            line.key,
        )
    yield (until, shop.name, _("After"), "", "", "", "", "", *state(balance, debt), "")


def _month(text: str | None) -> shop_money.Month | None:
    """Return the month that an address names ("2026-03"); None for anything else."""
    year, _dash, number = (text or "").partition("-")
    if not (year.isdecimal() and number.isdecimal() and len(year) == 4 and len(number) <= 2):
        return None
    known = int(year) >= 2000 and 1 <= int(number) <= 12
    return shop_money.Month(int(year), int(number)) if known else None


def _whole(text: str | None) -> int | None:
    """Return the row number that an address names; None for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _user_id(request: HttpRequest) -> int:
    return int(request.user.pk or 0)
