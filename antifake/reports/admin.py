"""Reports in the admin: staff read them beside their case."""

from __future__ import annotations

from django.contrib import admin

from antifake.reports.models import Report
from marketplace.admin_pages import StaffReadOnlyAdmin


@admin.register(Report)
class ReportAdmin(StaffReadOnlyAdmin):
    """What was said about goods; who decides, decides on the case."""

    list_display = ["id", "listing", "reason", "by", "case", "at"]
    list_filter = ["reason"]
    list_select_related = ["listing", "by", "case"]
    search_fields = ["=case__id", "listing__title"]
    ordering = ["-id"]
    fields = ["listing", "content_version", "reason", "words", "by", "case", "at"]
    readonly_fields = ["words"]

    @admin.display
    def words(self, report: Report) -> str:
        """What was seen, in the reporter's words; sealed at rest."""
        return str(report.text_sealed)
