from datetime import timedelta

from django.apps import AppConfig


class ListingsConfig(AppConfig):
    """Goods on sale: listings, variants, photos, stock."""

    name = "marketplace.listings"
    label = "listings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the clocks: expired reservations, uploads that nobody needs any more."""
        from marketplace.listings import tasks
        from marketplace.outbox import registry

        registry.periodic(
            "listings.release_expired", tasks.release_expired, every=timedelta(minutes=1)
        )
        registry.periodic(
            "listings.erase_originals", tasks.erase_originals, every=timedelta(minutes=10)
        )
        registry.periodic(
            "listings.sweep_originals", tasks.sweep_originals, every=timedelta(hours=1)
        )
