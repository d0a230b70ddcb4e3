from datetime import timedelta

from django.apps import AppConfig


class DevelopersConfig(AppConfig):
    """What integrators stand on: tokens, idempotency, one error shape, limits."""

    name = "marketplace.developers"
    label = "developers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the sweep of kept answers."""
        from marketplace.developers import tasks
        from marketplace.outbox import registry

        registry.periodic("developers.sweep", tasks.sweep, every=timedelta(hours=1))
