"""Tax rates, for staff to add and end; a rate that held is never changed."""

from django.contrib import admin

from marketplace.trade.models import TaxRate


@admin.register(TaxRate)
class TaxRateAdmin(admin.ModelAdmin[TaxRate]):
    """Countries' rates with their dates."""

    list_display = ("country", "rate_bp", "since", "until", "source")
    list_filter = ("country",)

    def get_readonly_fields(self, _request: object, obj: TaxRate | None = None) -> tuple[str, ...]:
        """Of a stored rate only the end may be set."""
        return ("country", "rate_bp", "since", "source") if obj else ()

    def has_delete_permission(self, *_asked: object, **_named: object) -> bool:
        """Orders were taxed by it."""
        return False
