from datetime import timedelta

from django.apps import AppConfig


class QuotesConfig(AppConfig):
    """Requests for quotation, quotes, and the orders they become."""

    name = "marketplace.quotes"
    label = "quotes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register this room's clock."""
        from marketplace.outbox import registry
        from marketplace.quotes import tasks

        registry.periodic(tasks.QUOTES, tasks.move_on, every=timedelta(minutes=1), queue="checkout")
