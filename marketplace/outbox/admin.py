"""Staff see what happened, what waits and what died; a dead job can be started again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from marketplace.admin_pages import ReadOnlyAdmin
from marketplace.errors import WrongState
from marketplace.outbox import services
from marketplace.outbox.models import Event, Job, LogEntry


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Work that waits, runs or failed; dead jobs can be started again."""

    list_display = ("id", "kind", "state", "queue", "attempts", "run_at", "done_at", "last_error")
    list_filter = ("state", "queue", "kind")
    search_fields = ("key", "request_id")
    list_select_related = False
    ordering = ("-id",)
    actions = ("revive",)

    def has_revive_permission(self, request: HttpRequest) -> bool:
        """Starting a job again is a change, though its row is not typed in by hand."""
        return request.user.has_perm("outbox.change_job")

    @admin.action(permissions=["revive"], description=gettext_lazy("Start dead jobs again"))
    def revive(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Give each chosen dead job new attempts."""
        started = 0
        for job_id in queryset.order_by("pk").values_list("pk", flat=True):
            try:
                services.revive(job_id=job_id, by=f"user:{request.user.pk}", at=timezone.now())
                started += 1
            except WrongState as error:
                text = _("Job %(id)d: %(reason)s") % {"id": job_id, "reason": error.reason}
                self.message_user(request, text, messages.WARNING)
        text = ngettext("%(count)d job started again.", "%(count)d jobs started again.", started)
        self.message_user(request, text % {"count": started})


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Facts that happened, read only."""

    list_display = ("id", "name", "subject", "at", "request_id")
    list_filter = ("name",)
    search_fields = ("subject", "request_id")
    ordering = ("-id",)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who changed what, read only."""

    list_display = ("id", "action", "actor", "subject", "at", "request_id")
    search_fields = ("action", "actor", "subject", "request_id")
    ordering = ("-id",)
