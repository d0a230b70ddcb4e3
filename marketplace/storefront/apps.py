from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    """Read-only pages that join rooms."""

    name = "marketplace.storefront"
    label = "storefront"
    default_auto_field = "django.db.models.BigAutoField"
