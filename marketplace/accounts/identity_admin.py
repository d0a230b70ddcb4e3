"""Staff verify or refuse traders' identities here; seeing one in clear leaves a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from marketplace.accounts import identity, queries
from marketplace.accounts.identity_forms import (
    IdentityAccessForm,
    IdentityForm,
    IdentityRefusalForm,
    IdentityVerificationForm,
)
from marketplace.accounts.models import IdentityState, TraderIdentity
from marketplace.admin_pages import ReadOnlyAdmin
from marketplace.errors import MarketplaceError


@admin.register(TraderIdentity)
class TraderIdentityAdmin(ReadOnlyAdmin):
    """Identities to read, masked; with Show, Verify and Refuse where that is possible."""

    list_display = ("id", "user", "state", "country", "submitted_at", "decided_by")
    list_filter = ("state", "country")
    list_select_related = ("user", "decided_by")
    ordering = ("-submitted_at", "-pk")
    fields = (
        "user",
        "state",
        "masked_facts",
        "version",
        "certified_version",
        "certified_at",
        "submitted_at",
        "decided_by",
        "decided_at",
    )
    change_form_template = "admin/accounts/traderidentity/change_form.html"

    @admin.display(description=gettext_lazy("facts"))
    def masked_facts(self, row: TraderIdentity) -> str:
        """Show what is known, masked."""
        return "\n".join(f"{label}: {value}" for label, value in queries.masked_identity(row))

    def get_urls(self) -> list[URLPattern]:
        """Add the three buttons' addresses."""
        own = [
            path(
                f"<int:identity_id>/{name}/",
                self.admin_site.admin_view(require_POST(act)),
                name=f"accounts_traderidentity_{name}",
            )
            for name, act in (
                ("show", never_cache(self.show)),
                ("verify", self.verify),
                ("refuse", self.refuse),
            )
        ]
        return own + super().get_urls()

    def render_change_form(  # noqa: PLR0917 - Django's own signature
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Offer the buttons that the identity's state allows, to anybody but the trader."""
        row: TraderIdentity | None = obj
        if row is not None:
            is_own = row.user_id == request.user.pk
            context["may_show"] = not is_own
            context["may_decide"] = not is_own and row.state == IdentityState.SUBMITTED
            context["access_form"] = IdentityAccessForm(auto_id="access-%s")
            context["refusal_form"] = IdentityRefusalForm(auto_id="refusal-%s")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def show(self, request: HttpRequest, identity_id: int) -> HttpResponse:
        """Show one identity in clear, once; the audit trail keeps who looked and why."""
        found = self._act(request, identity_id, IdentityAccessForm, identity.show_identity)
        if found is None:
            return redirect("admin:accounts_traderidentity_change", identity_id)
        row, facts = found
        labels = IdentityForm.base_fields
        shown = {**asdict(facts), "document_kind": row.get_document_kind_display()}
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "original": row,
            "facts": [(labels[name].label, value) for name, value in shown.items() if value],
        }
        return TemplateResponse(request, "admin/accounts/traderidentity/shown.html", context)

    def verify(self, request: HttpRequest, identity_id: int) -> HttpResponse:
        """Accept the identity."""
        form = IdentityVerificationForm
        if self._act(request, identity_id, form, identity.verify_identity) is not None:
            messages.success(request, _("The identity is verified."))
        return redirect("admin:accounts_traderidentity_change", identity_id)

    def refuse(self, request: HttpRequest, identity_id: int) -> HttpResponse:
        """Turn the identity down with a reason."""
        form = IdentityRefusalForm
        if self._act(request, identity_id, form, identity.refuse_identity) is not None:
            messages.success(request, _("The trader can read why."))
        return redirect("admin:accounts_traderidentity_change", identity_id)

    def _act(
        self,
        request: HttpRequest,
        identity_id: int,
        form_class: type[forms.Form],
        service: Callable[..., Any],
    ) -> Any:
        """Return what the service returns; None when it refused, with the reason as a message."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        get_object_or_404(TraderIdentity, pk=identity_id)
        form = form_class(request.POST)
        if not form.is_valid():
            for texts in form.errors.values():
                messages.error(request, " ".join(map(str, texts)))
            return None
        try:
            return service(
                identity_id=identity_id,
                by_id=request.user.pk,
                at=timezone.now(),
                **form.cleaned_data,
            )
        except MarketplaceError as error:
            messages.error(request, error.reason)
            return None
