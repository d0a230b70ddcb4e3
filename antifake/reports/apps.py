from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Reports of goods by anybody."""

    name = "antifake.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of decisions, so that who reported is told."""
        from antifake.reports import tasks
        from marketplace.outbox import registry

        for fact in ("case.decided", "appeal.decided"):
            registry.subscribe(fact, tasks.tell, name=f"reports.tell.{fact}")
