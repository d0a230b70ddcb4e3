from django.apps import AppConfig


class ShopsConfig(AppConfig):
    """Shops, their members and their standing."""

    name = "marketplace.shops"
    label = "shops"
    default_auto_field = "django.db.models.BigAutoField"
