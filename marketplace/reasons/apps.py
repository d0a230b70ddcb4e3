from django.apps import AppConfig


class ReasonsConfig(AppConfig):
    """Statements of reasons behind every restriction."""

    name = "marketplace.reasons"
    label = "reasons"
    default_auto_field = "django.db.models.BigAutoField"
