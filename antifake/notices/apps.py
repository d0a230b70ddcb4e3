from datetime import timedelta

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Notices, counter-notices, the rights holders' portal."""

    name = "antifake.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what follows people's rulings, the comparing of photos, and the clock."""
        from antifake.notices import tasks
        from antifake.notices.services import COMPARE
        from marketplace.outbox import registry

        registry.handle(
            COMPARE,
            tasks.finish_compare,
            queue="scan",
            prepare=tasks.prepare_compare,
            lease_seconds=60,
        )
        for event in ("case.decided", "appeal.decided"):
            registry.subscribe(event, tasks.follow_case, name=f"notices.follow_on.{event}")
        registry.periodic("notices.lapse_due", tasks.lapse_due, every=timedelta(minutes=5))
