from django.apps import AppConfig


class DevelopersConfig(AppConfig):
    """What integrators stand on: tokens, idempotency, one error shape, limits."""

    name = "marketplace.developers"
    label = "developers"
    default_auto_field = "django.db.models.BigAutoField"
