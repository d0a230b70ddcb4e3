from datetime import timedelta

from django.apps import AppConfig


class ShopsConfig(AppConfig):
    """Shops, their members and their standing."""

    name = "marketplace.shops"
    label = "shops"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the clock of planned closures, and what traders are told."""
        from marketplace.outbox import registry
        from marketplace.shops import tasks

        registry.periodic("shops.begin_closing", tasks.begin_closing, every=timedelta(minutes=10))
        for decision in ("verified", "refused"):
            registry.subscribe(
                f"identity.{decision}", tasks.tell_trader, name="shops.tell_trader", queue="mail"
            )
