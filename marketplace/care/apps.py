from datetime import timedelta

from django.apps import AppConfig


class CareConfig(AppConfig):
    """After the sale: disputes and reviews."""

    name = "marketplace.care"
    label = "care"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register this room's clock."""
        from marketplace.care import tasks
        from marketplace.outbox import registry

        registry.periodic(
            tasks.DISPUTES, tasks.move_disputes, every=timedelta(minutes=1), queue="checkout"
        )
