"""Reporting a message one has received."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import MarketplaceError
from marketplace.talk import forms, queries
from marketplace.talk.services import reports


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def report(request: SignedInRequest, message_id: int) -> HttpResponse:
    """Ask staff to read one message."""
    message = get_object_or_404(queries.reportable(request.user.pk), pk=message_id)
    form = forms.ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reports.report(
                message_id=message.pk,
                by_id=request.user.pk,
                at=timezone.now(),
                **form.cleaned_data,
            )
        except MarketplaceError as error:
            form.add_error(None, error.reason)
        else:
            messages.success(request, _("Thank you. Our staff read it and tell you the outcome."))
            return redirect("talk:thread", message.thread_id)
    status = 422 if request.method == "POST" else 200
    context = {"message": message, "form": form}
    return render(request, "talk/report.html", context, status=status)
