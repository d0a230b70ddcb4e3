from datetime import timedelta

from django.apps import AppConfig


class TrustConfig(AppConfig):
    """Strikes and sanctions, and the way back."""

    name = "marketplace.trust"
    label = "trust"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the clock that ends sanctions."""
        from marketplace.outbox import registry
        from marketplace.trust import tasks

        registry.periodic(tasks.EXPIRE, tasks.expire, every=timedelta(minutes=10))
