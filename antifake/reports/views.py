"""Pages on which anybody reports goods, and reads what became of it."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from antifake.reports import queries, services
from antifake.reports.forms import ReportForm
from antifake.reports.models import Report
from marketplace.accounts import throttles
from marketplace.errors import BadInput, MarketplaceError


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Take a report; no account is needed. A form that fails keeps its words."""
    listing = get_object_or_404(queries.reportable(), pk=listing_id)
    form = ReportForm(request.POST) if request.method == "POST" else ReportForm()
    if request.method == "POST" and form.is_valid():
        try:
            made = services.report(
                listing_id=listing.pk,
                by_id=request.user.pk,
                network=throttles.network(get_adapter().get_client_ip(request)),
                at=timezone.now(),
                **form.cleaned_data,
            )
        except MarketplaceError as error:
            field = error.field if isinstance(error, BadInput) else ""
            form.add_error(field if field in form.fields else None, error.reason)
        else:
            return redirect("reports:outcome", made.token)
    status = 422 if request.method == "POST" else 200
    return render(request, "reports/report.html", {"listing": listing, "form": form}, status=status)


@require_safe
@never_cache
def outcome(request: HttpRequest, token: str) -> HttpResponse:
    """Say what became of a report, to whoever holds its link."""
    reports = Report.objects.select_related("listing", "case")
    found = get_object_or_404(reports, token=token)
    context = {
        "report": found,
        "outcome": queries.outcome(found),
        "address": request.build_absolute_uri(),
    }
    return render(request, "reports/outcome.html", context)
