"""A person's messages."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.inbox import queries, services

PAGE_SIZE = 20


@require_safe
@login_required
def inbox(request: SignedInRequest) -> HttpResponse:
    """List the signed-in person's messages."""
    page = Paginator(queries.of_user(request.user.pk), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "unread": queries.unread_count(request.user.pk)}
    return render(request, "inbox/list.html", context)


@require_POST
@login_required
def read(request: SignedInRequest, message_id: int) -> HttpResponse:
    """Mark a message read and go where it points."""
    message = services.mark_read(message_id=message_id, user_id=request.user.pk, at=timezone.now())
    if message is None:
        raise Http404
    return redirect(message.link or "inbox:list")
