from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, roles, addresses, keyed identities."""

    name = "marketplace.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
