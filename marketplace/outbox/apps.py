from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Facts that happened and work that must be done."""

    name = "marketplace.outbox"
    label = "outbox"
    default_auto_field = "django.db.models.BigAutoField"
