from datetime import timedelta

from django.apps import AppConfig


class HooksConfig(AppConfig):
    """Signed outgoing webhooks: endpoints, deliveries, replay."""

    name = "marketplace.hooks"
    label = "hooks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Follow the events of the catalogue; register the calls and the clocks."""
        from marketplace.hooks import catalogue, owners, queries, tasks
        from marketplace.hooks.services.deliveries import SEND
        from marketplace.outbox import registry

        owners.register("user", owners.PERSON)
        for source in catalogue.BY_SOURCE:
            registry.subscribe(
                source, tasks.fan_out, name="hooks.fan_out", queue="hooks", wanted=queries.asked_for
            )
        # A key names a message and a moment; a turn too many finds nothing due.
        registry.handle(SEND, tasks.called, queue="hooks", prepare=tasks.call, forgotten=True)
        registry.periodic(
            "hooks.pause_failing", tasks.pause_failing, every=timedelta(hours=1), queue="hooks"
        )
        registry.periodic(
            "hooks.overdue", tasks.ring_overdue, every=timedelta(minutes=1), queue="hooks"
        )
