"""The log: one message with its attempts; tests and replays."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.hooks import examples, queries, services, words
from marketplace.hooks.forms import KeyForm, ReplayFailedForm, ReplayForm
from marketplace.hooks.models import Attempt, Delivery


@require_safe
@login_required
def delivery(request: SignedInRequest, delivery_id: int) -> HttpResponse:
    """Show one message: its words, and each attempt with headers and answer."""
    found = _mine(request, delivery_id)
    attempts = [
        (attempt, _headers(found, attempt), words.error(attempt.error))
        for attempt in found.attempts.order_by("-number")
    ]
    context = {"delivery": found, "attempts": attempts}
    return render(request, "hooks/delivery.html", context)


@require_POST
@login_required
def replay(request: SignedInRequest, delivery_id: int) -> HttpResponse:
    """Send this message again."""
    found = _mine(request, delivery_id)
    form = ReplayForm(request.POST)
    if form.is_valid():
        try:
            services.replay(
                delivery_id=found.pk,
                tries=form.cleaned_data["tries"],
                by_id=request.user.pk,
                at=timezone.now(),
            )
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, _("It is sent again, under the same id."))
    return redirect("hooks:delivery", found.pk)


@require_POST
@login_required
def test(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    """Send a message that means nothing."""
    found = get_object_or_404(queries.endpoints_for(request.user.pk), pk=endpoint_id)
    form = KeyForm(request.POST)
    if form.is_valid():
        try:
            made = services.send_test(
                endpoint_id=found.pk,
                key=form.cleaned_data["key"],
                by_id=request.user.pk,
                at=timezone.now(),
            )
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, _("A test is on its way."))
            return redirect("hooks:delivery", made.pk)
    return redirect("hooks:endpoint", found.pk)


@require_POST
@login_required
def replay_failed(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    """Send again what was not delivered lately."""
    found = get_object_or_404(queries.endpoints_for(request.user.pk), pk=endpoint_id)
    form = ReplayFailedForm(request.POST)
    if form.is_valid():
        at = timezone.now()
        try:
            count = services.replay_failed(
                endpoint_id=found.pk,
                since=at - timedelta(days=form.cleaned_data["days"]),
                by_id=request.user.pk,
                at=at,
            )
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            said = ngettext("%(n)d message is sent again.", "%(n)d messages are sent again.", count)
            messages.success(request, said % {"n": count})
    return redirect("hooks:endpoint", found.pk)


def _headers(sent: Delivery, attempt: Attempt) -> str:
    return examples.headers(message_id=sent.message_id, at=attempt.at, signature=attempt.signature)


def _mine(request: SignedInRequest, delivery_id: int) -> Delivery:
    return get_object_or_404(queries.deliveries_for(request.user.pk), pk=delivery_id)
