from django.apps import AppConfig


class TradeConfig(AppConfig):
    """Taxes and, later, duty: rules of countries as dated data."""

    name = "marketplace.trade"
    label = "trade"
    default_auto_field = "django.db.models.BigAutoField"
