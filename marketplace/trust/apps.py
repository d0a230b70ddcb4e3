from datetime import timedelta

from django.apps import AppConfig


class TrustConfig(AppConfig):
    """Strikes and sanctions, and the way back."""

    name = "marketplace.trust"
    label = "trust"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the clock that ends sanctions, and the jobs that follow a fake."""
        from marketplace.outbox import registry
        from marketplace.trust import tasks
        from marketplace.trust.services import recalls

        registry.handle(recalls.LIST, tasks.list_recalls, queue="checkout")
        registry.handle(recalls.ONE, tasks.recall_order, queue="checkout")
        registry.handle(recalls.UNDO, tasks.undo_recalls, queue="checkout")
        registry.periodic(
            tasks.RECOVER, tasks.recover, every=timedelta(minutes=10), queue="checkout"
        )
        registry.periodic(tasks.EXPIRE, tasks.expire, every=timedelta(minutes=10))
