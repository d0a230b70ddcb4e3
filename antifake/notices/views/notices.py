"""Writing and sending notices, their pages, the page without an account."""

from __future__ import annotations

import csv
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from antifake.notices import queries, services
from antifake.notices.forms import NoticeForm
from antifake.notices.models import ACTIVE, COMPLETE, Notice, NoticeItem, NoticeState
from antifake.notices.views.common import cards, for_holders, key_of, noted, numbers
from antifake.references import queries as references
from antifake.references.models import Right
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError

PAGES = ["GET", "HEAD", "POST"]
PER_PAGE = 20
OPEN = (NoticeState.DRAFT, NoticeState.INCOMPLETE)
# What a table program would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t")


@require_safe
@for_holders
@never_cache
def notice_list(request: SignedInRequest) -> HttpResponse:
    """List all notices, the latest first."""
    pages = Paginator(queries.notices_of(request.user.pk), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    return render(request, "notices/notices.html", {"page_obj": page})


@require_http_methods(PAGES)
@for_holders
@never_cache
def new(request: SignedInRequest) -> HttpResponse:
    """Begin a notice; sent at once when it is complete."""
    now = timezone.now()
    if request.method != "POST":
        first = references.usable_rights(request.user.pk, at=now).first()
        start = {"key": uuid4(), "right": first}
        form = NoticeForm(initial=start, by_id=request.user.pk, at=now)
        return render(request, "notices/new.html", {"form": form})
    form = NoticeForm(request.POST, by_id=request.user.pk, at=now)
    if form.is_valid():
        right = form.cleaned_data["right"]
        try:
            holder_id = right.owner_id if right else references.acts_for(request.user.pk)[0]
            begun = services.begin(
                key=form.cleaned_data["key"], holder_id=holder_id, by_id=request.user.pk, at=now
            )
            return _take(request, begun, form)
        except MarketplaceError as error:
            noted(form, error)
    return render(request, "notices/new.html", {"form": form}, status=422)


@require_http_methods(PAGES)
@for_holders
@never_cache
def notice(request: SignedInRequest, notice_id: int) -> HttpResponse:
    """Show one notice; while it is not sent, take what is written."""
    found, now = _mine(request, notice_id), timezone.now()
    if request.method != "POST":
        return _page(request, found, _form(request, found))
    form = NoticeForm(request.POST, by_id=request.user.pk, at=now)
    if form.is_valid():
        try:
            return _take(request, found, form)
        except MarketplaceError as error:
            noted(form, error)
    return _page(request, found, form, status=422)


@require_POST
@for_holders
def choose(request: SignedInRequest) -> HttpResponse:
    """Put goods that a search found into a notice of their own."""
    now, by_id = timezone.now(), request.user.pk
    mine = references.usable_rights(by_id, at=now)
    right = mine.filter(pk__in=numbers(request.POST.getlist("right"))).first() or mine.first()
    try:
        begun = services.begin(
            key=key_of(request.POST),
            holder_id=right.owner_id if right else references.acts_for(by_id)[0],
            by_id=by_id,
            at=now,
        )
        if right is not None and begun.state in OPEN and begun.right_id is None:
            _keep_right(begun, right, by_id)
        chosen = numbers(request.POST.getlist("listing"))
        services.add_goods(notice_id=begun.pk, by_id=by_id, listing_ids=chosen, at=now)
    except MarketplaceError as error:
        messages.error(request, error.reason)
        return redirect("notices:find")
    return redirect("notices:notice", begun.pk)


@require_POST
@for_holders
def remove(request: SignedInRequest, notice_id: int, listing_id: int) -> HttpResponse:
    """Take one listing out of a notice that was not sent."""
    found = _mine(request, notice_id)
    try:
        services.remove_goods(
            notice_id=found.pk, by_id=request.user.pk, listing_id=listing_id, at=timezone.now()
        )
    except MarketplaceError as error:
        messages.error(request, error.reason)
    return redirect("notices:notice", found.pk)


@require_POST
@for_holders
def withdraw(request: SignedInRequest, notice_id: int) -> HttpResponse:
    """Take a notice back; what it withholds returns at once."""
    found = _mine(request, notice_id)
    try:
        services.withdraw(notice_id=found.pk, by_id=request.user.pk, at=timezone.now())
        messages.success(request, _("Withdrawn. What it withheld is on sale again."))
    except MarketplaceError as error:
        messages.error(request, error.reason)
    return redirect("notices:notice", found.pk)


@require_POST
@for_holders
def link(request: SignedInRequest, notice_id: int) -> HttpResponse:
    """Make a fresh link to the page without an account, and go there."""
    found = _mine(request, notice_id)
    try:
        token = services.new_link(notice_id=found.pk, by_id=request.user.pk, at=timezone.now())
    except MarketplaceError as error:
        messages.error(request, error.reason)
        return redirect("notices:notice", found.pk)
    return redirect("notices:status", token)


@require_safe
@never_cache
def status(request: HttpRequest, token: str) -> HttpResponse:
    """Show what became of a notice to whoever has its link; no account needed."""
    found = services.opened_by(token=token, at=timezone.now())
    if found is None:
        raise Http404
    items = found.items.select_related("listing").order_by("pk")
    page = render(request, "notices/status.html", {"notice": found, "items": items})
    # The address is the key: it is told to nobody else.
    page["Referrer-Policy"] = "no-referrer"
    return page


@require_safe
@for_holders
@never_cache
def outcomes(request: SignedInRequest) -> HttpResponse:
    """Return what became of all goods in all notices, as a table (CSV, RFC 4180)."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="notices.csv"'
    table = csv.writer(answer)
    table.writerow(
        ["notice", "sent", "right", "listing", "title", "state", "ground", "withheld", "decided"]
    )
    holders = references.acts_for(request.user.pk)
    items = NoticeItem.objects.filter(notice__holder__in=holders, notice__state__in=COMPLETE)
    for item in items.select_related("notice__right", "listing").order_by("pk").iterator():
        right = str(item.notice.right)
        cells = [item.notice_id, item.notice.sent_at, right, item.listing_id, item.listing.title]
        more = [item.state, item.ground, item.withheld_at, item.decided_at]
        table.writerow([_cell(one) for one in (*cells, *more)])
    return answer


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _take(request: SignedInRequest, found: Notice, form: NoticeForm) -> HttpResponse:
    """Keep what was written; send it when that was asked for."""
    said, now, by_id = form.cleaned_data, timezone.now(), request.user.pk
    right = said["right"]
    if found.state in OPEN:  # else the form was sent before: twice is once
        words = services.Words(
            right_id=right.pk if right else None,
            reason=said["reason"],
            sworn_name=said["sworn_name"],
            good_faith=said["good_faith"],
        )
        services.write(notice_id=found.pk, by_id=by_id, words=words, at=now)
        services.add_links(notice_id=found.pk, by_id=by_id, text=said["links"], at=now)
    if request.POST.get("do") != "send":
        messages.success(request, _("Kept as a draft."))
        return redirect("notices:notice", found.pk)
    sent = services.send(notice_id=found.pk, by_id=by_id, at=now)
    if sent.state not in COMPLETE:
        return redirect("notices:notice", found.pk)
    return redirect("notices:status", services.new_link(notice_id=found.pk, by_id=by_id, at=now))


def _keep_right(begun: Notice, right: Right, by_id: int) -> None:
    words = services.Words(right_id=right.pk, reason=begun.reason, sworn_name=begun.sworn_name)
    services.write(notice_id=begun.pk, by_id=by_id, words=words, at=timezone.now())


def _mine(request: SignedInRequest, notice_id: int) -> Notice:
    return get_object_or_404(queries.notices_of(request.user.pk), pk=notice_id)


def _form(request: SignedInRequest, found: Notice) -> NoticeForm:
    start = {
        "key": found.key,
        "right": found.right_id,
        "reason": found.reason,
        "sworn_name": found.sworn_name,
        "good_faith": found.good_faith,
        "links": found.unread,
    }
    return NoticeForm(initial=start, by_id=request.user.pk, at=timezone.now())


def _page(
    request: SignedInRequest, found: Notice, form: NoticeForm, status: int = 200
) -> HttpResponse:
    is_open = found.state in OPEN
    items = list(
        found.items.select_related("listing__shop", "case", "counter").order_by("listing_id")
    )
    goods = {one.pk: one for one in cards([item.listing_id for item in items])}
    asked = queries.missing_of(found) if is_open else []
    context = {
        "notice": found,
        "items": [(item, goods[item.listing_id]) for item in items],
        "form": form if is_open else None,
        "missing": [form[name] for name in asked],
        "elsewhere": queries.elsewhere(found) if is_open else {},
        "may_withdraw": found.state in ACTIVE,
    }
    return render(request, "notices/notice.html", context, status=status)
