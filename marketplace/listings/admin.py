"""Staff look at goods here; states change through services only."""

# ruff: noqa: ARG002 - Django asks these methods with arguments that a fixed answer ignores.

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import WrongState
from marketplace.listings import queries
from marketplace.listings.models import (
    Category,
    Listing,
    ListingVersion,
    Photo,
    PhotoOriginal,
    Reservation,
    Variant,
    Withholding,
)
from marketplace.listings.services import originals


class LookOnly:
    """Rows that are looked at, never typed in by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class VariantInline(LookOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The choices of a listing."""

    model = Variant
    fields = ("name", "price_minor", "on_hand", "reserved", "sold")


class PhotoInline(LookOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The photos of a listing."""

    model = Photo
    fields = ("position", "picture", "width", "height", "added_at")
    readonly_fields = ("picture",)

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, photo: Photo) -> str:
        """The small picture, which leads to the large one."""
        return format_html(
            '<a href="{}"><img src="{}" alt="{}" width="120"></a>',
            photo.large_url,
            photo.thumb_url,
            _("The large picture"),
        )


class OriginalInline(LookOnly, admin.TabularInline):  # type: ignore[type-arg]
    """The uploads as they came, while a case needs them; photos taken off are here too."""

    model = PhotoOriginal
    fields = ("stored_at", "size_bytes", "kept_for", "file")
    readonly_fields = ("kept_for", "file")
    verbose_name_plural = gettext_lazy("uploads as they came, for cases only")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhotoOriginal]:
        """Show only what a case keeps."""
        return queries.kept_originals().prefetch_related("keeps").order_by("pk")

    @admin.display(description=gettext_lazy("kept for"))
    def kept_for(self, row: PhotoOriginal) -> str:
        """Name the cases."""
        return ", ".join(keep.source for keep in row.keeps.all() if keep.let_go_at is None)

    @admin.display(description=gettext_lazy("file"))
    def file(self, row: PhotoOriginal) -> str:
        """Lead to the download, which is written down."""
        address = reverse("admin:listings_original", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, _("Download (noted in the audit log)"))


class VersionInline(LookOnly, admin.TabularInline):  # type: ignore[type-arg]
    """What the listing said at each version."""

    model = ListingVersion
    fields = ("version", "at", "title", "category", "differences")
    readonly_fields = ("differences",)

    @admin.display(description=gettext_lazy("differences"))
    def differences(self, row: ListingVersion) -> str:
        """Lead to the page that compares the versions."""
        address = reverse("listings:versions", args=[row.listing_id])
        return format_html('<a href="{}#version-{}">{}</a>', address, row.version, _("Compare"))


class WithholdingInline(LookOnly, admin.TabularInline):  # type: ignore[type-arg]
    """Who keeps a listing from view."""

    model = Withholding
    fields = ("source", "statement", "since", "lifted_at")


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shelves: staff add and rename them."""

    list_display = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Listing)
class ListingAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Listings, read only: sellers edit them, decisions withhold them."""

    list_display = ("title", "shop", "state", "category", "posted_at", "published_at")
    list_filter = ("state", "category")
    list_select_related = ("shop", "category")
    search_fields = ("title", "shop__name")
    ordering = ("-pk",)
    show_full_result_count = False
    inlines = (VariantInline, PhotoInline, OriginalInline, VersionInline, WithholdingInline)

    def get_urls(self) -> list[URLPattern]:
        """Add the download of an upload that a case needs."""
        view = self.admin_site.admin_view(require_safe(self.original))
        return [
            path("original/<int:original_id>/", view, name="listings_original"),
            *super().get_urls(),
        ]

    def original(self, request: SignedInRequest, original_id: int) -> FileResponse:
        """Send a stranger's bytes: to be kept as a file, never shown or run by the browser."""
        try:
            opened = originals.download(
                original_id=original_id, by_id=request.user.pk, at=timezone.now()
            )
        except WrongState as error:
            raise Http404 from error
        return FileResponse(
            opened,
            as_attachment=True,
            filename=f"original-{original_id}.bin",
            content_type="application/octet-stream",
            headers={
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
            },
        )


@admin.register(Variant)
class VariantAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Prices and stock, read only."""

    list_display = ("listing", "name", "price_minor", "on_hand", "reserved", "sold")
    list_select_related = ("listing",)
    search_fields = ("listing__title", "name")
    show_full_result_count = False


@admin.register(Withholding)
class WithholdingAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """What is kept from view, by which source, read only."""

    list_display = ("listing", "source", "statement", "since", "lifted_at")
    list_select_related = ("listing", "statement")
    search_fields = ("source", "listing__title")


@admin.register(Reservation)
class ReservationAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Stock kept for checkouts, read only."""

    list_display = ("ref", "variant", "quantity", "state", "due_at", "closed_at")
    list_filter = ("state",)
    list_select_related = ("variant",)
    search_fields = ("ref",)
    show_full_result_count = False
