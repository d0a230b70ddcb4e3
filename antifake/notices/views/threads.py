"""The thread between seller and sender: sellers answer, senders reply, take it back or sue."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from antifake.notices import queries, services
from antifake.notices.forms import AnswerForm, ReplyForm
from antifake.notices.models import RUNNING, CounterNotice, ItemState, NoticeItem
from antifake.notices.views.common import file_bytes, for_holders, noted
from antifake.references.services import files
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.shops.queries import may
from marketplace.shops.rules import Act

PER_PAGE = 20
PAGES = ["GET", "HEAD", "POST"]


@require_safe
@login_required
@never_cache
def received(request: SignedInRequest) -> HttpResponse:
    """List the notices that withheld goods of one's shops."""
    pages = Paginator(queries.received_by(request.user), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    return render(request, "notices/received.html", {"page_obj": page})


@require_http_methods(PAGES)
@login_required
@never_cache
def answer(request: SignedInRequest, item_id: int) -> HttpResponse:
    """Show one notice about one's goods and take the answer; a form that fails keeps its words."""
    item = get_object_or_404(queries.received_by(request.user), pk=item_id)
    given = request.POST if request.method == "POST" else None
    form = AnswerForm(given, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer(
                item_id=item.pk,
                by_id=request.user.pk,
                text=form.cleaned_data["text"],
                upload=file_bytes(
                    form.cleaned_data["evidence"], most=files.MOST_BYTES, field="evidence"
                ),
                at=timezone.now(),
            )
        except MarketplaceError as error:
            noted(form, error)
    if request.method == "POST" and not form.errors:
        messages.success(request, _("Sent. The sender of the notice has to reply in time."))
        return redirect("notices:answer", item.pk)
    return _answer(request, item, form)


@require_http_methods(PAGES)
@for_holders
@never_cache
def counter(request: SignedInRequest, counter_id: int) -> HttpResponse:
    """Show a thread to the sender's side, and take a reply, a court's name, or the taking back."""
    found = get_object_or_404(queries.counters_for(request.user.pk), pk=counter_id)
    form = ReplyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        facts: dict[str, Any] = {
            "counter_id": found.pk,
            "by_id": request.user.pk,
            "at": timezone.now(),
        }
        text = form.cleaned_data["text"]
        try:
            if request.POST.get("do") == "concede":
                services.concede(**facts)
            elif request.POST.get("do") == "court":
                services.go_to_court(**facts, text=text)
            else:
                services.reply(**facts, text=text)
        except MarketplaceError as error:
            noted(form, error)
    if request.method == "POST" and not form.errors:
        messages.success(request, _("Done. The seller is told."))
        return redirect("notices:counter", found.pk)
    context = {
        "counter": found,
        "item": found.item,
        "lines": found.lines.order_by("pk"),
        "form": form if found.state in RUNNING else None,
    }
    return render(request, "notices/counter.html", context, status=422 if form.errors else 200)


def _answer(request: SignedInRequest, item: NoticeItem, form: AnswerForm) -> HttpResponse:
    now, there = timezone.now(), CounterNotice.objects.filter(item=item).first()
    in_time = item.statement is not None and now <= item.statement.redress_until
    may_answer = may(user_id=request.user.pk, shop_id=item.listing.shop_id, act=Act.APPEAL)
    is_open = there is None and item.state == ItemState.WITHHELD and in_time
    context = {
        "item": item,
        "counter": there,
        "lines": there.lines.order_by("pk") if there else [],
        "form": form if is_open and may_answer else None,
    }
    return render(request, "notices/answer.html", context, status=422 if form.errors else 200)
