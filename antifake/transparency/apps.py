from datetime import timedelta

from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    """The seal, statements for the public, open data and evidence bundles."""

    name = "antifake.transparency"
    label = "transparency"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the clocks of the seal."""
        from antifake.transparency import tasks
        from marketplace.outbox import registry

        registry.periodic(tasks.SEAL, tasks.seal, every=timedelta(minutes=1))
        registry.periodic(tasks.VERIFY, tasks.verify, every=timedelta(days=1), queue="bulk")
