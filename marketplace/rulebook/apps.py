from django.apps import AppConfig


class RulebookConfig(AppConfig):
    """The market's rules as dated data."""

    name = "marketplace.rulebook"
    label = "rulebook"
    default_auto_field = "django.db.models.BigAutoField"
