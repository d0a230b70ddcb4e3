"""Staff look at goods here; states change through services only."""

# ruff: noqa: ARG002 - Django asks these methods with arguments that a fixed answer ignores.

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from marketplace.listings.models import (
    Category,
    Listing,
    Photo,
    Reservation,
    Variant,
    Withholding,
)


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
            '<a href="{}"><img src="{}" alt="" width="120"></a>', photo.large_url, photo.thumb_url
        )


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
    inlines = (VariantInline, PhotoInline, WithholdingInline)


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
