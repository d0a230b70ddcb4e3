from datetime import timedelta

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Scans, findings, cases, decisions, appeals."""

    name = "antifake.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the scan, what asks for it, and the clocks."""
        from antifake.cases import tasks
        from antifake.cases.services.drafts import CHECK
        from antifake.cases.services.rescans import LOOK, SWEEP
        from antifake.cases.services.scans import SCAN
        from marketplace.outbox import registry

        registry.handle(
            SCAN, tasks.finish_scan, queue="scan", prepare=tasks.prepare_scan, lease_seconds=120
        )
        for event in ("listing.posted", "listing.edited"):
            registry.subscribe_job(event, kind=SCAN, payload=tasks.scan_payload, queue="scan")
        registry.periodic("cases.rescan_stalled", tasks.rescan_stalled, every=timedelta(minutes=1))
        registry.periodic(
            "cases.publish_stalled", tasks.publish_stalled, every=timedelta(minutes=1)
        )
        registry.periodic("cases.draw_audits", tasks.draw_audits, every=timedelta(hours=1))
        registry.periodic(
            "cases.let_originals_go", tasks.let_originals_go, every=timedelta(hours=1)
        )
        registry.periodic("cases.free_claims", tasks.free_claims, every=timedelta(minutes=1))
        registry.periodic("cases.weigh_stakes", tasks.weigh_stakes, every=timedelta(hours=1))
        registry.handle(
            CHECK,
            tasks.finish_draft_check,
            queue="scan",
            prepare=tasks.prepare_draft_check,
            lease_seconds=120,
        )
        registry.periodic("cases.refit", tasks.refit, every=timedelta(days=1), queue="bulk")
        registry.periodic("cases.tidy_asking", tasks.tidy_asking, every=timedelta(hours=1))
        registry.handle(
            SWEEP, tasks.finish_sweep, queue="bulk", prepare=tasks.prepare_sweep, lease_seconds=60
        )
        registry.handle(
            LOOK,
            tasks.finish_rescan_look,
            queue="bulk",
            prepare=tasks.prepare_rescan_look,
            lease_seconds=30,
        )
        for event, follower in (
            ("brand.registered", tasks.rescan_for_brand),
            ("reference.added", tasks.rescan_for_reference),
            ("fake.confirmed", tasks.rescan_for_fake),
        ):
            registry.subscribe(event, follower, name=f"cases.rescan_on.{event}", queue="bulk")
        registry.periodic("cases.tend_rescans", tasks.tend_rescans, every=timedelta(minutes=1))
