from dataclasses import replace
from datetime import timedelta

from django.apps import AppConfig

# So that a killed worker's jobs come back while the test still runs: the product waits a minute.
LEASE_SECONDS = 6


class FaultAppConfig(AppConfig):
    """Jobs that move money, one that kills whoever does it, and a clock."""

    name = "tests.faults.faultapp"
    label = "faultapp"

    def ready(self) -> None:
        from marketplace.outbox import registry
        from tests.faults.faultapp import work

        registry.handle("fault.transfer", work.transfer, queue="checkout", lease_seconds=3)
        registry.handle("fault.poison", work.kill_yourself, queue="default", lease_seconds=2)
        registry.periodic(work.TICK, work.tick, every=timedelta(seconds=work.TICK_SECONDS))
        for name, kind in registry.kinds.items():
            registry.kinds[name] = replace(
                kind, lease_seconds=min(kind.lease_seconds, LEASE_SECONDS)
            )
