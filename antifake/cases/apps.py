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
        from antifake.cases.services.scans import SCAN
        from marketplace.outbox import registry

        registry.handle(
            SCAN, tasks.finish_scan, queue="scan", prepare=tasks.prepare_scan, lease_seconds=120
        )
        for event in ("listing.posted", "listing.edited"):
            registry.subscribe_job(event, kind=SCAN, payload=tasks.scan_payload, queue="scan")
        registry.periodic("cases.rescan_stalled", tasks.rescan_stalled, every=timedelta(minutes=1))
        registry.periodic(
            "cases.let_originals_go", tasks.let_originals_go, every=timedelta(hours=1)
        )
