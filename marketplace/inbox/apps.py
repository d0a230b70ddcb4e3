from django.apps import AppConfig


class InboxConfig(AppConfig):
    """Messages to people: in-app, mail, SMS."""

    name = "marketplace.inbox"
    label = "inbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the work of carrying messages out."""
        from marketplace.inbox import services, tasks
        from marketplace.outbox import registry

        registry.handle(services.DELIVER, tasks.delivered, queue="mail", prepare=tasks.carry)
