"""Seals to look at, and evidence for authorities."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from antifake.transparency import services
from antifake.transparency.forms import BundleForm
from antifake.transparency.models import Block, Bundle
from marketplace.admin_pages import StaffReadOnlyAdmin
from marketplace.errors import MarketplaceError


@admin.register(Block)
class BlockAdmin(StaffReadOnlyAdmin):
    """The chain of seals, the newest first."""

    list_display = ["number", "table", "from_id", "to_id", "digest", "sealed_at"]
    list_filter = ["table"]
    fields = ["number", "table", "from_id", "to_id", "columns", "previous", "digest", "sealed_at"]
    ordering = ["-number"]


@admin.register(Bundle)
class BundleAdmin(StaffReadOnlyAdmin):
    """What was given to which authority."""

    list_display = ["id", "case", "authority", "reference", "by", "at", "size_bytes"]
    list_select_related = ["case", "by"]
    search_fields = ["authority", "reference", "=case__id"]
    exclude = ["key"]
    ordering = ["-id"]
    change_list_template = "admin/transparency/bundle_list.html"
    change_form_template = "admin/transparency/bundle.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the form and the download."""
        take = self.admin_site.admin_view(require_POST(self.take))
        make = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.make))
        own = [
            path("make/", make, name="transparency_make_bundle"),
            path("<int:bundle_id>/take/", take, name="transparency_take_bundle"),
        ]
        return own + super().get_urls()

    def make(self, request: HttpRequest) -> HttpResponse:
        """Ask who wants to know what; make the bundle."""
        form = BundleForm(request.POST or None, initial=_initial(request))
        if request.method == "POST" and form.is_valid():
            try:
                made = services.make_bundle(
                    **form.cleaned_data, by_id=_person(request), at=timezone.now()
                )
            except MarketplaceError as error:
                field = getattr(error, "field", "")
                form.add_error(field if field in form.fields else None, error.reason)
            else:
                return redirect("admin:transparency_bundle_change", made.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Evidence for an authority"),
            "form": form,
        }
        status = 422 if form.errors else 200
        template = "admin/transparency/make_bundle.html"
        return TemplateResponse(request, template, context, status=status)

    def take(self, request: HttpRequest, bundle_id: int) -> HttpResponse:
        """Give the ZIP, and write down who took it."""
        bundle = get_object_or_404(Bundle, pk=bundle_id)
        try:
            data = services.open_bundle(
                bundle_id=bundle_id, by_id=_person(request), at=timezone.now()
            )
        except MarketplaceError as error:
            messages.error(request, error.reason)
            return redirect("admin:transparency_bundle_change", bundle_id)
        response = HttpResponse(data, content_type="application/zip")
        name = f"case-{bundle.case_id}-bundle-{bundle.pk}.zip"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response


def _initial(request: HttpRequest) -> dict[str, object]:
    case = request.GET.get("case", "")
    return {"key": uuid.uuid4(), "case_id": case if case.isdigit() else ""}


def _person(request: HttpRequest) -> int:
    return cast(int, request.user.pk)
