from datetime import timedelta

from django.apps import AppConfig


class ReferencesConfig(AppConfig):
    """What rights protect, and descriptors of all photos."""

    name = "antifake.references"
    label = "references"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the clock that describes what is missing and keeps the index fresh."""
        from antifake.references import tasks
        from marketplace.outbox import registry

        registry.handle(
            tasks.DESCRIBE,
            tasks.describe_more,
            queue="bulk",
            prepare=tasks.describe,
            lease_seconds=120,
            forgotten=True,
        )
        registry.handle(
            tasks.INDEX,
            tasks.built,
            queue="bulk",
            prepare=tasks.build,
            lease_seconds=120,
            forgotten=True,
        )
        registry.periodic("references.tend_rights", tasks.tend_rights, every=timedelta(hours=1))
        registry.periodic(tasks.UPKEEP, tasks.upkeep, every=timedelta(minutes=1))
