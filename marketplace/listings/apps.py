from datetime import timedelta

from django.apps import AppConfig


class ListingsConfig(AppConfig):
    """Goods on sale: listings, variants, photos, stock."""

    name = "marketplace.listings"
    label = "listings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the clock that tidies expired reservations."""
        from marketplace.listings import tasks
        from marketplace.outbox import registry

        registry.periodic(
            "listings.release_expired", tasks.release_expired, every=timedelta(minutes=1)
        )
