from datetime import timedelta

from django.apps import AppConfig


class ShopsConfig(AppConfig):
    """Shops, their members and their standing."""

    name = "marketplace.shops"
    label = "shops"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the clock of planned closures, and what traders are told."""
        from marketplace.developers import places
        from marketplace.hooks import owners
        from marketplace.outbox import registry
        from marketplace.shops import api, hooking, tasks

        registry.periodic("shops.begin_closing", tasks.begin_closing, every=timedelta(minutes=10))
        for decision in ("verified", "refused"):
            registry.subscribe(
                f"identity.{decision}", tasks.tell_trader, name="shops.tell_trader", queue="mail"
            )
        owners.register("shop", hooking.SHOP)
        places.offer(api.bindable)
        registry.subscribe(
            "webhook.paused", hooking.tell_of_pause, name="shops.tell_of_webhook", queue="mail"
        )
