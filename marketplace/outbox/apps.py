from datetime import timedelta

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Facts that happened and work that must be done."""

    name = "marketplace.outbox"
    label = "outbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the clock that forgets old jobs."""
        from marketplace.outbox import registry, tasks

        registry.periodic(tasks.PRUNE, tasks.prune, every=timedelta(days=1), queue="bulk")
