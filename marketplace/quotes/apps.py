from django.apps import AppConfig


class QuotesConfig(AppConfig):
    """Requests for quotation, quotes, and the orders they become."""

    name = "marketplace.quotes"
    label = "quotes"
    default_auto_field = "django.db.models.BigAutoField"
