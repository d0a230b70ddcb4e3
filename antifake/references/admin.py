"""Brands, authorisations and reference photos: staff add them through the services."""

from __future__ import annotations

import re
from typing import Any, cast

from django.contrib import admin
from django.core.files.storage import default_storage
from django.forms import ModelForm
from django.http import FileResponse, Http404, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from antifake.references import queries, services
from antifake.references.forms import ReferencePhotoForm
from antifake.references.models import Authorisation, Brand, ReferencePhoto

NAME = re.compile(r"[0-9a-f]{32}")


class StaffAdds(admin.ModelAdmin):  # type: ignore[type-arg]
    """Staff read and add; nothing is edited."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the room to staff."""
        return bool(request.user.is_active and request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, *_: Any, **__: Any) -> bool:
        """Let staff read."""
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let staff add."""
        return self.has_module_permission(request)

    def has_change_permission(self, *_: Any, **__: Any) -> bool:
        """A right is registered anew, not rewritten."""
        return False

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """What findings rest on stays."""
        return False


@admin.register(Brand)
class BrandAdmin(StaffAdds):
    """Protected names."""

    list_display = ["name", "holder", "registered_at"]
    search_fields = ["name", "holder"]
    ordering = ["name"]
    fields = ["name", "holder"]

    def save_model(
        self, request: HttpRequest, obj: Brand, form: ModelForm[Brand], *_: Any, **__: Any
    ) -> None:
        """Register through the service."""
        brand = services.register_brand(
            name=form.cleaned_data["name"],
            holder=form.cleaned_data["holder"],
            by_id=cast(int, request.user.pk),
            at=timezone.now(),
        )
        obj.pk = brand.pk


@admin.register(Authorisation)
class AuthorisationAdmin(StaffAdds):
    """Which shop may sell which brand's goods."""

    list_display = ["brand", "shop", "since"]
    list_select_related = ["brand", "shop"]
    fields = ["brand", "shop"]
    # A choice of all shops would be as long as the market; the lens leads to their search.
    raw_id_fields = ["shop"]

    def has_delete_permission(self, request: HttpRequest, *_: Any, **__: Any) -> bool:
        """An agreement may end."""
        return self.has_module_permission(request)

    def save_model(
        self,
        request: HttpRequest,
        obj: Authorisation,
        form: ModelForm[Authorisation],
        *_: Any,
        **__: Any,
    ) -> None:
        """Authorise through the service."""
        row = services.authorise(
            brand_id=form.cleaned_data["brand"].pk,
            shop_id=form.cleaned_data["shop"].pk,
            by_id=cast(int, request.user.pk),
            at=timezone.now(),
        )
        obj.pk = row.pk


@admin.register(ReferencePhoto)
class ReferencePhotoAdmin(StaffAdds):
    """Rights holders' photos. The picture itself is served to staff only."""

    form = ReferencePhotoForm
    list_display = ["id", "picture", "brand", "quality", "added_at"]
    list_select_related = ["brand"]
    list_filter = [("brand", admin.RelatedOnlyFieldListFilter)]
    readonly_fields = ["picture"]
    ordering = ["-id"]

    def get_fields(self, _request: HttpRequest, obj: ReferencePhoto | None = None) -> Any:
        """Ask for the file when adding, show it afterwards."""
        return ["brand", "photo"] if obj is None else ["brand", "picture", "quality", "added_at"]

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the pictures."""
        view = self.admin_site.admin_view(require_safe(self.serve))
        own = [path("picture/<slug:name>.webp", view, name="references_photo")]
        return own + super().get_urls()

    def serve(self, request: HttpRequest, name: str) -> FileResponse:  # noqa: ARG002
        """Send one picture; only names that we made are looked for."""
        file = queries.reference_file(name)
        if not NAME.fullmatch(name) or not default_storage.exists(file):
            raise Http404
        answer = FileResponse(default_storage.open(file), content_type="image/webp")
        answer["Cache-Control"] = "private, max-age=86400"
        return answer

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> ReferencePhoto:  # noqa: ARG002
        """Return the row that the form's service made."""
        stored: ReferencePhoto = form.stored
        return stored

    def save_model(self, *_: Any, **__: Any) -> None:
        """Nothing is left to do: the service has stored it."""

    def save_related(self, *_: Any, **__: Any) -> None:
        """There is nothing beside the row."""

    @admin.display(description=gettext_lazy("photo"))
    def picture(self, row: ReferencePhoto) -> str:
        """Show the photo."""
        address = reverse("admin:references_photo", args=[row.name])
        return format_html('<img src="{}" alt="{}" height="96">', address, row.brand)
