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
        from marketplace.listings.importing import services as imports
        from marketplace.listings.importing import steps
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
        registry.handle(
            imports.WORK,
            steps.go_on,
            queue="bulk",
            prepare=steps.prepare,
            lease_seconds=steps.LEASE_SECONDS,
        )
        registry.periodic(
            "listings.forget_imports", tasks.forget_imports, every=timedelta(days=1), queue="bulk"
        )
        registry.periodic(
            "listings.refresh_search",
            tasks.refresh_search,
            every=timedelta(hours=1),
            queue="bulk",
        )
        registry.subscribe(
            "shop.standing_changed",
            tasks.shop_changed,
            name="listings.shop_changed",
            queue="bulk",
        )
        registry.periodic(
            "listings.back_in_stock",
            tasks.tell_who_waits,
            every=timedelta(minutes=1),
            queue="bulk",
        )
        registry.periodic(
            "listings.saved_searches",
            tasks.look_at_searches,
            every=timedelta(minutes=10),
            queue="bulk",
        )
