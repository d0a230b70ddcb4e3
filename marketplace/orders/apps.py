from datetime import timedelta

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Cart, checkout, escrow, shipment, payout."""

    name = "marketplace.orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register this room's jobs and clocks."""
        from marketplace.orders import tasks
        from marketplace.orders.services import followup, owing, payout, reconciliation, tracking
        from marketplace.outbox import registry

        registry.handle(
            owing.REFUND_JOB, tasks.finish_refund, queue="checkout", prepare=tasks.send_refund
        )
        registry.handle(
            payout.SEND_JOB, tasks.finish_payout, queue="checkout", prepare=tasks.send_payout
        )
        registry.handle(
            tasks.SANDBOX_JOB,
            tasks.nothing_left,
            queue="checkout",
            prepare=tasks.send_sandbox_events,
        )
        registry.handle(
            followup.ASK_JOB, tasks.hear_charge, queue="checkout", prepare=tasks.ask_charge
        )
        registry.handle(
            tasks.CASES_JOB, tasks.hear_cases, queue="checkout", prepare=tasks.ask_cases
        )
        registry.handle(tracking.ASK_JOB, tasks.hear_parcel, queue="bulk", prepare=tasks.ask_parcel)
        registry.handle(tasks.SCANS_JOB, tasks.nothing_left, queue="bulk", prepare=tasks.send_scans)
        registry.handle(tasks.PAYOUT_SHOP, tasks.pay_out_shop, queue="checkout")
        registry.handle(tasks.PAYOUT_SHOPS, tasks.pay_out_more, queue="checkout")
        minute = timedelta(minutes=1)
        registry.periodic(tasks.EXPIRE, tasks.expire, every=minute, queue="checkout")
        registry.periodic(tasks.COMPLETE, tasks.complete, every=minute, queue="checkout")
        registry.periodic(tasks.PARCELS, tasks.queue_parcels, every=minute, queue="bulk")
        registry.periodic("orders.follow_up", tasks.follow_up, every=minute, queue="checkout")
        registry.periodic(
            "orders.sandbox_events", tasks.queue_sandbox_events, every=minute, queue="checkout"
        )
        registry.periodic(
            "orders.cases", tasks.queue_cases, every=timedelta(hours=1), queue="checkout"
        )
        registry.handle(
            reconciliation.RECONCILE_JOB, tasks.reconcile, queue="bulk", prepare=tasks.read_book
        )
        registry.periodic(
            "orders.reconcile", tasks.queue_reconciliation, every=timedelta(days=1), queue="bulk"
        )
        registry.periodic(
            "orders.close_shops", tasks.close_shops, every=timedelta(hours=1), queue="checkout"
        )
        registry.periodic("orders.carts", tasks.sweep_carts, every=timedelta(days=1))
        registry.periodic("orders.payout", tasks.pay_out, every=timedelta(days=1), queue="checkout")
