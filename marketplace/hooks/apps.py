from django.apps import AppConfig


class HooksConfig(AppConfig):
    """Signed outgoing webhooks: endpoints, deliveries, replay."""

    name = "marketplace.hooks"
    label = "hooks"
    default_auto_field = "django.db.models.BigAutoField"
