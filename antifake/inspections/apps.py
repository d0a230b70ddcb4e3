from datetime import timedelta

from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    """Independent inspections with a chain of custody and signed results."""

    name = "antifake.inspections"
    label = "inspections"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the clock."""
        from antifake.inspections import tasks
        from marketplace.outbox import registry

        registry.periodic("inspections.lapse", tasks.lapse, every=timedelta(hours=1))
