from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Double-entry accounts and transfers: where money moves."""

    name = "marketplace.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
