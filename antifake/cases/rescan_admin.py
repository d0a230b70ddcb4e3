"""Staff watch re-scans of the catalogue, stop them and let them go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from antifake.cases.desk_pages import StaffOnly, person
from antifake.cases.models import RescanRun, RescanState
from antifake.cases.queries.rescans import coverage, held_by
from antifake.cases.services import rescans
from marketplace.errors import MarketplaceError


@admin.register(RescanRun)
class RescanAdmin(StaffOnly):
    """Re-scans of the catalogue, the latest first. Figures are those of this moment."""

    list_display = ["id", "cause", "subject", "state", "gone_through", "since", "due_at"]
    list_filter = ["state", "cause"]
    search_fields = ["subject"]
    ordering = ["-id"]

    @admin.display(description=gettext_lazy("gone through"))
    def gone_through(self, run: RescanRun) -> str:
        """Say how far the quick pass came."""
        return f"{run.scanned:,} / {run.due:,}"

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons."""
        own = [
            path("<int:run_id>/stop/", self.button(self.stop), name="cases_rescan_stop"),
            path("<int:run_id>/resume/", self.button(self.resume), name="cases_rescan_resume"),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Show how far a run came, and what it held."""
        run = self.get_object(request, object_id)
        if run is None:
            raise Http404
        return self._show(request, run)

    def stop(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Let a run rest."""
        return self._do(request, rescans.stop, run_id)

    def resume(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Let a run go on."""
        return self._do(request, rescans.resume, run_id)

    def _do(
        self, request: HttpRequest, service: Callable[..., object], run_id: int
    ) -> HttpResponse:
        get_object_or_404(RescanRun, pk=run_id)
        try:
            service(run_id=run_id, by_id=person(request), at=timezone.now())
        except MarketplaceError as error:
            messages.error(request, error.reason)
        return redirect("admin:cases_rescanrun_change", run_id)

    def _show(self, request: HttpRequest, run: RescanRun) -> HttpResponse:
        return self.page(
            request,
            "admin/cases/rescan.html",
            _("Re-scan %(number)d: %(cause)s")
            % {"number": run.pk, "cause": run.get_cause_display()},
            run=run,
            coverage=coverage(run, at=timezone.now()),
            held=held_by(run)[:20],
            running=run.state == RescanState.RUNNING,
            stopped=run.state == RescanState.STOPPED,
        )
