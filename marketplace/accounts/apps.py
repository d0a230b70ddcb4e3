from datetime import timedelta

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, roles, addresses, keyed identities."""

    name = "marketplace.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Seal the addresses in allauth's own table, have its secrets renewed; sweep hourly."""
        from allauth.account.models import EmailAddress
        from django.apps import apps

        from marketplace.accounts import columns, sealing, tasks
        from marketplace.accounts.models import Session
        from marketplace.outbox import registry

        columns.seal_emails_of(EmailAddress, "email")
        sealing.also_rotate(Session, "session_data")
        registry.periodic("accounts.sweep", tasks.sweep, every=timedelta(hours=1))
        if apps.is_installed("allauth.mfa"):
            sealing.also_rotate(apps.get_model("mfa", "Authenticator"), "data")
