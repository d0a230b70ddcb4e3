from django.apps import AppConfig


class FaultAppConfig(AppConfig):
    """Jobs that move money, and one that kills whoever does it."""

    name = "tests.faults.faultapp"
    label = "faultapp"

    def ready(self) -> None:
        from marketplace.outbox import registry
        from tests.faults.faultapp import work

        # Short leases, so that a killed worker's jobs come back while the test still runs.
        registry.handle("fault.transfer", work.transfer, queue="checkout", lease_seconds=3)
        registry.handle("fault.poison", work.kill_yourself, queue="default", lease_seconds=2)
