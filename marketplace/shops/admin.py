"""Staff look at shops here and let them in, or say why not."""

# ruff: noqa: ARG002 - Django asks these methods with arguments that a fixed answer ignores.

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace.accounts.queries import identity_of
from marketplace.errors import MarketplaceError
from marketplace.shops import queries, services
from marketplace.shops.forms import RefusalForm
from marketplace.shops.models import Shop, ShopMember, ShopState


class MemberInline(admin.TabularInline):  # type: ignore[type-arg]
    """Who works in the shop; read only."""

    model = ShopMember
    extra = 0
    can_delete = False
    fields = readonly_fields = ("user", "role", "since")

    def has_add_permission(self, request: HttpRequest, obj: Shop | None = None) -> bool:
        """Members are not made by hand."""
        return False


@admin.register(Shop)
class ShopAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shops to read, with Approve and Refuse where that is possible."""

    list_display = ("name", "state", "country", "currency", "standing", "owner", "applied_at")
    list_filter = ("state", "standing", "country")
    search_fields = ("name", "slug")
    list_select_related = ("owner",)
    ordering = ("-applied_at",)
    inlines = (MemberInline,)
    change_form_template = "admin/shops/shop/change_form.html"
    exclude = ("payout_account_sealed",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Shops are opened by their sellers."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Shop | None = None) -> bool:
        """Shops close; they are not deleted."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Shop | None = None) -> list[str]:
        """Every field: states change through services only."""
        return [f.name for f in Shop._meta.fields if f.name != "payout_account_sealed"]

    def get_urls(self) -> list[URLPattern]:
        """Add the two buttons' addresses."""
        view = self.admin_site.admin_view
        own = [
            path(
                "<int:shop_id>/approve/",
                view(require_POST(self.approve)),
                name="shops_shop_approve",
            ),
            path(
                "<int:shop_id>/refuse/", view(require_POST(self.refuse)), name="shops_shop_refuse"
            ),
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
        """Offer the buttons that the shop's state allows."""
        shop: Shop | None = obj
        if shop is not None:
            waits = shop.state in {ShopState.APPLIED, ShopState.REFUSED}
            missing = queries.missing_for_opening(shop) if waits else []
            context["may_approve"] = waits and not missing
            context["missing"] = queries.missing_in_words(missing)
            context["identity"] = identity_of(shop.owner_id) if waits else None
            context["may_refuse"] = shop.state == ShopState.APPLIED
            context["refusal_form"] = RefusalForm()
        context.update(show_save=False, show_save_and_continue=False, show_close=True)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def approve(self, request: HttpRequest, shop_id: int) -> HttpResponse:
        """Let the shop sell."""
        return self._act(request, shop_id, services.approve, _("The shop is open."))

    def refuse(self, request: HttpRequest, shop_id: int) -> HttpResponse:
        """Turn the application down with a reason."""
        form = RefusalForm(request.POST)
        if not form.is_valid():
            messages.error(request, " ".join(map(str, form.errors["reason"])))
            return redirect("admin:shops_shop_change", shop_id)
        done = _("The applicant has been told why.")
        return self._act(request, shop_id, services.refuse, done, **form.cleaned_data)

    def _act(
        self, request: HttpRequest, shop_id: int, service: Any, done: str, **more: str
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        get_object_or_404(Shop, pk=shop_id)
        try:
            service(shop_id=shop_id, by_id=request.user.pk, at=timezone.now(), **more)
        except MarketplaceError as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, done)
        return redirect(reverse("admin:shops_shop_change", args=[shop_id]))
